/** What cannot be kept or played is refused by name, before anybody waits for it. */
import { expect, test } from 'vitest'
import { type AnyStateMachine, assign, createMachine, fromCallback, setup } from 'xstate'
import { durable } from '../../../src/kernel/durable.js'
import { Stage } from '../../../src/kernel/stage.js'
import { Play } from './play.js'

const kid = setup({}).createMachine({ initial: 'x', states: { x: {}, y: {} } })
const parentOf = (actors: object, states: object): AnyStateMachine =>
  setup({ actors } as never).createMachine({
    initial: Object.keys(states)[0],
    states,
  } as never) as unknown as AnyStateMachine

const busy = { busy: { invoke: { src: 'kid', id: 'kid' } } }

test('a machine that fits its record passes, however often it is checked', () => {
  const machine = durable(parentOf({ kid }, busy))
  const { stored } = new Play(parentOf({ kid }, busy)).start()
  const before = JSON.stringify(stored)
  Stage.check(machine, stored)
  Stage.check(machine, stored)
  expect(JSON.stringify(stored)).toBe(before)
})

test('a machine whose state is gone is refused with the state', () => {
  const { stored } = new Play(parentOf({ kid }, busy)).start()
  expect(() => Stage.check(durable(parentOf({ kid }, { other: {} })), stored)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_MACHINE', message: expect.stringContaining('busy') }),
  )
})

test('a machine whose child has lost its logic is refused with the name of the logic', () => {
  const { stored } = new Play(parentOf({ kid }, busy)).start()
  expect(() => Stage.check(durable(parentOf({}, { busy: {} })), stored)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_MACHINE', message: expect.stringContaining("'kid'") }),
  )
})

test('a child whose state is gone is refused with its path', () => {
  const { stored } = new Play(parentOf({ kid }, busy)).start()
  const other = setup({}).createMachine({ initial: 'z', states: { z: {} } })
  expect(() => Stage.check(durable(parentOf({ kid: other }, busy)), stored)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_MACHINE', message: expect.stringContaining('child kid') }),
  )
})

test('a check starts nothing', () => {
  const felt: string[] = []
  const port = fromCallback(() => void felt.push('began'))
  const machine = parentOf({ kid: port }, busy)
  const { stored } = new Play(machine).start()
  Stage.check(durable(machine), stored)
  expect(felt).toEqual([])
})

test('actor logic that is spawned inline is ERR_INVALID_MACHINE: nothing could find it again', () => {
  const machine = createMachine({
    types: {} as { context: { ref: unknown } },
    context: { ref: null },
    on: { GO: { actions: assign({ ref: ({ spawn }) => spawn(kid) }) } },
  })
  const play = new Play(machine).start().send('GO')
  expect(play.ending).toMatchObject({ type: 'error', error: { code: 'ERR_INVALID_MACHINE' } })
})

class Point {
  x = 1
}

test.each([
  ['a function', () => 1],
  ['a bigint', 1n],
  ['a symbol', Symbol('s')],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a Date', new Date(0)],
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
  ['undefined in a list', [undefined]],
  ['an object of a class', new Point()],
  ['a RegExp', /x/],
  ['a typed array', new Uint8Array(2)],
])('%s in the context is an error, not something else after a restart', (_, value) => {
  const machine = createMachine({
    types: {} as { context: { deep: { value: unknown } } },
    context: { deep: { value: 1 } },
    on: { GO: { actions: assign({ deep: () => ({ value }) }) } },
  })
  const play = new Play(machine).start().send('GO')
  expect(play.ending).toMatchObject({ type: 'error', error: { code: 'ERR_NOT_JSON' } })
})

test('a context with a cycle is an error', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const machine = createMachine({
    types: {} as { context: { value: unknown } },
    context: { value: 1 },
    on: { GO: { actions: assign({ value: () => cycle }) } },
  })
  expect(new Play(machine).start().send('GO').ending).toMatchObject({ type: 'error' })
})

test('an Error in the context is kept as its name and message', () => {
  const machine = createMachine({
    types: {} as { context: { error: unknown } },
    context: { error: null },
    on: { GO: { actions: assign({ error: () => new TypeError('no') }) } },
  })
  expect(new Play(machine).start().send('GO').context).toMatchObject({ error: { name: 'TypeError', message: 'no' } })
})

test('after its end a stage takes nothing any more', () => {
  const machine = setup({}).createMachine({ initial: 'a', states: { a: { on: { GO: 'z' } }, z: { type: 'final' } } })
  const play = new Play(machine).start().send('GO')
  expect(play.ending).toEqual({ type: 'done', output: undefined })
  const steps = play.waiting.length
  play.send('GO')
  play.stage.fail(new Error('late'))
  play.stage.close()
  expect(play.waiting).toHaveLength(steps)
  expect(play.ending).toEqual({ type: 'done', output: undefined })
})
