/** The worker of a route: how many may start, and when none may. */
import { describe, expect, test } from 'vitest'
import { type WorkerContext, type WorkerEvent, workerMachine } from '../../machines/index.js'
import fc from '../support/fast-check.js'
import { walk } from './walk.js'

interface Step {
  readonly value: unknown
  readonly context: WorkerContext
  readonly ports: readonly [port: string, params: { count: number } | null][]
}

function work(concurrency: number, events: readonly WorkerEvent[]): Step[] {
  const scenario = { machine: workerMachine, input: { route: 'default', concurrency } }
  return walk(scenario, events).map((step) => JSON.parse(step) as Step)
}
const load = (queued: number, running: number): WorkerEvent => ({ type: 'load', queued, running })
const claims = (steps: readonly Step[]) =>
  steps.flatMap(({ ports }) => ports.flatMap(([, params]) => params?.count ?? []))
const end = (concurrency: number, ...events: WorkerEvent[]) => work(concurrency, events).at(-1) as Step

const loads = fc.record({ type: fc.constant('load' as const), queued: fc.nat(50), running: fc.nat(50) })
const orders = fc.constantFrom<WorkerEvent>({ type: 'hold' }, { type: 'release' }, { type: 'drain' })
const stories = fc.array(fc.oneof({ weight: 3, arbitrary: loads }, orders), { maxLength: 12 })

describe('claims', () => {
  test('a load with room claims what fits: no more than is queued, no more than is free', () => {
    expect(end(2, load(5, 0)).ports).toEqual([['claim', { count: 2 }]])
    expect(end(2, load(5, 1)).ports).toEqual([['claim', { count: 1 }]])
    expect(end(10, load(3, 4)).ports).toEqual([['claim', { count: 3 }]])
  })

  test('a route that is full, or has nothing queued, claims nothing', () => {
    expect(end(2, load(5, 2))).toMatchObject({ value: { open: 'full' }, ports: [] })
    expect(end(2, load(5, 3)).ports).toEqual([])
    expect(end(2, load(0, 0))).toMatchObject({ value: { open: 'idle' }, ports: [] })
    expect(end(2, load(0, 1))).toMatchObject({ value: { open: 'working' }, ports: [] })
  })

  test('never exceed the concurrency, nor what is queued, whatever the loads and orders', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), stories, (concurrency, events) => {
        let known = { queued: 0, running: 0 }
        work(concurrency, events).forEach((step, n) => {
          const event = events[n - 1]
          if (event?.type === 'load') known = { queued: event.queued, running: event.running }
          for (const count of claims([step])) {
            expect(count).toBeGreaterThan(0)
            expect(count).toBeLessThanOrEqual(known.queued)
            expect(known.running + count).toBeLessThanOrEqual(concurrency)
          }
        })
      }),
    )
  })
})

describe('a held route', () => {
  test('claims nothing, however long its queue', () => {
    const steps = work(5, [{ type: 'hold' }, load(9, 0), load(9, 3), load(1, 0)])
    expect(steps.at(-1)?.value).toBe('held')
    expect(claims(steps)).toEqual([])
  })

  test('that is released claims at once by what it was told last', () => {
    const step = end(5, { type: 'hold' }, load(9, 3), { type: 'release' })
    expect(step).toMatchObject({ value: { open: 'working' }, ports: [['claim', { count: 2 }]] })
  })

  test('that is released with nothing queued waits', () => {
    expect(end(5, { type: 'hold' }, { type: 'release' })).toMatchObject({ value: { open: 'idle' }, ports: [] })
  })
})

describe('a draining route', () => {
  test('claims nothing and is drained when the last run is over', () => {
    const steps = work(5, [load(0, 3), { type: 'drain' }, load(9, 2), load(9, 1), load(9, 0), load(9, 0)])
    expect(steps.map(({ value }) => value).slice(2)).toEqual(['draining', 'draining', 'draining', 'drained', 'drained'])
    expect(claims(steps)).toEqual([])
  })

  test('with nothing running is drained at once', () => {
    expect(end(5, { type: 'drain' }).value).toBe('drained')
  })

  test('is not opened again by a release', () => {
    expect(end(5, load(0, 1), { type: 'drain' }, { type: 'release' }, load(9, 1)).ports).toEqual([])
  })

  test('drains from a hold as well', () => {
    expect(end(5, load(0, 1), { type: 'hold' }, { type: 'drain' }, load(0, 0)).value).toBe('drained')
  })
})

test('a worker that is started anew asks for what is queued before anything else', () => {
  expect(work(5, [])[0]?.ports).toEqual([['rebuild', null]])
})
