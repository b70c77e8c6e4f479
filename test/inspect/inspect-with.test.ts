/** A runtime of one's own in an inspector of one's own. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createInspector, createWebSocketInspector } from '@statelyai/inspect'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { inspectWith } from '../../src/inspect/index.js'
import { boot } from '../runtime/lab.js'
import type { Came } from './looker.js'

const door = setup({ actors: { bell: setup({}).createMachine({ id: 'bell' }) } }).createMachine({
  id: 'door',
  invoke: { src: 'bell', id: 'bell' },
  initial: 'shut',
  states: { shut: { on: { close: 'done' } }, done: { type: 'final' } },
})
const tasks = [
  defineTask({ kind: 'door', machine: door }),
  defineTask({ kind: 'own', api: false, run: () => 1 }),
] as const

test('the WebSocket inspector of @statelyai/inspect sends it on to its server', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const came: Came[] = []
  const waiting = new Set<() => void>()
  server.on('connection', (socket) => {
    onTestFinished(() => socket.terminate())
    socket.on('message', (data) => {
      came.push(JSON.parse(data.toString()))
      for (const wake of waiting) wake()
    })
  })
  const next = async (holds: (message: Came) => boolean): Promise<Came> => {
    for (;;) {
      const found = came.find(holds)
      if (found) return found
      await new Promise<void>((resolve) => void waiting.add(resolve))
    }
  }
  const runtime = await boot({ tasks })
  await runtime.enqueue('door', {}, { id: 'before' })
  const { port } = server.address() as AddressInfo
  const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${port}` })
  onTestFinished(() => inspector.stop())
  const leave = inspectWith(runtime, inspector)
  onTestFinished(leave)
  await next(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'machine:before')
  await runtime.enqueue('own', undefined, { id: 'hidden' })
  await next(({ sessionId, snapshot }) => sessionId === 'task:hidden' && snapshot?.value === 'FINISHED')
  await runtime.send('before', { type: 'close' })
  await next(({ sessionId, event }) => sessionId === 'machine:before' && event?.type === 'close')
  const bell = await next(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'machine:before#bell')
  expect(bell).toMatchObject({ parentId: 'machine:before', name: 'bell' })
  const machine = came.find(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'machine:before')
  expect(JSON.parse(machine.definition)).toMatchObject({ id: 'door', states: { shut: {} } })
  expect(came.some(({ sessionId }) => sessionId === 'supervisor:router')).toBe(true)
})

test('what is asked for is seen, with its past; who left sees nothing more', async () => {
  const runtime = await boot({ tasks })
  await (await runtime.enqueue('own', undefined, { id: 'one' })).finished()
  const came: Came[] = []
  let told = () => {}
  const inspector = createInspector({
    send: (event) => {
      came.push(event)
      told()
    },
  })
  const leave = inspectWith(runtime, inspector, { tasks: ['one', 'two'] })
  while (came.filter(({ type }) => type === '@xstate.snapshot').length < 6)
    await new Promise<void>((resolve) => {
      told = resolve
    })
  const values = came.filter(({ type }) => type === '@xstate.snapshot').map(({ snapshot }) => snapshot.value)
  expect(values).toEqual(['NONE', 'SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FINISHED'])
  leave()
  const before = came.length
  await (await runtime.enqueue('own', undefined, { id: 'two' })).finished()
  expect(came.length).toBe(before)
})

test('an option that is none is refused', async () => {
  const runtime = await boot({ tasks })
  expect(() => inspectWith(runtime, createInspector({ send: () => undefined }), { tasks: ['a b'] })).toThrowError(
    expect.objectContaining({ code: 'ERR_INVALID_ID' }),
  )
})
