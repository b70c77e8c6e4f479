/** The timers of a machine are part of its record: a restart neither stretches nor forgets them. */
import { expect, test } from 'vitest'
import { assign, cancel, raise, setup } from 'xstate'
import { Play } from './play.js'

const machine = setup({
  types: { context: {} as { fired: string[] } },
  actions: { note: assign({ fired: ({ context, event }) => [...context.fired, event.type] }) },
  delays: { patience: 500 },
}).createMachine({
  context: { fired: [] },
  initial: 'waiting',
  on: {
    later: { actions: 'note' },
    soon: { actions: 'note' },
    LATER: { actions: raise({ type: 'later' }, { delay: 300, id: 'later' }) },
    SOON: { actions: raise({ type: 'soon' }, { delay: 100, id: 'soon' }) },
    NEVER: { actions: cancel('later') },
  },
  states: {
    waiting: { after: { patience: 'over' }, on: { LEAVE: 'away' } },
    over: {},
    away: {},
  },
})

test('the nearest timer is known, and kept with its due time', () => {
  const play = new Play(machine).start()
  expect(play.stage.nextDue).toBe(1_500)
  play.send('LATER', 'SOON')
  expect(play.stage.nextDue).toBe(1_100)
  expect(play.stored.timers.map(({ due }) => due).sort()).toEqual([1_100, 1_300, 1_500])
})

test('a timer fires at its time and not before', () => {
  const play = new Play(machine).start()
  play.stage.fireDue(1_499)
  expect(play.value).toBe('waiting')
  play.stage.fireDue(1_500)
  expect(play.value).toBe('over')
  expect(play.stage.nextDue).toBeUndefined()
})

test('a restored timer has what remained of its time', () => {
  const play = new Play(machine).start().restored(1_400).start()
  expect(play.stage.nextDue).toBe(1_500)
  play.stage.fireDue(1_499)
  expect(play.value).toBe('waiting')
  play.stage.fireDue(1_500)
  expect(play.value).toBe('over')
})

test('timers overdue at a restart fire once, at once, in the order of their times, as one step', () => {
  const play = new Play(machine).start().send('LATER', 'SOON').restored(9_000).start()
  play.commit()
  play.stage.fireDue(9_000)
  expect(play.waiting).toHaveLength(1)
  expect(play.context).toEqual({ fired: ['soon', 'later'] })
  expect(play.value).toBe('over')
  play.stage.fireDue(99_000)
  expect(play.waiting).toHaveLength(1)
})

test('what is cancelled or left is gone from the record too', () => {
  const play = new Play(machine).start().send('LATER', 'NEVER', 'LEAVE')
  expect(play.stored.timers).toEqual([])
  play.stage.fireDue(99_000)
  expect(play.context).toEqual({ fired: [] })
})

test('a timer that another one of the same moment cancels does not fire', () => {
  const exclusive = setup({ types: { context: {} as { fired: number } } }).createMachine({
    context: { fired: 0 },
    initial: 'a',
    states: {
      a: {
        after: { 100: { target: 'b', actions: assign({ fired: ({ context }) => context.fired + 1 }) } },
        on: { B: 'b' },
      },
      b: { after: { 50: 'a' } },
    },
  })
  const play = new Play(exclusive).start()
  play.stage.fireDue(10_000)
  expect(play.context).toEqual({ fired: 1 })
  expect(play.value).toBe('b')
})

test('the timers of a child are kept under its path and come back to it', () => {
  const child = setup({}).createMachine({
    initial: 'x',
    states: { x: { after: { 200: 'y' } }, y: { type: 'final' } },
  })
  const parent = setup({ actors: { child } }).createMachine({
    initial: 'busy',
    states: { busy: { invoke: { src: 'child', id: 'kid', onDone: 'idle' } }, idle: {} },
  })
  const play = new Play(parent).start()
  expect(play.stored.timers).toMatchObject([{ source: ['kid'], target: ['kid'], due: 1_200 }])
  const again = play.restored().start()
  again.stage.fireDue(1_200)
  expect(again.value).toBe('idle')
})

test('a timer that is set after a restart takes no other one its place', () => {
  const twice = setup({}).createMachine({ on: { AGAIN: { actions: raise({ type: 'late' }, { delay: 100 }) } } })
  const before = new Play(twice).start()
  before.send('AGAIN')
  const play = before.restored().start()
  play.send('AGAIN')
  expect(play.stored.timers.map(({ due }) => due)).toEqual([1_100, 1_100])
})
