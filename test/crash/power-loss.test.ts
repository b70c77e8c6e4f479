/**
 * Power loss: what was not synced is gone, the batch in flight is whole or not there, and the board boots again. The
 * mixed load of the kill matrix, cut at every one of its batches, has to bear out the same guarantees.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { beforeAll, expect, test } from 'vitest'
import { defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import type { Op } from '../../src/store/store.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { all } from '../support/stores.js'
import { complaints, type Evidence, GUARANTEES } from './claims.js'
import type { Fact } from './daemon.js'
import { diskOf } from './disk.js'
import { silent } from './in-process.js'
import { kinds } from './kinds.mjs'
import { workload } from './workload.mjs'

interface Cut {
  /** The batch that is in flight when the power goes, and whether it is torn off. */
  readonly batch: number
  readonly tear: boolean
}

const HOUR = 3_600_000
/** Far beyond what it takes: a daemon that never settles has to be told from a slow machine. */
const LONGEST_MS = process.env.TORTURE ? 3_600_000 : 180_000
const evidence: Evidence[] = []

/** One life on a disk: to the end of the workload, or to the cut. Answers how many batches it wrote. */
async function live(
  store: PowerLossStore,
  clock: SimulatedClock,
  facts: Fact[],
  life: string,
  cut?: Cut,
): Promise<number> {
  let batches = 0
  let powerless = () => {}
  const dark = new Promise<void>((resolve) => {
    powerless = resolve
  })
  let lit = true
  const say = (fact: Fact) => void (lit && facts.push(fact))
  const emitted = (data: unknown) => {
    const { taskId, seq } = data as { taskId: string; seq: number }
    say({ fact: 'EMITTED', id: taskId, seq })
  }
  subscribe('holdfast:task.emitted', emitted)
  const write = store.batch.bind(store)
  store.batch = (ops: readonly Op[], sync: boolean) => {
    const written = write(ops, sync)
    if (++batches === cut?.batch) {
      lit = false
      store.powerCut(cut)
      powerless()
    }
    return written
  }
  const runtime = new Runtime({ path: 'power-loss', tasks: kinds({ defineTask }, say), log: silent }, { store, clock })
  const work = runtime.start().then(() => workload(runtime, say, [...facts], life))
  work.catch(() => undefined)
  let over = false
  const end = (cut ? Promise.race([dark, work]) : work).finally(() => {
    over = true
  })
  // When nothing has moved for a while the clock does: the same cut meets the same batch, however busy the machine is.
  for (let quiet = 0, seen = 0; !over; quiet = batches === seen ? quiet + 1 : 0) {
    seen = batches
    await new Promise((resolve) => setImmediate(resolve))
    if (quiet > 20 && clock.next < HOUR / 2) clock.advance(clock.next)
  }
  await end
  lit = false
  unsubscribe('holdfast:task.emitted', emitted)
  if (!cut) await runtime.stop()
  // The process without power still runs here: its clock is stopped, its store is dead, and nobody hears it.
  else clock.close()
  return batches
}

async function cutAt(...cuts: readonly Cut[]): Promise<Evidence[]> {
  let store = new PowerLossStore()
  let clock = new SimulatedClock()
  const facts: Fact[] = []
  const found = []
  for (const [i, cut] of cuts.entries()) {
    await live(store, clock, facts, `life ${i}`, cut)
    store = store.successor()
    clock = clock.reboot({ offFor: 1000 })
    await store.open()
    const where = cuts.slice(0, i + 1).map(({ batch, tear }) => `batch ${batch}${tear ? ' torn' : ''}`)
    const left = diskOf(await all(store))
    found.push({ where: where.join(', then '), more: cuts.length - i - 1, told: [...facts], left })
  }
  await live(store, clock, facts, 'last life')
  await store.open()
  const end = diskOf(await all(store))
  return found.map((each) => ({ ...each, all: facts, end }))
}

beforeAll(async () => {
  const batches = await live(new PowerLossStore(), new SimulatedClock(), [], 'whole')
  const cuts = Array.from({ length: batches }, (_, i) => [true, false].map((tear) => ({ batch: i + 1, tear }))).flat()
  for (const cut of cuts) evidence.push(...(await cutAt(cut)))
  const seconds = process.env.TORTURE ? cuts : cuts.slice(0, 6)
  for (const first of process.env.TORTURE ? cuts : cuts.slice(3, 5)) {
    for (const second of seconds) evidence.push(...(await cutAt(first, second)))
  }
  expect(evidence.length).toBeGreaterThan(20)
}, LONGEST_MS)

test.each(Object.entries(GUARANTEES))('%s, over a power cut', (_, claim) => {
  expect(complaints(claim, evidence)).toEqual([])
})

test('No power cut counts against a task', () => {
  const counted = evidence.flatMap(({ where, end }) =>
    [...end.tasks].flatMap(([id, { context }]) => (context.interruptions > 0 ? [`${where}: ${id}`] : [])),
  )
  expect(counted).toEqual([])
})
