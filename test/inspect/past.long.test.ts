/** Looking in late: on what began, ended or was killed before; and what was read back is told apart from what began. */

import { createWebSocketReceiver } from '@statelyai/inspect'
import { expect, test } from 'vitest'
import { board } from '../api/board.js'
import { type Came, looker } from './looker.js'

test('who comes late is told the whole life of a task that has ended', async () => {
  const b = await board()
  const { id } = await b.done('say', 'once')
  const looks = await looker(b.socket)
  const told = await looks.see({ tasks: [id], past: true })
  expect(told.map(({ type, past, snapshot, event }) => [type, past ?? false, snapshot?.value ?? event?.type])).toEqual([
    ['actor', false, 'FINISHED'],
    ['snapshot', true, 'NONE'],
    ['snapshot', true, 'SPOOLED'],
    ['snapshot', true, 'QUEUED'],
    ['snapshot', true, 'RUNNING'],
    ['emitted', true, 'said'],
    ['snapshot', true, 'FINISHED'],
    ['snapshot', false, 'FINISHED'],
    ['caught-up', false, undefined],
  ])
  const times = told.filter(({ past }) => past).map(({ at }) => at)
  expect(times).toEqual(times.toSorted())
  expect(told[0]).toMatchObject({ began: 'present' })
})

test('over a kill: a machine goes on where it was, and a restore is no first start', async () => {
  const b = await board()
  const { id } = (await b.post('/v1/tasks', { kind: 'door' })).json
  await b.post(`/v1/tasks/${id}/events`, { type: 'ring' })
  const before = await looker(b.socket)
  expect((await before.see({ tasks: [id] })).map(({ began }) => began).slice(0, 2)).toEqual(['present', 'present'])
  await b.life.kill('SIGKILL')
  await before.closed
  await b.start()
  const after = await looker(b.socket)
  const told = await after.see({ tasks: [id], past: true })
  const actors = told.filter(({ type }) => type === 'actor')
  expect(actors.map((actor) => [actor.id, actor.began])).toEqual([
    [`task:${id}`, 'restored'],
    [`machine:${id}`, 'restored'],
  ])
  expect(actors[1].snapshot).toMatchObject({ value: 'shut', context: { rings: 1 } })
  expect(told.filter(({ past }) => past).map(({ snapshot }) => snapshot.value)).toEqual([
    'NONE',
    'SPOOLED',
    'QUEUED',
    'RUNNING',
  ])
  await b.post(`/v1/tasks/${id}/events`, { type: 'ring' })
  expect(await after.next(({ type }) => type === 'restore')).toMatchObject({ of: `machine:${id}` })
  expect(await after.next(({ event }) => event?.type === 'ring')).toMatchObject({ to: `machine:${id}` })
  const { id: fresh } = (await b.post('/v1/tasks', { kind: 'door' })).json
  await after.see({ name: 'fresh', tasks: [fresh] })
  expect(after.came.find((message) => message.id === `machine:${fresh}`)).toMatchObject({ began: 'present' })
})

test('the receiver of @statelyai/inspect connects over the socket, late, and is told all of it', async () => {
  const b = await board()
  const { id } = (await b.post('/v1/tasks', { kind: 'door' })).json
  await b.post(`/v1/tasks/${id}/events`, { type: 'ring' })
  await b.life.kill('SIGKILL')
  await b.start()
  const receiver = createWebSocketReceiver({ server: `ws+unix://${b.socket}:/v1/inspect?task=${id}` })
  const came: Came[] = []
  const waiting = new Set<() => void>()
  receiver.subscribe((message) => {
    came.push(message)
    for (const wake of waiting) wake()
  })
  const next = async (holds: (message: Came) => boolean): Promise<Came> => {
    for (;;) {
      const found = came.find(holds)
      if (found) return found
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
      })
    }
  }
  const machine = await next(({ type, sessionId }) => type === '@xstate.actor' && sessionId === `machine:${id}`)
  expect(machine).toMatchObject({
    name: 'door',
    rootId: `task:${id}`,
    parentId: `task:${id}`,
    snapshot: { status: 'active', value: 'shut', context: { rings: 1 } },
    _version: expect.stringMatching(/^0\.7\./),
    createdAt: expect.stringMatching(/^\d+$/),
  })
  expect(JSON.parse(machine.definition)).toMatchObject({ initial: 'shut', states: { done: { type: 'final' } } })
  const history = came.filter(({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === `task:${id}`)
  expect(history.map(({ snapshot }) => snapshot.value)).toEqual(['NONE', 'SPOOLED', 'QUEUED', 'RUNNING', 'RUNNING'])
  await b.post(`/v1/tasks/${id}/events`, { type: 'close' })
  await next(({ event }) => event?.type === 'holdfast.restored')
  await next(({ type, event }) => type === '@xstate.event' && event.type === 'close')
  await next(({ snapshot }) => snapshot?.value === 'FINISHED')
  const known = new Set<string>()
  for (const { type, sessionId } of came) {
    if (type === '@xstate.actor') known.add(sessionId)
    else expect(known).toContain(sessionId)
  }
  expect(new Set(came.map(({ type }) => type))).toEqual(new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']))
})

test('a client of that language is not listened to', async () => {
  const b = await board()
  const looks = await looker(b.socket, { protocol: null, query: '?supervisors=true' })
  expect(await looks.next()).toMatchObject({ type: '@xstate.actor', sessionId: 'supervisor:holdfast' })
  looks.send({ type: '@xstate.event' })
  expect((await looks.closed).code).toBe(1008)
})
