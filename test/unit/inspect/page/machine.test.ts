/** What the page works out of a statechart: what comes next, where many are, who says what. */
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { crowdOf, Heat } from '../../../../src/inspect/page/crowd.js'
import { nextEvents } from '../../../../src/inspect/page/next-events.js'
import { LISTENERS, lifelinesOf, OUTSIDE, Sequence } from '../../../../src/inspect/page/sequence.js'
import { valueText } from '../../../../src/inspect/page/value.js'
import { activeStates } from '../../../../src/pictures/lights.js'
import { definitionOf } from '../../../../src/runtime/machine-view.js'

const door = definitionOf(
  setup({
    types: { events: {} as { type: 'ring' | 'open' | 'shut' | 'look' } },
    guards: { known: () => true },
  }).createMachine({
    id: 'door',
    initial: 'shut',
    on: { look: { actions: assign({}) } },
    states: {
      shut: { on: { ring: 'waiting' } },
      waiting: {
        initial: 'outside',
        after: { 1000: 'shut' },
        on: {
          open: { guard: 'known', target: 'open' },
          shut: [{ guard: 'known', target: 'shut' }, { target: 'open' }],
        },
        states: { outside: {} },
      },
      open: { type: 'final' },
    },
  }),
)

test('next come the events of the state it is in and of those around it; timers are none', () => {
  const waiting = activeStates(door, { waiting: 'outside' })
  expect(nextEvents(door, waiting)).toEqual([
    { type: 'look', guards: [] },
    { type: 'open', guards: ['known'] },
    { type: 'shut', guards: [] },
  ])
  expect(nextEvents(door, activeStates(door, 'open'))).toEqual([{ type: 'look', guards: [] }])
})

test('a crowd is counted in each state and in those around it', () => {
  const counts = crowdOf(door, ['shut', { waiting: 'outside' }, { waiting: 'outside' }, 'nowhere'])
  expect([...counts]).toEqual([
    ['door.shut', 1],
    ['door.waiting', 2],
    ['door.waiting.outside', 2],
  ])
})

test('warmest is where most time was spent, by those still there, too', () => {
  const heat = new Heat(door)
  heat.enter('a', 'shut', 1_000)
  heat.enter('b', { waiting: 'outside' }, 2_000)
  heat.enter('a', { waiting: 'outside' }, 3_000)
  expect([...heat.degrees(5_000)].sort()).toEqual([
    ['door.shut', 0.4],
    ['door.waiting.outside', 1],
  ])
  heat.leave('a', 5_000)
  heat.leave('b', 5_000)
  expect(heat.degrees(99_000)).toEqual(heat.degrees(5_000))
})

test('a sequence is bounded, and its lines stand in the order in which they speak', () => {
  const sequence = new Sequence()
  const at = '2026-05-01T12:00:00.000Z'
  for (let i = 0; i < 2_500; i++) sequence.hear({ type: 'event', at, to: 'machine:a', event: { type: `e${i}` } })
  sequence.hear({ type: 'event', at, from: 'machine:a', to: 'machine:a#b', event: { type: 'go' } })
  sequence.hear({ type: 'emitted', at, of: 'machine:a', seq: 1, event: { type: 'said' } })
  expect(sequence.hear({ type: 'gone', at, id: 'machine:a' })).toBe(false)
  const arrows = sequence.settle()
  expect([arrows.length, arrows[0]?.type, arrows.at(-1)?.type]).toEqual([2_000, 'e502', 'said'])
  expect(lifelinesOf(arrows, 1)).toEqual({ lines: [OUTSIDE, 'machine:a', LISTENERS], more: 1 })
})

test.each([
  ['shut', 'shut'],
  [{ waiting: 'outside' }, 'waiting.outside'],
  [{ door: { waiting: 'outside' }, lamp: 'on' }, '{ door: waiting.outside, lamp: on }'],
  [{ a: {}, b: 'x' }, '{ a, b: x }'],
  [undefined, 'undefined'],
])('%j is said as %s', (value, text) => {
  expect(valueText(value)).toBe(text)
})
