/** The verbs over many tasks: by a list of ids, or by a query; those that cannot be done are passed over. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Board, board, byHand } from './board.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

const later = { runAt: '2999-01-01T00:00:00Z' } as const
/** Tasks of a group of its own, made for a test. */
async function made(group: string, count: number, more: object = {}): Promise<string[]> {
  const tasks = Array.from({ length: count }, () => ({ kind: 'echo', group, ...later, ...more }))
  const { json } = await b.post('/v1/tasks', { tasks })
  return json.items.map(({ id }: { id: string }) => id)
}
const count = async (query: string): Promise<number> => (await b.get(`/v1/tasks?count=true&${query}`)).json.count
const bulk = (verb: string, body: object, given = {}) => b.post(`/v1/bulk/${verb}`, body, given)

test('each verb takes ids or a query, and answers how many it did', async () => {
  const ids = await made('verbs', 5)
  expect((await bulk('pause', { ids: ids.slice(0, 2) })).json).toEqual({ count: 2 })
  expect((await bulk('pause', { query: { group: 'verbs' } })).json).toEqual({ count: 3 })
  expect(await count('group=verbs&paused=true')).toBe(5)
  expect(
    (await bulk('resume', { query: { group: 'verbs', paused: true, kind: 'echo', route: 'default' } })).json,
  ).toEqual({ count: 5 })
  expect((await bulk('cancel', { ids: [...ids.slice(0, 3), 'nobody', ids[0]] })).json).toEqual({ count: 3 })
  expect((await bulk('retry', { query: { group: 'verbs', state: 'TERMINATED' } })).json).toEqual({ count: 3 })
  for (const id of ids.slice(0, 3)) await b.get(`/v1/tasks/${id}?wait=30s`)
  expect((await bulk('cancel', { query: { group: 'verbs', state: ['SPOOLED', 'QUEUED'] } })).json).toEqual({ count: 2 })
  expect((await bulk('remove', { query: { group: 'verbs' } })).json).toEqual({ count: 5 })
  expect(await count('group=verbs')).toBe(0)
})

test('a reschedule says what to, and reaches only what waits', async () => {
  const ids = await made('moved', 3)
  await bulk('cancel', { ids: ids.slice(0, 1) })
  expect((await bulk('reschedule', { ids, to: { priority: 9 } })).json).toEqual({ count: 2 })
  expect((await b.get(`/v1/tasks/${ids[2]}`)).json.priority).toBe(9)
  expect((await bulk('reschedule', { query: { group: 'moved' }, to: { in: 0 } })).json).toEqual({ count: 2 })
  for (const id of ids.slice(1)) expect((await b.get(`/v1/tasks/${id}?wait=30s`)).json.state).toBe('FINISHED')
})

test('an event reaches the machines among them, and with a key only once', async () => {
  const doors = await made('doors', 2, { kind: 'door', runAt: '2001-01-01T00:00:00Z' })
  const others = await made('doors', 1)
  const ring = { ids: [...doors, ...others], event: { type: 'ring' } }
  const headers = { 'idempotency-key': 'one-ring' }
  expect((await bulk('send', ring, { headers })).json).toEqual({ count: 2 })
  expect((await bulk('send', ring, { headers })).json).toEqual({ count: 2 })
  expect((await bulk('send', { query: { group: 'doors' }, event: { type: 'close' } })).json).toEqual({ count: 2 })
  for (const id of doors) expect((await b.get(`/v1/tasks/${id}?wait=30s`)).json.result).toBe(1)
})

test.for([
  ['cancel', {}, 400, 'ERR_BAD_REQUEST'],
  ['cancel', { ids: [], query: {} }, 400, 'ERR_BAD_REQUEST'],
  ['cancel', { ids: 'one' }, 400, 'ERR_BAD_REQUEST'],
  ['cancel', { ids: ['not a name'] }, 400, 'ERR_INVALID_ID'],
  ['cancel', { ids: Array.from({ length: 10_001 }, (_, i) => `t${i}`) }, 413, 'ERR_TOO_MANY'],
  ['cancel', { query: {} }, 400, 'ERR_INVALID_OPTION'],
  ['cancel', { query: { state: 'GONE' } }, 400, 'ERR_BAD_REQUEST'],
  ['cancel', { query: { groop: 'a' } }, 400, 'ERR_BAD_REQUEST'],
  ['cancel', { query: { group: 'a', api: false } }, 400, 'ERR_BAD_REQUEST'],
  ['cancel', { ids: [], to: { priority: 1 } }, 400, 'ERR_BAD_REQUEST'],
  ['reschedule', { ids: ['a'] }, 400, 'ERR_BAD_REQUEST'],
  ['reschedule', { ids: ['a'], to: {} }, 400, 'ERR_INVALID_OPTION'],
  ['send', { ids: ['a'], event: { type: 'xstate.init' } }, 400, 'ERR_INVALID_EVENT'],
  ['explode', { ids: ['a'] }, 404, 'ERR_BAD_REQUEST'],
] as const)('%#: %s with what it does not take is refused, and does nothing', async ([verb, body, status, code]) => {
  const answer = await bulk(verb, body)
  expect([answer.status, answer.json.code]).toEqual([status, code])
})

test('a list of no ids does nothing', async () => {
  expect((await bulk('cancel', { ids: [] })).json).toEqual({ count: 0 })
})
