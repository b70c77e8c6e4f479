/** Machines whose transitions lead to each other for ever: the task fails, and the daemon goes on. */
import { expect, onTestFinished, test } from 'vitest'
import { assign, raise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { testRuntime } from '../../src/testing/index.js'

const base = setup({ types: { context: {} as { left: number } } })
const circle = { a: { always: 'b' }, b: { always: 'a' } } as const
const later = base.createMachine({
  context: { left: 0 },
  initial: 'waits',
  states: { waits: { after: { 60000: 'a' } }, ...circle },
})
const machines = {
  'at once': base.createMachine({ context: { left: 0 }, initial: 'a', states: circle }),
  later,
  raised: base.createMachine({
    context: { left: 0 },
    initial: 'a',
    states: { a: { entry: raise({ type: 'again' }), on: { again: { target: 'a', reenter: true } } } },
  }),
  'of a child': setup({ actors: { later } }).createMachine({ invoke: { src: 'later' } }),
}
/** It comes to an end, after two thousand transitions. */
const many = (options: object) =>
  base.createMachine({
    context: { left: 2_000 },
    initial: 'a',
    states: {
      a: {
        always: [
          { guard: ({ context }) => context.left === 0, target: 'z' },
          { actions: assign({ left: ({ context }) => context.left - 1 }), target: 'a', reenter: true },
        ],
      },
      z: { type: 'final' },
    },
    output: 'z',
    ...options,
  })

async function boardOf(tasks: readonly ReturnType<typeof defineTask>[]) {
  const board = await testRuntime({ tasks })
  onTestFinished(() => board.close())
  return board
}

const endless = { state: 'FAILED', error: { message: expect.stringContaining('more than 1000 microsteps') } }

test.each(Object.entries(machines))('%s', async (_, machine) => {
  const board = await boardOf([defineTask({ kind: 'work', machine })])
  const { id } = await board.runtime.enqueue('work')
  await board.advance('1m')
  expect(await board.runtime.get(id)).toMatchObject(endless)
})

test('due while the daemon was down', async () => {
  const board = await boardOf([defineTask({ kind: 'work', machine: later })])
  const { id } = await board.runtime.enqueue('work')
  await board.crash()
  await board.restart({ off: '1h' })
  await board.settled()
  expect(await board.runtime.get(id)).toMatchObject(endless)
})

test('a machine may say itself how many there may be', async () => {
  const kinds = { short: many({}), long: many({ options: { maxIterations: 5_000 } }) }
  const board = await boardOf(Object.entries(kinds).map(([kind, machine]) => defineTask({ kind, machine })))
  const [short, long] = await board.runtime.enqueueMany([{ kind: 'short' }, { kind: 'long' }])
  await board.settled()
  expect(await board.runtime.get(short?.id as string)).toMatchObject(endless)
  expect(await board.runtime.get(long?.id as string)).toMatchObject({ state: 'FINISHED', result: 'z' })
})
