/** Workers in other processes: what they lease, keep, lose and are told. */
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Board, board, byHand, rawConnection } from './board.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

const lease = async (kinds: string[], more: object = {}) =>
  (await b.post('/v1/leases', { worker: 'garden', kinds, ...more })).json.items as {
    lease: string
    id: string
    input: unknown
    attempt: number
    heartbeatMs: number
  }[]
/** Asks until that is the answer. */
async function answered(what: () => Promise<unknown>, wanted: unknown): Promise<void> {
  for (let answer: unknown; answer !== wanted; ) answer = await what()
}
const say = (id: string, what: string, body: object = {}) => b.post(`/v1/leases/${id}/${what}`, body)
const end = async (id: string) => (await b.get(`/v1/tasks/${id}?wait=30s`)).json
const make = async (kind: string, input: unknown = null, more: object = {}) =>
  (await b.post('/v1/tasks', { kind, input, ...more })).json

test('a task stays QUEUED until it is leased, and ends with what its worker says', async () => {
  const { id, state } = await make('far', { of: 'mice' })
  expect(state).toBe('QUEUED')
  const [leased] = await lease(['far'])
  expect(leased).toMatchObject({ id, kind: 'far', input: { of: 'mice' }, attempt: 1, heartbeatMs: 60_000 })
  expect((await b.get(`/v1/tasks/${id}`)).json.state).toBe('RUNNING')
  expect((await say(leased?.lease ?? '', 'heartbeat', { progress: 0.5 })).status).toBe(204)
  expect((await b.get(`/v1/tasks/${id}`)).json.progress).toBe(0.5)
  expect((await say(leased?.lease ?? '', 'success', { result: [1, 2] })).status).toBe(204)
  expect(await end(id)).toMatchObject({ state: 'FINISHED', result: [1, 2] })
})

test('an answer said again word by word is answered alike; another one comes too late', async () => {
  const { id } = await make('far')
  const [leased] = await lease(['far'])
  const at = leased?.lease ?? ''
  const twice = await Promise.all([say(at, 'success', { result: 1 }), say(at, 'success', { result: 1 })])
  expect([...twice, await say(at, 'success', { result: 1 })].map(({ status }) => status)).toEqual([204, 204, 204])
  for (const late of [
    await say(at, 'success', { result: 2 }),
    await say(at, 'failure', { error: { message: 'no' } }),
    await say(at, 'heartbeat'),
  ]) {
    expect([late.status, late.json.code]).toEqual([409, 'ERR_LEASE_LOST'])
  }
  expect((await end(id)).result).toBe(1)
})

test('a failure is retried when the worker says, or never', async () => {
  const { id } = await make('far', null, { retry: { attempts: 3, delay: '1h' } })
  const [first] = await lease(['far'])
  const error = { name: 'Jam', message: 'paper', code: 'E_JAM' }
  expect((await say(first?.lease ?? '', 'failure', { error, retryIn: 0 })).status).toBe(204)
  const [second] = await lease(['far'], { wait: '30s' })
  expect(second).toMatchObject({ id, attempt: 2 })
  await say(second?.lease ?? '', 'failure', { error, terminal: true })
  expect(await end(id)).toMatchObject({ state: 'FAILED', attempt: 2, error })
  const [wrong] = await make('far').then(() => lease(['far']))
  for (const body of [{}, { error: {} }, { error, retryIn: 'soon' }, { error, retryIn: 1, terminal: true }]) {
    expect((await say(wrong?.lease ?? '', 'failure', body)).status).toBe(400)
  }
  expect((await say(wrong?.lease ?? '', 'success', { result: 'x'.repeat(300_000) })).status).toBe(413)
  expect((await say(wrong?.lease ?? '', 'success')).status).toBe(204)
})

test('a lease that goes silent is lost: its task is AWOL, goes to another worker, and the late answer changes nothing', async () => {
  const { id } = await make('farther')
  const [silent] = await lease(['farther'])
  const [next] = await lease(['farther'], { worker: 'shed', wait: '30s' })
  expect(next).toMatchObject({ id, attempt: 2 })
  const late = await say(silent?.lease ?? '', 'success', { result: 'late' })
  expect([late.status, late.json.code]).toEqual([409, 'ERR_LEASE_LOST'])
  expect((await say(next?.lease ?? '', 'success', { result: 'in time' })).status).toBe(204)
  expect((await end(id)).result).toBe('in time')
})

test('silent for good it ends TERMINATED awol', async () => {
  const { id } = await make('farther', null, { retry: { attempts: 1 } })
  await lease(['farther'])
  expect(await end(id)).toMatchObject({ state: 'TERMINATED', reason: 'awol' })
})

test('a cancelled task: its worker is told at the next heartbeat', async () => {
  const { id } = await make('far')
  const [leased] = await lease(['far'])
  await b.post(`/v1/tasks/${id}/cancel`, undefined)
  expect((await say(leased?.lease ?? '', 'heartbeat')).status).toBe(409)
  expect((await say(leased?.lease ?? '', 'success', { result: 1 })).status).toBe(409)
  expect((await end(id)).reason).toBe('cancelled')
})

test('a worker that waits is called when something comes, in the order of its priority', async () => {
  const waiting = lease(['far'], { wait: '60s', max: 5 })
  const tasks = [1, 9, 5].map((priority) => ({ kind: 'far', input: priority, priority }))
  await b.post('/v1/tasks', { tasks })
  const got = [...(await waiting)]
  while (got.length < 3) got.push(...(await lease(['far'], { max: 5 })))
  expect(got.map(({ input }) => input).sort()).toEqual([1, 5, 9])
  for (const { lease: at } of got) await say(at, 'success')
})

test('a worker that dies while it waits is gone, and what comes then waits for another one', async () => {
  const { connection } = rawConnection(b.socket)
  const body = JSON.stringify({ worker: 'mortal', kinds: ['far'], wait: '60s' })
  connection.write(
    `POST /v1/leases HTTP/1.1\r\nhost: b\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await once(connection, 'connect')
  const stateOf = async () =>
    (await b.get('/v1/workers')).json.items.find(({ worker }: { worker: string }) => worker === 'mortal')?.state
  await answered(stateOf, 'waiting')
  connection.destroy()
  await answered(stateOf, 'gone')
  const { id } = await make('far')
  const [leased] = await lease(['far'])
  expect(leased).toMatchObject({ id, attempt: 1 })
  await say(leased?.lease ?? '', 'success')
})

test('a daemon that is killed under a lease leases the task anew, and the old lease is over', async () => {
  const own = await board()
  const { id } = (await own.post('/v1/tasks', { kind: 'far' })).json
  const take = async () => (await own.post('/v1/leases', { worker: 'w', kinds: ['far'], wait: '10s' })).json.items[0]
  const before = await take()
  await own.life.kill('SIGKILL')
  await own.start()
  const after = await take()
  expect([before.id, after.id, after.attempt]).toEqual([id, id, 2])
  expect((await own.post(`/v1/leases/${before.lease}/success`, { result: 'old' })).status).toBe(409)
  expect((await own.post(`/v1/leases/${after.lease}/success`, { result: 'new' })).status).toBe(204)
  expect((await own.get(`/v1/tasks/${id}`)).json.result).toBe('new')
})

test('a daemon that stops lets a leased task come to its end within the drain', async () => {
  const own = await board()
  const { id } = (await own.post('/v1/tasks', { kind: 'far' })).json
  const [leased] = (await own.post('/v1/leases', { worker: 'w', kinds: ['far'] })).json.items
  const stopped = own.stop()
  await answered(async () => (await own.get('/readyz')).status, 503)
  expect((await own.post(`/v1/leases/${leased.lease}/success`, { result: 'done' })).status).toBe(204)
  expect((await stopped).code).toBe(0)
  await own.start()
  expect((await own.get(`/v1/tasks/${id}`)).json).toMatchObject({ state: 'FINISHED', result: 'done', attempt: 1 })
})

test.for([
  [{ worker: 'w', kinds: [] }, 400, 'ERR_INVALID_OPTION'],
  [{ worker: 'w', kinds: ['echo'] }, 400, 'ERR_INVALID_OPTION'],
  [{ worker: 'w', kinds: ['nobody'] }, 422, 'ERR_UNKNOWN_KIND'],
  [{ worker: '', kinds: ['far'] }, 400, 'ERR_INVALID_ID'],
  [{ worker: 'w', kinds: ['far'], max: 0 }, 400, 'ERR_INVALID_OPTION'],
  [{ worker: 'w', kinds: ['far'], wait: '61s' }, 400, 'ERR_INVALID_DURATION'],
  [{ kinds: ['far'] }, 400, 'ERR_BAD_REQUEST'],
  [{ worker: 'w', kinds: 'far' }, 400, 'ERR_BAD_REQUEST'],
] as const)('%j is refused', async ([body, status, code]) => {
  const answer = await b.post('/v1/leases', body)
  expect([answer.status, answer.json.code]).toEqual([status, code])
})
