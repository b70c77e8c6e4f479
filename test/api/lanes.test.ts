/** Schedules, routes, gates and kinds over the socket. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Board, board, byHand } from './board.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

describe('schedules', () => {
  const weekly = { cron: '0 9 * * MON', timezone: 'Europe/Rome', task: { kind: 'echo', input: 'week' } }

  test('made, seen, paused, triggered and removed, and known after a kill', async () => {
    const put = await b.call('PUT', '/v1/schedules/weekly', { body: weekly })
    expect([put.status, put.json.source, put.json.next]).toEqual([200, 'api', expect.stringMatching(/T0[78]:00:00/)])
    await b.life.kill('SIGKILL')
    await b.start()
    const listed = (await b.get('/v1/schedules?limit=1')).json
    expect(listed.items.map(({ id }: { id: string }) => id)).toEqual(['nightly'])
    const rest = (await b.get(`/v1/schedules?cursor=${listed.cursor}`)).json
    expect(rest.items.map(({ id }: { id: string }) => id)).toEqual(['weekly'])
    expect((await b.post('/v1/schedules/weekly/pause', undefined)).json.paused).toBe(true)
    expect((await b.post('/v1/schedules/weekly/resume', undefined)).json.paused).toBe(false)
    const made = await b.post('/v1/schedules/weekly/trigger', undefined)
    expect([made.status, made.json.schedule]).toEqual([201, 'weekly'])
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }
    expect((await b.post('/v1/schedules/weekly/backfill', range)).json).toEqual({ count: 4 })
    expect((await b.get('/v1/tasks?schedule=weekly&count=true')).json).toEqual({ count: 5 })
    expect((await b.call('DELETE', '/v1/schedules/weekly')).status).toBe(204)
    expect((await b.get('/v1/schedules/weekly')).json.code).toBe('ERR_NOT_FOUND')
  })

  test.for([
    ['weekly', { task: { kind: 'echo' } }, 'ERR_INVALID_SCHEDULE'],
    ['weekly', { ...weekly, cron: '0 0 30 2 *' }, 'ERR_INVALID_SCHEDULE'],
    ['weekly', { ...weekly, timezone: 'Mars/Olympus' }, 'ERR_INVALID_SCHEDULE'],
    ['weekly', { ...weekly, task: { kind: 'nobody' } }, 'ERR_UNKNOWN_KIND'],
    ['weekly', { ...weekly, overlapp: 'skip' }, 'ERR_BAD_REQUEST'],
    ['weekly', { cron: 5, task: { kind: 'echo' } }, 'ERR_BAD_REQUEST'],
    ['we@ly', weekly, 'ERR_INVALID_ID'],
    ['nightly', weekly, 'ERR_INVALID_SCHEDULE'],
  ] as [string, object, string][])('%s %j is refused', async ([id, body, code]) => {
    const answer = await b.call('PUT', `/v1/schedules/${id}`, { body })
    expect([answer.json.code, answer.status < 500]).toEqual([code, true])
  })
})

describe('routes and gates', () => {
  test('a paused route starts nothing, over a kill too, and its remote tasks are not leased', async () => {
    expect((await b.post('/v1/routes/default/pause', undefined)).status).toBe(204)
    await b.life.kill('SIGKILL')
    await b.start()
    const { id } = (await b.post('/v1/tasks', { kind: 'echo', input: 1 })).json
    await b.post('/v1/tasks', { kind: 'far' })
    const ask = { worker: 'w', kinds: ['far'] }
    expect((await b.post('/v1/leases', ask)).json.items).toEqual([])
    const route = (await b.get('/v1/routes')).json.items.find(({ name }: { name: string }) => name === 'default')
    expect(route).toMatchObject({ paused: true, held: ['paused'], queued: 2, running: 0 })
    const waiting = b.post('/v1/leases', { ...ask, wait: '60s' })
    expect((await b.post('/v1/routes/default/resume', undefined)).status).toBe(204)
    expect((await waiting).json.items.length).toBe(1)
    expect((await b.get(`/v1/tasks/${id}?wait=30s`)).json.result).toBe(1)
    expect((await b.post('/v1/routes/nowhere/pause', undefined)).json.code).toBe('ERR_NOT_FOUND')
  })

  test('a closed gate holds what workers elsewhere would lease, and wakes them when it opens', async () => {
    await b.post('/v1/tasks', { kind: 'far', input: 'gated', route: 'gated' })
    const waiting = b.post('/v1/leases', { worker: 'w', kinds: ['far'], wait: '60s' })
    let gate: { state?: string } = {}
    while (gate.state !== 'closed') [gate] = (await b.get('/v1/gates')).json.items
    expect(gate).toMatchObject({ name: 'flag', open: false, routes: ['gated'] })
    await writeFile(join(b.directory, 'store.flag'), '')
    expect((await waiting).json.items).toMatchObject([{ input: 'gated' }])
  })
})

describe('kinds', () => {
  test('settings are changed while it runs, and a kind is retired and restored', async () => {
    expect((await b.get('/v1/kinds/poll')).json).toMatchObject({
      name: 'poll',
      processor: 'function',
      settings: { every: 5 },
    })
    const set = await b.call('PATCH', '/v1/kinds/poll', { body: { settings: { every: 9 } } })
    expect(set.json.settings).toEqual({ every: 9 })
    expect((await b.done('poll')).result).toBe(9)
    const wrong = await b.call('PATCH', '/v1/kinds/poll', { body: { settings: { every: 'often' } } })
    expect([wrong.status, wrong.json.code, wrong.json.issues.length]).toEqual([422, 'ERR_INVALID_SETTINGS', 1])
    expect((await b.call('DELETE', '/v1/kinds/poll')).json.retired).toBe(true)
    const refused = await b.post('/v1/tasks', { kind: 'poll' })
    expect([refused.status, refused.json.code]).toEqual([409, 'ERR_KIND_RETIRED'])
    expect((await b.post('/v1/kinds/poll/restore', undefined)).json.retired).toBe(false)
    expect((await b.done('poll')).result).toBe(9)
    expect((await b.get('/v1/kinds')).json.items.find(({ name }: { name: string }) => name === 'far').processor).toBe(
      'remote',
    )
    for (const [method, path] of [
      ['GET', '/v1/kinds/nobody'],
      ['DELETE', '/v1/kinds/nobody'],
      ['POST', '/v1/kinds/nobody/restore'],
    ] as const)
      expect((await b.call(method, path)).status).toBe(404)
  })
})

test('a task that depends on another one waits for it; a lazy one is answered before it is on disk', async () => {
  const first = (await b.post('/v1/tasks', { kind: 'echo', paused: true })).json
  const second = (await b.post('/v1/tasks', { kind: 'echo', input: 2, dependsOn: [first.id] })).json
  expect(second).toMatchObject({ state: 'SPOOLED', pending: 1 })
  await b.post(`/v1/tasks/${first.id}/resume`, undefined)
  expect((await b.get(`/v1/tasks/${second.id}?wait=30s`)).json.result).toBe(2)
  const lazy = await b.post('/v1/tasks', { kind: 'echo', durability: 'lazy', in: '1h' })
  expect([lazy.status, Object.keys(lazy.json)]).toEqual([202, ['id']])
})
