/** Devices as actors: their machines, what happens to them, and how they come out, in both languages. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { lookedInto, looker } from './looker.js'

const tasks = [defineTask({ kind: 'echo', run: ({ input }) => input ?? null })] as const
const devices = {
  door: { type: 'contact', line: 'GPIO17', bias: 'pull-up', debounce: 0 },
  lamp: { type: 'relay', line: 'GPIO27' },
  room: { type: 'ds18b20', interval: '10m' },
} as const
const looked = () => lookedInto({ tasks, devices, gpio: { backend: 'simulated' } } as never)

test('each is told of with its machine and as people see it; then each step, after what happened', async () => {
  const { runtime, socket } = await looked()
  const looks = await looker(socket)
  const present = await looks.see({ devices: true })
  expect(present.map(({ type, id, machine }) => [type, id, machine]).slice(0, 3)).toEqual([
    ['actor', 'device:door', 'holdfast:contact'],
    ['actor', 'device:lamp', 'holdfast:output'],
    ['actor', 'device:room', 'holdfast:sensor'],
  ])
  expect(present[0].snapshot).toMatchObject({
    status: 'active',
    value: { ready: expect.anything() },
    context: { type: 'contact', link: 'ready', commands: ['simulate'] },
  })
  await runtime.devices.command('lamp', { type: 'on' })
  const event = await looks.next(({ type, to }) => type === 'event' && to === 'device:lamp')
  expect(event.event).toMatchObject({ device: 'lamp', type: 'on', reason: 'command' })
  const after = await looks.next(({ type, of }) => type === 'snapshot' && of === 'device:lamp')
  expect(after).toMatchObject({ event: 'on', step: event.step, snapshot: { context: { state: 'on', value: true } } })
  expect(looks.came.some(({ to, of }) => (to ?? of)?.startsWith('task:'))).toBe(false)
})

test('the latest news are the past; who did not ask for devices hears nothing of them', async () => {
  const { runtime, socket } = await looked()
  await runtime.devices.command('lamp', { type: 'on' })
  await runtime.devices.command('lamp', { type: 'off' })
  const looks = await looker(socket)
  await looks.see({ name: 'tasks', kinds: ['echo'], supervisors: true })
  await runtime.devices.command('lamp', { type: 'on' })
  // What it would have been told came before this answer.
  await looks.ask({ type: 'unsubscribe', name: 'nothing' })
  expect(looks.came.some(({ id = '', of = '' }) => `${id}${of}`.includes('device:'))).toBe(false)
  const present = await looks.see({ name: 'devices', devices: true, past: true })
  const past = present.filter(({ to, past: old }) => to === 'device:lamp' && old)
  expect(past.map(({ event }) => event.type)).toEqual(['on', 'off', 'on'])
  expect(past.map(({ at }) => at)).toEqual(past.map(({ event }) => event.at))
})

test('a client of @statelyai/inspect sees the statechart, the news as events, and where they led', async () => {
  const { runtime, socket } = await looked()
  const looks = await looker(socket, { protocol: null, query: '?devices=true' })
  const actor = await looks.next(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'device:lamp')
  expect(JSON.parse(actor.definition)).toMatchObject({ id: 'output', states: { ready: { states: { on: {} } } } })
  await runtime.devices.command('lamp', { type: 'on' })
  expect(await looks.next(({ type }) => type === '@xstate.event')).toMatchObject({
    sessionId: 'device:lamp',
    event: { type: 'on' },
  })
  expect(await looks.next(({ type }) => type === '@xstate.snapshot')).toMatchObject({
    sessionId: 'device:lamp',
    snapshot: { value: { ready: { on: 'steady' } } },
  })
})
