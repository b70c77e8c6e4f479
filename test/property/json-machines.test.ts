/**
 * Random machines in JSON, played through with random events, once as they are and once set up again from what would be
 * on disk before every event: both go the same way.
 */
import { expect, test } from 'vitest'
import type { AnyEventObject, AnyStateMachine } from 'xstate'
import { chartOf } from '../../src/configs/chart.js'
import { Findings } from '../../src/configs/finding.js'
import { loadMachine } from '../../src/configs/index.js'
import { registryOf } from '../../src/configs/registry.js'
import { durable } from '../../src/kernel/durable.js'
import { type Ending, Stage, type Step, type StoredMachine } from '../../src/kernel/stage.js'
import fc, { runs } from '../support/fast-check.js'

import { fileOf, partsOf, plan, SETTINGS, told } from './random-machine.js'

/** What is remembered is a set: its order means nothing. */
function remembered(snapshot: unknown): object {
  const { historyValue } = snapshot as { historyValue: Record<string, { id: string }[]> }
  return Object.fromEntries(
    Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id).sort()]),
  )
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

type Told = AnyEventObject | number
/** What a life of a machine comes to, event by event. */
async function life(machine: AnyStateMachine, events: readonly Told[], restarting: boolean): Promise<unknown[]> {
  const trace: unknown[] = []
  let now = 1_000
  let ended: Ending | undefined
  let emits: unknown[] = []
  const play = ({ held, starts, emits: told }: Step) => {
    emits.push(...told)
    for (const { run } of [...held, ...starts]) run()
  }
  const host = {
    id: 'm',
    steady: () => now,
    stepped: play,
    ended: (ending: Ending, step: Step) => {
      ended = ending
      play(step)
    },
  }
  const setUp = (from: { input: unknown } | { stored: StoredMachine }) => {
    const stage = new Stage(machine, host, from)
    stage.start()
    return stage
  }
  let stage = setUp({ input: { wait: 3 } })
  const note = async () => {
    for (let i = 0; i < 10; i++) await turn()
    if (ended) trace.push({ ended: ended.type === 'done' ? { output: ended.output } : String(ended.error), emits })
    else {
      const { snapshot, timers } = JSON.parse(stage.text) as StoredMachine
      const waits = timers.map(({ due, event }) => `${due} ${JSON.stringify(event)}`).sort()
      trace.push({ snapshot: { ...(snapshot as object), historyValue: remembered(snapshot) }, waits, emits })
    }
    emits = []
  }
  await note()
  for (const event of events) {
    if (ended) break
    if (restarting) {
      const stored = JSON.parse(stage.text) as StoredMachine
      Stage.check(machine, stored)
      stage.close()
      stage = setUp({ stored })
    }
    if (typeof event !== 'number') stage.send(event)
    else {
      now += event
      stage.fireDue(now)
    }
    await note()
  }
  stage.close()
  return trace
}

test('random machines in JSON go the same way with and without restarts', { timeout: 3_600_000 }, async () => {
  let [reached, finished, failed, played] = [0, 0, 0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 }),
      fc.array(told, { minLength: 3, maxLength: 14 }),
      async (plans, first, events) => {
        const file = fileOf(plans, first) as Record<string, unknown>
        // It is legal: what is found in it would be thrown here.
        expect(loadMachine(file, partsOf()).kind).toBe('m')
        const made = () =>
          durable(chartOf(file, registryOf(partsOf()), () => SETTINGS, new Findings())?.machine as AnyStateMachine)
        const through = await life(made(), events, false)
        expect(await life(made(), events, true)).toEqual(through)
        const last = through.at(-1) as { ended?: unknown }
        played++
        reached += through.length
        if (typeof last.ended === 'string') failed++
        else if (last.ended !== undefined) finished++
      },
    ),
    { numRuns: runs(60, 2_000), endOnFailure: true },
  )
  // The machines move and most of them are alive: otherwise this would say nothing.
  expect(reached).toBeGreaterThan(played * 3)
  expect(finished).toBeGreaterThan(0)
  expect(failed).toBeLessThan(played / 4)
})
