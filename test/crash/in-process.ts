/** Runtimes in the process of the test, on stores that can fail, and waiting for what their telemetry says. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/kernel/clock.js'
import { SystemClock } from '../../src/kernel/system-clock.js'
import type { Point } from '../../src/kernel/telemetry.js'
import { type AnyDefinition, defineTask } from '../../src/runtime/define.js'
import type { RuntimeOptions } from '../../src/runtime/options.js'
import { Runtime } from '../../src/runtime/runtime.js'
import type { Store } from '../../src/store/store.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'

/** A log that says nothing. */
export const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A started runtime on a store; it is stopped when the test is over. */
export async function runtimeOn(
  store: Store,
  tasks: readonly AnyDefinition[],
  options: Partial<RuntimeOptions> = {},
  clock: Clock = new SystemClock(),
): Promise<Runtime> {
  const runtime = new Runtime({ path: 'in-process', tasks, log: silent, ...options }, { store, clock })
  onTestFinished(() => runtime.stop().catch(() => undefined))
  return runtime.start()
}

export interface Published {
  readonly [name: string]: unknown
}

/** Resolves with the next publication of a point that is meant; ask before it can happen. */
export function next(point: Point, meant: (data: Published) => boolean = () => true): Promise<Published> {
  return new Promise((resolve) => {
    const name = `holdfast:${point}`
    const hear = (data: unknown) => {
      if (!meant(data as Published)) return
      unsubscribe(name, hear)
      resolve(data as Published)
    }
    subscribe(name, hear)
  })
}

/** Every publication of a point from now on, to the end of the test. */
export function all(point: Point): Published[] {
  const heard: Published[] = []
  const hear = (data: unknown) => void heard.push(data as Published)
  subscribe(`holdfast:${point}`, hear)
  onTestFinished(() => void unsubscribe(`holdfast:${point}`, hear))
  return heard
}

/** Something that the test lets happen. */
export function latch(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** A kind that notes its runs and waits, if told so, for a latch. */
export function noting(kind: string, runs: string[], wait?: Promise<void>) {
  return defineTask({
    kind,
    run: async (task: { id: string; attempt: number }) => {
      runs.push(`${task.id}#${task.attempt}`)
      await wait
      return { of: task.id }
    },
  })
}

/** The code of what a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it resolved',
    (error: { code?: unknown }) => error.code ?? error,
  )
}

/** Resolves when nothing is queued or running. */
export async function settled(runtime: Runtime): Promise<void> {
  for (;;) {
    const moved = next('commit.end')
    if ((await runtime.count({ state: ['SPOOLED', 'QUEUED', 'RUNNING'] })) === 0) return
    await moved
  }
}

/** A daemon that loses its power when the test says so, and its disk. */
export async function doomed(
  tasks: readonly AnyDefinition[],
  options: Partial<RuntimeOptions> = {},
  clock = new SimulatedClock(),
) {
  const store = new PowerLossStore()
  // Nobody stops it: without power it just hangs.
  const runtime = await new Runtime({ path: 'doomed', tasks, log: silent, ...options }, { store, clock }).start()
  const cut = () => {
    store.powerCut({ tear: true })
    clock.close()
    return store.successor()
  }
  return { runtime, clock, cut }
}

/** A start that is not the first: the wall clock and the time since the boot go on. */
export function later(clock: SimulatedClock, ms: number, boot = 'boot-2'): SimulatedClock {
  return new SimulatedClock({ wall: clock.wall() + ms, mono: 500, boot })
}
