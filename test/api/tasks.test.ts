/** Tasks over the socket of the built daemon. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Board, board, byHand } from './board.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

const later = { runAt: '2999-01-01T00:00:00Z' }

describe('making tasks', () => {
  test('201 with the task and where it is; on disk when the answer comes', async () => {
    const { status, json, headers } = await b.post('/v1/tasks', { kind: 'add', input: { a: 1, b: 2 }, group: 'sums' })
    expect(status).toBe(201)
    expect(json).toMatchObject({ kind: 'add', input: { a: 1, b: 2 }, group: 'sums', attempts: 1 })
    expect(headers.location).toBe(`/v1/tasks/${json.id}`)
    const end = await b.get(`${headers.location}?wait=30s`)
    expect(end.json).toMatchObject({ state: 'FINISHED', result: 3 })
  })

  test('many are one commit: all or none', async () => {
    const tasks = [1, 2, 3].map((a) => ({ kind: 'add', input: { a, b: 0 }, group: 'many', ...later }))
    const made = await b.post('/v1/tasks', { tasks })
    expect([made.status, made.json.items.map(({ created }: { created: boolean }) => created)]).toEqual([
      201,
      [true, true, true],
    ])
    const refused = await b.post('/v1/tasks', { tasks: [...tasks, { kind: 'add', input: { a: 'x' } }] })
    expect([refused.status, refused.json.code]).toEqual([422, 'ERR_INVALID_INPUT'])
    expect((await b.get('/v1/tasks?group=many&count=true')).json).toEqual({ count: 3 })
  })

  test('a key that is held answers 200 with the task that holds it', async () => {
    const first = await b.post('/v1/tasks', { kind: 'echo', key: 'one', ...later })
    const second = await b.post('/v1/tasks', { kind: 'echo', key: 'one', input: 'other' })
    expect([second.status, second.json.id]).toEqual([200, first.json.id])
  })

  test('an Idempotency-Key makes the same request once, over a kill too, and refuses another one', async () => {
    const own = await board()
    const headers = { 'idempotency-key': 'order 17 of garden/door' }
    const body = { kind: 'echo', input: { order: 17 }, priority: 7 }
    const first = await own.post('/v1/tasks', body, { headers })
    await own.life.kill('SIGKILL')
    await own.start()
    const again = await own.post('/v1/tasks', body, { headers })
    expect([first.status, again.status, again.json.id]).toEqual([201, 200, first.json.id])
    const other = await own.post('/v1/tasks', { ...body, priority: 8 }, { headers })
    expect([other.status, other.json.code]).toEqual([422, 'ERR_KEY_REUSED'])
    expect((await own.get('/v1/tasks?kind=echo&count=true')).json).toEqual({ count: 1 })
  })

  test('an Idempotency-Key over many: repeated they are there, with one more they are refused', async () => {
    const headers = { 'idempotency-key': 'batch' }
    const tasks = [
      { kind: 'echo', input: 1 },
      { kind: 'echo', input: 2 },
    ]
    expect((await b.post('/v1/tasks', { tasks }, { headers })).status).toBe(201)
    expect((await b.post('/v1/tasks', { tasks }, { headers })).status).toBe(200)
    const more = await b.post('/v1/tasks', { tasks: [...tasks, { kind: 'echo', input: 3 }] }, { headers })
    expect(more.json.code).toBe('ERR_KEY_REUSED')
    const named = await b.post('/v1/tasks', { kind: 'echo', id: 'mine' }, { headers })
    expect([named.status, named.json.code]).toEqual([400, 'ERR_BAD_REQUEST'])
  })

  test('curl makes one and waits for it', async () => {
    const made = JSON.parse(await b.curl('--json', '{"kind":"add","input":{"a":20,"b":22}}', 'http://board/v1/tasks'))
    const end = JSON.parse(await b.curl(`http://board/v1/tasks/${made.id}?wait=30s`))
    expect(end.result).toBe(42)
  })
})

describe('finding tasks', () => {
  test('pages go on where they ended while tasks move, and their cursors say nothing', async () => {
    const tasks = Array.from({ length: 25 }, (_, i) => ({ kind: 'echo', input: i, group: 'pages', ...later }))
    await b.post('/v1/tasks', { tasks })
    const seen: number[] = []
    let cursor: string | undefined
    do {
      const page = await b.get(`/v1/tasks?group=pages&limit=10${cursor ? `&cursor=${cursor}` : ''}`)
      const items = page.json.items as { id: string; input: number }[]
      seen.push(...items.map(({ input }) => input))
      await b.post(`/v1/tasks/${items[0]?.id}/cancel`, undefined)
      cursor = page.json.cursor
      expect(cursor ?? '').not.toContain(':')
    } while (cursor)
    expect(seen.sort((x, y) => x - y)).toEqual(tasks.map(({ input }) => input))
    const states = await b.get('/v1/tasks?group=pages&state=SPOOLED,TERMINATED&count=true')
    expect(states.json.count).toBe(25)
  })

  test('what a task led to is found by it, a page at a time', async () => {
    const onSuccess = [1, 2, 3].map((input) => ({ kind: 'echo', input }))
    const { id } = await b.done('echo', null, { onSuccess })
    const page = await b.get(`/v1/tasks?cause=${id}&limit=2`)
    const rest = await b.get(`/v1/tasks?cause=${id}&cursor=${page.json.cursor}`)
    const found = [...page.json.items, ...rest.json.items]
    expect(found.map(({ input }: { input: number }) => input).sort()).toEqual([1, 2, 3])
    expect(found.every(({ cause }: { cause: { id: string } }) => cause.id === id)).toBe(true)
    expect((await b.get(`/v1/tasks?cause=${id}&kind=add&count=true`)).json).toEqual({ count: 0 })
    expect((await b.post('/v1/bulk/remove', { query: { cause: id, state: 'FINISHED' } })).status).toBe(200)
  })

  test.for([
    'cause=',
    'state=NOWHERE',
    'limit=0',
    'limit=x',
    'limit=5000',
    'cursor=!!!',
    'cursor=bGl2ZQ',
    'paused=maybe',
    'group=%20',
    'unknown=1',
    'state=QUEUED&state=RUNNING',
    'kind=',
    'limit=1&limit=2',
  ])('GET /v1/tasks?%s is refused or empty, never an error of the server', async (query) => {
    const { status, json } = await b.get(`/v1/tasks?${query}`)
    if (query === 'kind=') expect(json.items).toEqual([])
    else expect([status, json.type]).toEqual([400, expect.stringMatching(/^urn:holdfast:ERR_/)])
  })
})

describe('one task', () => {
  test('is changed while it waits, removed when it has ended, and unknown afterwards', async () => {
    const { json } = await b.post('/v1/tasks', { kind: 'add', input: { a: 1, b: 1 }, ...later })
    const at = `/v1/tasks/${json.id}`
    const wrong = await b.call('PATCH', at, { body: { input: { a: 'one' } } })
    expect([wrong.status, wrong.json.issues[0].path]).toEqual([422, 'a'])
    const changed = await b.call('PATCH', at, { body: { input: { a: 2, b: 2 }, priority: 9 } })
    expect(changed.json).toMatchObject({ state: 'SPOOLED', priority: 9, input: { a: 2, b: 2 } })
    expect((await b.call('DELETE', at)).json.code).toBe('ERR_ILLEGAL_TRANSITION')
    await b.call('PATCH', at, { body: { in: 0 } })
    expect((await b.get(`${at}?wait=30s`)).json).toMatchObject({ state: 'FINISHED', result: 4 })
    const late = await b.call('PATCH', at, { body: { priority: 1 } })
    expect([late.status, late.json.code]).toEqual([409, 'ERR_ILLEGAL_TRANSITION'])
    expect((await b.call('DELETE', at)).status).toBe(204)
    for (const path of [at, `${at}?wait=30s`, `${at}/log`]) expect((await b.get(path)).json.code).toBe('ERR_NOT_FOUND')
  })

  test('paused, resumed, cancelled and put back, with its log', async () => {
    const { json } = await b.post('/v1/tasks', { kind: 'say', input: 'hello', paused: true })
    const verb = async (name: string) => (await b.post(`/v1/tasks/${json.id}/${name}`, undefined)).json
    expect(await verb('pause')).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
    expect(await verb('cancel')).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
    await verb('retry')
    expect((await b.get(`/v1/tasks/${json.id}?wait=30s`)).json.state).toBe('FINISHED')
    const log = (await b.get(`/v1/tasks/${json.id}/log`)).json.items as { state?: string; event?: object }[]
    expect(
      log
        .filter(({ state }) => state)
        .map(({ state }) => state)
        .join(' '),
    ).toBe('NONE SPOOLED TERMINATED SPOOLED QUEUED RUNNING FINISHED')
    expect(log.find(({ event }) => event)?.event).toEqual({ type: 'said', text: 'hello' })
  })

  test('an id with a slash in it is one segment', async () => {
    await b.post('/v1/tasks', { kind: 'echo', id: 'a/b@c+d', ...later })
    expect((await b.get(`/v1/tasks/${encodeURIComponent('a/b@c+d')}`)).json.id).toBe('a/b@c+d')
  })

  test('a wait ends with the time, and its client may go before', async () => {
    const { json } = await b.post('/v1/tasks', { kind: 'hold' })
    expect((await b.get(`/v1/tasks/${json.id}?wait=1`)).json.state).toMatch(/QUEUED|RUNNING/)
    const leaving = new AbortController()
    const waiting = b.get(`/v1/tasks/${json.id}?wait=60s`, { signal: leaving.signal })
    leaving.abort()
    await expect(waiting).rejects.toThrow()
    const other = b.get(`/v1/tasks/${json.id}?wait=60s`)
    await b.post(`/v1/tasks/${json.id}/cancel`, undefined)
    expect((await other).json.reason).toBe('cancelled')
    for (const wait of ['61s', 'soon', '-1']) {
      expect((await b.get(`/v1/tasks/${json.id}?wait=${wait}`)).json.code).toBe('ERR_INVALID_DURATION')
    }
  })

  test('a failed one shows its error, and where it was thrown where it is asked for alone; it is in the manifest', async () => {
    const task = await b.done('fail')
    expect(task.error).toMatchObject({ name: 'Error', message: 'no luck', stack: expect.stringContaining('no luck') })
    const [listed] = (await b.get('/v1/tasks?state=FAILED')).json.items
    expect(listed.error).toEqual({ name: 'Error', message: 'no luck' })
    const { items } = (await b.get('/v1/manifest')).json
    expect(items.map(({ id }: { id: string }) => id)).toEqual([task.id])
    expect((await b.get('/v1/quarantine')).json).toEqual({ items: [] })
    expect((await b.post('/v1/quarantine/nobody/retry', undefined)).json.code).toBe('ERR_NOT_FOUND')
  })
})

describe('groups and events', () => {
  test('the verbs for all of a group', async () => {
    const tasks = [1, 2].map((input) => ({ kind: 'echo', input, group: 'door', paused: true }))
    await b.post('/v1/tasks', { tasks })
    const verb = async (name: string) => (await b.post(`/v1/groups/door/${name}`, undefined)).json
    expect(await verb('pause')).toEqual({ count: 0 })
    expect(await verb('cancel')).toEqual({ count: 2 })
    expect(await verb('retry')).toEqual({ count: 2 })
    expect((await b.post('/v1/groups/%20/cancel', undefined)).json.code).toBe('ERR_INVALID_ID')
  })

  test('an event to a machine is taken once for each key, however often and at once it is sent', async () => {
    const { json } = await b.post('/v1/tasks', { kind: 'door' })
    const ring = (key?: string, body: object = { type: 'ring' }) =>
      b.post(`/v1/tasks/${json.id}/events`, body, key ? { headers: { 'idempotency-key': key } } : {})
    const sent = await Promise.all([ring('1'), ring('1'), ring('1'), ring('2'), ring()])
    expect(sent.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202])
    expect((await ring('1')).status).toBe(202)
    expect((await ring('1', { type: 'close' })).json.code).toBe('ERR_KEY_REUSED')
    expect((await ring('last', { type: 'close' })).status).toBe(202)
    expect((await b.get(`/v1/tasks/${json.id}?wait=30s`)).json.result).toBe(3)
    // Said again after the end it is still known.
    expect((await ring('last', { type: 'close' })).status).toBe(202)
    expect((await ring()).json.code).toBe('ERR_ILLEGAL_TRANSITION')
    const plain = await b.post('/v1/tasks', { kind: 'echo' })
    const refused = await b.post(`/v1/tasks/${plain.json.id}/events`, { type: 'ring' })
    expect([refused.status, refused.json.code]).toEqual([409, 'ERR_NO_MACHINE'])
    expect((await ring(undefined, { type: 'xstate.stop' })).json.code).toBe('ERR_INVALID_EVENT')
  })
})

test('a queue that is full is 429', async () => {
  const task = { kind: 'far', route: 'narrow' }
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await b.post('/v1/tasks', task)).status)
  expect(statuses).toEqual([201, 201, 429])
})
