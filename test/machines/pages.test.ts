/** Router and manifest take what is due a page at a time: none is asked for twice, and none is forgotten. */
import { describe, expect, test } from 'vitest'
import { manifestMachine, routerMachine } from '../../machines/index.js'
import { walk } from './walk.js'

interface Step {
  readonly value: string
  readonly context: { readonly released?: number; readonly retrying?: number; readonly dead?: number }
  readonly ports: readonly [port: string, params: unknown][]
}
type Event = { readonly type: string }

const pagers = [
  { machine: routerMachine, ask: 'releaseDue', answer: 'released', rest: 'waiting', name: 'the router' },
  { machine: manifestMachine, ask: 'putBack', answer: 'returned', rest: 'watching', name: 'the manifest' },
] as const

for (const { machine, ask, answer, rest, name } of pagers) {
  const told = (...events: Event[]) => walk({ machine }, events).map((step) => JSON.parse(step) as Step)
  const end = (...events: Event[]) => told(...events).at(-1) as Step
  const asks = (steps: Step[]) => steps.flatMap(({ ports }) => ports).filter(([port]) => port === ask).length
  const due = { type: 'due' }
  const hold = { type: 'hold' }
  const release = { type: 'release' }
  const page = (more: boolean) => ({ type: answer, count: 2, more })

  describe(name, () => {
    test('looks at once what waits when it is started anew', () => {
      expect(told()[0]?.ports).toEqual([['rebuild', null]])
    })

    test('asks for one page when something is due, and rests when there is no more', () => {
      expect(end(due).ports).toEqual([[ask, null]])
      expect(end(due, page(false))).toMatchObject({ value: rest, ports: [] })
    })

    test('asks for the next page while there is more', () => {
      expect(asks(told(due, page(true), page(true), page(false)))).toBe(3)
    })

    test('asks once more for what fell due while a page was under way, not twice', () => {
      const steps = told(due, due, due, page(false), page(false))
      expect(asks(steps)).toBe(2)
      expect(steps.at(-1)?.value).toBe(rest)
    })

    test('held, asks for nothing; released, asks for what fell due meanwhile', () => {
      expect(asks(told(hold, due, due))).toBe(0)
      expect(end(hold, due, release).ports).toEqual([[ask, null]])
    })

    test('whose work failed dies, whatever it was at, for its supervisor to start it anew', () => {
      const failed = { type: 'failed', error: { message: 'gone' } }
      for (const before of [[], [due], [due, due], [hold]]) {
        expect(end(...before, failed).ports).toEqual([['die', { error: { message: 'gone' } }]])
      }
    })

    test('held while a page is under way, asks for no other until it is released', () => {
      expect(end(due, hold, page(true))).toMatchObject({ value: 'held', ports: [] })
      expect(asks(told(due, due, hold, page(true), release, page(false)))).toBe(2)
    })
  })
}

test('the router counts what it released', () => {
  const events = [
    { type: 'due' },
    { type: 'released', count: 3, more: true },
    { type: 'released', count: 4, more: false },
  ]
  expect(JSON.parse(walk({ machine: routerMachine }, events).at(-1) as string).context).toEqual({ released: 7 })
})

test('the manifest counts who entered and who left, never below none', () => {
  const entered = { type: 'entered', retrying: 3, dead: 2 }
  const counts = (...events: Event[]) =>
    JSON.parse(walk({ machine: manifestMachine }, events).at(-1) as string).context as object
  expect(counts(entered)).toEqual({ retrying: 3, dead: 2 })
  expect(counts(entered, { type: 'due' }, { type: 'returned', count: 2, more: false } as Event)).toEqual({
    retrying: 1,
    dead: 2,
  })
  expect(counts(entered, { type: 'left', count: 9 } as Event)).toEqual({ retrying: 0, dead: 2 })
})
