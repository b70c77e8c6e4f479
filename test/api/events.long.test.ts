/** The event stream: what is told, from where on, and to whom no longer. */
import { expect, onTestFinished, test } from 'vitest'
import { createRuntime, defineTask } from '../../src/index.js'
import { silent, temporaryDirectory } from '../runtime/lab.js'
import { ask, type Board, board, rawConnection } from './board.js'
import { reader } from './reader.js'

const say = (b: Board, text: unknown) => b.done('say', text)

test('what tasks emit and how they move, in order, and only after it is on disk', async () => {
  const b = await board()
  const { status, next, said } = await reader(b.socket)
  expect(status).toBe(200)
  const { id } = await say(b, 'one')
  const states = []
  for (let to = ''; to !== 'RUNNING'; ) {
    to = (await next(({ event }) => event === 'task')).data.to
    states.push(to)
  }
  expect(states).toEqual(['SPOOLED', 'QUEUED', 'RUNNING'])
  expect(await said()).toMatchObject({
    id: '1',
    data: { taskId: id, runId: `${id}#1`, seq: 1, event: { type: 'said', text: 'one' } },
  })
  expect((await next(({ event }) => event === 'task')).data).toMatchObject({ id, from: 'RUNNING', to: 'FINISHED' })
})

test('a reader asks for one task, or one sort, alone', async () => {
  const b = await board()
  const { id } = (await b.post('/v1/tasks', { kind: 'say', input: 1, paused: true })).json
  const own = await reader(b.socket, `/v1/events?task=${id}&type=emitted`)
  await say(b, 'other')
  await b.post(`/v1/tasks/${id}/resume`, undefined)
  expect((await own.said()).data.taskId).toBe(id)
  expect(own.told.filter(({ data }) => data).length).toBe(1)
})

test('Last-Event-ID goes on where a reader was, over a kill of the daemon, without a gap or a double', async () => {
  const b = await board()
  const first = await reader(b.socket)
  await say(b, 1)
  const { id } = await first.said()
  first.close()
  for (let i = 2; i <= 300; i += 100) {
    const tasks = Array.from({ length: 100 }, (_, n) => ({ kind: 'say', input: i + n, group: `of-${i}` }))
    await b.post('/v1/tasks', { tasks })
  }
  const tasks = (await b.get('/v1/tasks?kind=say&limit=1000')).json.items as { id: string }[]
  for (const task of tasks) await b.get(`/v1/tasks/${task.id}?wait=30s`)
  await b.life.kill('SIGKILL')
  await b.start()
  const again = await reader(b.socket, '/v1/events', { 'last-event-id': String(id) })
  await say(b, 'last')
  const seqs: number[] = []
  for (let text: unknown; text !== 'last'; ) {
    const { data } = await again.said()
    text = data.event.text
    seqs.push(data.seq)
  }
  expect(seqs).toEqual(Array.from({ length: 301 }, (_, i) => i + 2))
})

test('from the oldest that is kept, as a list, and as the log of its task', async () => {
  const b = await board()
  const { id } = await say(b, 'a')
  await say(b, 'b')
  const all = await reader(b.socket, '/v1/events?after=0')
  expect([(await all.said()).data.event.text, (await all.said()).data.event.text]).toEqual(['a', 'b'])
  const accept = { headers: { accept: 'application/json' } }
  expect((await b.get('/v1/events?after=1&limit=5', accept)).json.items.map(({ seq }: { seq: number }) => seq)).toEqual(
    [2],
  )
  expect((await b.get(`/v1/events?task=${id}`, accept)).json.items.length).toBe(1)
})

test('what has left the ring is 410, what was never in it too', async () => {
  const directory = await temporaryDirectory()
  const socket = `${directory}/s`
  const say5 = defineTask({
    kind: 'say5',
    run: async (task) => {
      for (let i = 0; i < 5; i++) await task.emit({ type: 'said', i })
    },
  })
  const runtime = createRuntime({
    path: `${directory}/store`,
    tasks: [say5],
    log: silent,
    limits: { emitted: 3 },
    api: { socket },
  })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  await (await runtime.enqueue('say5')).finished()
  const status = async (id: string) => (await reader(socket, '/v1/events', { 'last-event-id': id })).status
  expect([await status('1'), await status('2'), await status('5'), await status('6')]).toEqual([410, 200, 200, 410])
  expect(await status('x')).toBe(400)
  const problem = await ask({ socketPath: socket, path: '/v1/events?after=1' }, {})
  expect(problem.json.code).toBe('ERR_EVENTS_GONE')
})

test('a reader that takes nothing is cut off, and others do not wait for it', async () => {
  const b = await board()
  const slow = rawConnection(b.socket)
  slow.connection.write('GET /v1/events?type=emitted HTTP/1.1\r\nhost: b\r\n\r\n')
  await new Promise((resolve) => slow.connection.once('data', resolve))
  slow.connection.pause()
  const quick = await reader(b.socket, '/v1/events?type=emitted')
  const big = 'x'.repeat(60_000)
  for (let i = 0; i < 60; i++) await say(b, big)
  for (let i = 0; i < 60; i++) await quick.said()
  slow.connection.resume()
  const got = await slow.closed
  expect(got.length).toBeLessThan(60 * 60_000)
})

test('a reader that dies is forgotten, and those beyond the limit are told to wait', async () => {
  const b = await board({ limits: { readers: 1 } })
  const first = await reader(b.socket)
  expect((await b.get('/v1/events')).json.code).toBe('ERR_OVERLOADED')
  first.close()
  let status = 503
  while (status === 503) status = (await reader(b.socket)).status
  expect(status).toBe(200)
})

test('a daemon that stops ends its streams and long polls, and is gone soon', async () => {
  const b = await board()
  const { json } = await b.post('/v1/tasks', { kind: 'far' })
  const stream = rawConnection(b.socket)
  stream.connection.write('GET /v1/events HTTP/1.1\r\nhost: b\r\n\r\n')
  await new Promise((resolve) => stream.connection.once('data', resolve))
  const waiting = b.get(`/v1/tasks/${json.id}?wait=60s`)
  const polling = b.post('/v1/leases', { worker: 'w', kinds: ['farther'], wait: '60s' })
  for (let states = ''; !states.includes('waiting'); ) states = (await b.get('/v1/workers')).text
  expect((await b.stop()).code).toBe(0)
  expect(await stream.closed).toMatch(/\r\n0\r\n\r\n$/)
  expect((await waiting).json.state).toBe('QUEUED')
  expect((await polling).json).toEqual({ items: [] })
})
