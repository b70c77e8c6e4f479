/** A runtime on a clock that the test moves and a store in memory, for what depends on time. */
import { onTestFinished } from 'vitest'
import { type AnyDefinition, defineTask, type RuntimeOptions } from '../../src/index.js'
import type { Clock } from '../../src/kernel/clock.js'
import { Runtime } from '../../src/runtime/runtime.js'
import type { Store } from '../../src/store/store.js'
import { silent } from './lab.js'

/** Runs at once, in a route of its own: when it has ended, all that could start before it has started. */
const fence = defineTask({ kind: 'fence', route: 'fence', run: () => null })

export async function bootOn(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  { tasks, ...options }: Omit<RuntimeOptions, 'path'>,
) {
  const all: readonly AnyDefinition[] = [...tasks, fence]
  const runtime = new Runtime({ path: 'memory', log: silent, ...options, tasks: all }, { store, clock })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  const settled = async () => {
    // An alarm that fired, and an outcome, are heard a turn of the loop later; their starts are in the next commit.
    for (let i = 0; i < 2; i++) await (await runtime.enqueue('fence')).finished()
  }
  return { runtime, settled }
}
