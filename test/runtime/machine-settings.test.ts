/** A machine made by a function sees the settings in force, each time it asks. */
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { createRuntime, defineTask } from '../../src/index.js'
import { boot, facts, refusal, temporaryDirectory } from './lab.js'

const poll = () =>
  defineTask({
    kind: 'poll',
    settings: { defaults: { url: 'a', every: 3_600_000 } },
    machine: ({ settings }) =>
      setup({
        delays: { every: () => settings().every },
        actions: { nothing: () => undefined },
      }).createMachine({
        initial: 'waiting',
        states: {
          waiting: { after: { every: 'waiting' }, on: { ask: 'done', soon: { target: 'waiting', reenter: true } } },
          done: { type: 'final' },
        },
        output: () => settings().url,
      }),
  })

test('what is set while a machine waits holds for its next step', async () => {
  const runtime = await boot({ tasks: [poll()] })
  const task = await runtime.enqueue('poll')
  await runtime.kinds.set('poll', { url: 'b' })
  await runtime.send(task.id, { type: 'ask' })
  expect(await task.finished()).toBe('b')
})

test('a delay takes the settings in force when its state is entered', async () => {
  const runtime = await boot({ tasks: [poll()] })
  const steps = facts('machine.step')
  const task = await runtime.enqueue('poll')
  const due = async () => Date.parse((await task.get())?.machine?.timers[0]?.due ?? '')
  const before = await due()
  await runtime.kinds.set('poll', { every: 7_200_000 })
  expect((await due()) - before).toBeLessThan(3_600_000)
  await runtime.send(task.id, { type: 'soon' })
  expect(steps.seen.at(-1)).toMatchObject({ event: 'soon' })
  expect((await due()) - before).toBeGreaterThanOrEqual(3_600_000)
})

test('over a restart, and not of another runtime', async () => {
  const definition = poll()
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks: [definition] })
  await first.kinds.set('poll', { url: 'first' })
  const task = await first.enqueue('poll', undefined, { id: 'p' })
  const other = await boot({ tasks: [definition] })
  await other.kinds.set('poll', { url: 'other' })
  await first.stop()
  const second = await boot({ path, tasks: [definition] })
  await second.send(task.id, { type: 'ask' })
  expect((await second.get('p'))?.result).toBe('first')
})

test('its definition can be looked at like any other', async () => {
  const runtime = await boot({ tasks: [poll()] })
  expect((await runtime.machines.get('poll')).definition.states).toHaveProperty('waiting')
})

test('a function that throws, and one that gives no machine, are refused', async () => {
  const threw = () => createRuntime({ path: 'x', tasks: [defineTask({ kind: 'm', machine: () => JSON.parse('{') })] })
  expect(await refusal(threw)).toMatchObject({ code: 'ERR_INVALID_MACHINE', message: expect.stringContaining('threw') })
  const none = () => createRuntime({ path: 'x', tasks: [defineTask({ kind: 'm', machine: () => ({}) as never })] })
  expect(await refusal(none)).toMatchObject({ code: 'ERR_INVALID_MACHINE' })
})
