/** The latest minutes: exact where it counts, noted without a timer, and nothing of them in the way of an idle daemon. */
import { expect, test } from 'vitest'
import { Minutes } from '../../src/api/minutes.js'
import { defineTask } from '../../src/index.js'
import { board, type Board as Daemon } from '../api/board.js'
import { Board } from '../support/board.js'

const sum = (samples: readonly Record<string, unknown>[], name: string) =>
  samples.reduce((all, sample) => all + (sample[name] as number), 0)

async function history(b: Daemon, query = '') {
  const { status, json } = await b.get(`/v1/history${query}`)
  expect(status).toBe(200)
  return json
}

test('what happened is counted, and tasks are by their states', async () => {
  const b = await board()
  for (const kind of ['echo', 'echo', 'fail']) await b.done(kind)
  await b.post('/v1/tasks', { kind: 'door', id: 'd' })
  await b.post('/v1/tasks', { kind: 'echo', in: '1h' })
  await b.post('/v1/tasks', { kind: 'echo', route: 'gated' })
  const { samples, states, slotMs, spanMs, now } = await history(b)
  expect([slotMs, spanMs]).toEqual([5_000, 900_000])
  expect(states).toEqual({ SPOOLED: 1, QUEUED: 1, RUNNING: 1, FINISHED: 2, FAILED: 1, TERMINATED: 0 })
  const counts = ['created', 'started', 'finished', 'failed', 'terminated'].map((name) => sum(samples, name))
  expect(counts).toEqual([6, 4, 2, 1, 0])
  expect(sum(samples, 'commits')).toBeGreaterThan(0)
  const last = samples.at(-1)
  expect(last.routes).toMatchObject({ gated: { queued: 1, running: 0 }, default: { queued: 0 } })
  expect(last.routes.gated.oldestMs).toBeGreaterThanOrEqual(0)
  for (const name of ['loopLagMs', 'rssBytes', 'diskFreeBytes']) expect(last[name]).toBeGreaterThan(0)
  expect(Date.parse(now)).toBeGreaterThanOrEqual(Date.parse(last.at))
})

test('states follow what moves between two counts, and are right after a restart', async () => {
  const b = await board()
  await b.post('/v1/tasks', { kind: 'echo', in: '1h', id: 'later' })
  expect((await history(b)).states.SPOOLED).toBe(1)
  await b.done('echo')
  await b.post('/v1/tasks/later/cancel', undefined)
  await b.post('/v1/tasks', { kind: 'door', id: 'd' })
  const now = { SPOOLED: 0, QUEUED: 0, RUNNING: 1, FINISHED: 1, FAILED: 0, TERMINATED: 1 }
  expect((await history(b)).states).toEqual(now)
  await b.life.kill('SIGKILL')
  await b.start()
  expect((await history(b)).states).toEqual(now)
})

test('since brings only what is new, the last slot again', async () => {
  const b = await board()
  await b.done('echo')
  const { samples } = await history(b)
  const { at } = samples.at(-1)
  const again = (await history(b, `?since=${at}`)).samples
  expect(again[0].at).toBe(at)
  expect((await b.get('/v1/history?since=yesterday')).status).toBe(400)
})

test('a slot in which nothing happened is not there, those past fifteen minutes go, and nothing waits for a time', async () => {
  const made = new Board()
  const runtime = await made.start({ tasks: [defineTask({ kind: 'echo', run: () => 1 })] })
  const { clock } = made
  const waits = clock.waiting
  const minutes = new Minutes(runtime, clock, undefined)
  await (await runtime.enqueue('echo')).finished()
  expect(clock.waiting).toBe(waits)
  await clock.advance(60_000)
  await (await runtime.enqueue('echo')).finished()
  const samples = await minutes.samples()
  expect(samples.length).toBe(2)
  expect(samples.map(({ created, finished }) => [created, finished])).toEqual([
    [1, 1],
    [1, 1],
  ])
  await clock.advance(15 * 60_000)
  expect((await minutes.samples()).length).toBe(1)
  minutes.close()
})
