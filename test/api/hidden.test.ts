/** Kinds with `api: false`: everything of them is done, and over the socket they are not there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { setup } from 'xstate'
import { createRuntime, defineTask, file, type Runtime } from '../../src/index.js'
import { keyOf } from '../../src/model/keys.js'
import { facts, onDisk, refusal, silent } from '../runtime/lab.js'
import { type Ask, ask } from './board.js'
import { reader } from './reader.js'

const later = { runAt: '2999-01-01T00:00:00Z' } as const
const waits = setup({}).createMachine({
  initial: 'shut',
  states: { shut: { on: { ring: 'done' } }, done: { type: 'final' } },
})
const echo = defineTask({ kind: 'echo', run: ({ input }) => input ?? null })
const say = defineTask({ kind: 'say', run: (task) => task.emit({ type: 'said', text: task.input }) })
const far = defineTask({ kind: 'far', remote: true })
const secret = defineTask({
  kind: 'secret',
  aliases: ['whisper'],
  api: false,
  gates: ['flag'],
  settings: { defaults: { code: 4711 } },
  run: ({ input }) => ({ told: input ?? null }),
})
const hush = defineTask({ kind: 'hush', api: false, run: (task) => task.emit({ type: 'hushed' }) })
const flop = defineTask({ kind: 'flop', api: false, run: () => Promise.reject(new Error('of no concern')) })
const lock = (version = 1) => defineTask({ kind: 'lock', api: false, version, machine: waits })
const door = (version = 1) => defineTask({ kind: 'door', version, machine: waits })

const optionsOf = (directory: string, version = 1) => ({
  path: `${directory}/store`,
  tasks: [echo, say, far, secret, hush, flop, lock(version), door(version)],
  gates: { flag: file({ path: `${directory}/flag` }) },
  schedules: {
    night1: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'secret' } },
    night2: {
      cron: '0 3 * * *',
      timezone: 'Europe/Rome',
      task: { kind: 'echo', onSuccess: [{ kind: 'secret' }, { kind: 'echo', onFailure: { kind: 'hush' } }] },
    },
    night3: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'hush' } },
    night4: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'echo' } },
    night5: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'hush' } },
  },
  log: silent,
  api: { socket: `${directory}/s` },
})

const started = async (directory: string, version?: number) => {
  await writeFile(`${directory}/flag`, '')
  return (await createRuntime(optionsOf(directory, version)).start()) as unknown as Runtime
}

let runtime: Runtime
let socket: string
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-api-'))
  socket = optionsOf(directory).api.socket
  runtime = await started(directory)
})
afterAll(async () => {
  await runtime.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

const call = (method: string, path: string, given: Ask = {}) => ask({ socketPath: socket, method, path }, given)
const get = (path: string) => call('GET', path)
const post = (path: string, body?: unknown) => call('POST', path, body === undefined ? {} : { body })
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id)
/** An answer without what names whom it was asked for. */
const said = ({ status, json }: Awaited<ReturnType<typeof call>>, name: string) => [
  status,
  JSON.stringify(json).replaceAll(name, 'NAME'),
]

/** What was asked of one that is hidden is answered, word by word, like what was asked of one that never was. */
async function alike(method: string, path: (name: string) => string, hidden: string, given: Ask = {}) {
  const [asked, never] = [await call(method, path(hidden), given), await call(method, path('never-was'), given)]
  expect(said(asked, hidden)).toEqual(said(never, 'never-was'))
  expect(asked.status).toBe(404)
}

describe('making tasks', () => {
  test.for([
    ['by its name', (kind: string) => ({ kind })],
    ['in a list', (kind: string) => ({ tasks: [{ kind: 'echo', group: 'none' }, { kind }] })],
    ['as what follows a success', (kind: string) => ({ kind: 'echo', group: 'none', onSuccess: { kind } })],
    [
      'as what follows a failure, further down',
      (kind: string) => ({
        kind: 'echo',
        group: 'none',
        onFailure: [{ kind: 'echo', onSuccess: [{ kind }] }],
      }),
    ],
  ] as const)('a hidden kind is unknown %s, and so is a name it had before', async ([, body]) => {
    for (const name of ['secret', 'whisper']) {
      const [asked, never] = [await post('/v1/tasks', body(name)), await post('/v1/tasks', body('never-was'))]
      expect([asked.status, asked.json.code]).toEqual([422, 'ERR_UNKNOWN_KIND'])
      expect(said(asked, name)).toEqual(said(never, 'never-was'))
      expect(asked.json.hint).not.toMatch(/secret|hush|flop|lock/)
    }
    expect(await runtime.count({ group: 'none' })).toBe(0)
  })

  test('a hidden task cannot be depended on; within the process it can', async () => {
    await runtime.enqueue('hush', null, { id: 'hidden-need', ...later })
    const needing = (id: string) => post('/v1/tasks', { kind: 'echo', id: 'needing', dependsOn: [id] })
    const [asked, never] = [await needing('hidden-need'), await needing('never-was')]
    expect([asked.status, asked.json.code]).toEqual([422, 'ERR_UNKNOWN_DEPENDENCY'])
    expect(said(asked, 'hidden-need')).toEqual(said(never, 'never-was'))
    await runtime.enqueue('echo', null, { id: 'open-need', ...later })
    await runtime.enqueue('echo', null, { id: 'needing', dependsOn: ['hidden-need', 'open-need'] })
    expect((await runtime.get('needing'))?.dependsOn).toEqual(['hidden-need', 'open-need'])
    expect((await get('/v1/tasks/needing')).json.dependsOn).toEqual(['open-need'])
  })

  test('an id that a hidden task has is taken', async () => {
    await runtime.enqueue('secret', null, { id: 'taken', ...later })
    const { status, json } = await post('/v1/tasks', { kind: 'echo', id: 'taken' })
    expect([status, json.code, JSON.stringify(json)]).toEqual([
      409,
      'ERR_DUPLICATE_ID',
      expect.not.stringMatching('secret'),
    ])
  })
})

describe('one task', () => {
  test.for([
    ['GET', ''],
    ['GET', '?wait=30s'],
    ['GET', '/log'],
    ['PATCH', '', { body: { priority: 9 } }],
    ['DELETE', ''],
    ['POST', '/pause'],
    ['POST', '/resume'],
    ['POST', '/cancel'],
    ['POST', '/retry'],
    ['POST', '/events', { body: { type: 'ring' } }],
  ] as [string, string, Ask?][])(
    '%s /v1/tasks/ID%s is answered as if it never was, and does nothing',
    async ([method, rest, given]) => {
      await runtime.enqueue('secret', 'psst', { id: 'waiting', ...later })
      await (await runtime.enqueue('secret', 'psst', { id: 'done' })).finished()
      await runtime.enqueue('lock', null, { id: 'machine' })
      const before = await Promise.all(['waiting', 'done'].map((id) => runtime.get(id)))
      for (const id of ['waiting', 'done', 'machine'])
        await alike(method, (name) => `/v1/tasks/${name}${rest}`, id, given)
      expect(await Promise.all(['waiting', 'done'].map((id) => runtime.get(id)))).toEqual(before)
      expect((await runtime.get('machine'))?.state).not.toBe('FINISHED')
    },
  )

  test('one that is in memory and not on disk yet cannot be touched', async () => {
    await runtime.enqueue('secret', null, { id: 'lazy', durability: 'lazy', ...later })
    expect(await runtime.get('lazy')).toBeUndefined()
    await alike('POST', (name) => `/v1/tasks/${name}/cancel`, 'lazy')
    await runtime.enqueue('echo', null, { id: 'lazy-open', durability: 'lazy', ...later })
    expect((await post('/v1/tasks/lazy-open/cancel')).json.state).toBe('TERMINATED')
  })

  test('what follows it does not tell what it came to', async () => {
    const follower = (group: string) => ({ group, onSuccess: { kind: 'echo', input: 'followed' } })
    await (await runtime.enqueue('secret', 'psst', follower('after'))).finished()
    await (await runtime.enqueue('echo', 'open', follower('after-open'))).finished()
    const [own] = (await runtime.find({ group: 'after', kind: 'echo' })).items
    expect(own?.cause).toMatchObject({ state: 'FINISHED', result: { told: 'psst' } })
    const [listed] = (await get('/v1/tasks?group=after')).json.items
    // Nor that it was there: asked for what it led to, it is answered like what never was.
    expect(await runtime.count({ cause: own?.cause?.id as string })).toBe(1)
    expect((await get(`/v1/tasks?cause=${own?.cause?.id}`)).json).toEqual({ items: [] })
    expect((await get(`/v1/tasks?cause=${own?.cause?.id}&count=true`)).json).toEqual({ count: 0 })
    for (const shown of [listed, (await get(`/v1/tasks/${own?.id}`)).json]) {
      expect([shown.id, shown.cause]).toEqual([own?.id, undefined])
    }
    const { items } = (await get('/v1/tasks?group=after-open')).json
    expect(items.find(({ input }: { input: string }) => input === 'followed').cause.result).toBe('open')
    await (await runtime.enqueue('secret', 'psst', { onSuccess: { kind: 'far', input: 'leased' } })).finished()
    const leased = (await post('/v1/leases', { worker: 'w', kinds: ['far'], wait: '60s' })).json.items
    expect(leased).toMatchObject([{ input: 'leased' }])
    expect(leased[0].cause).toBeUndefined()
  })
})

describe('many tasks', () => {
  test('lists, counts and cursors pass hidden ones over', async () => {
    const group = 'mixed'
    const tasks = Array.from({ length: 30 }, (_, i) => ({
      kind: i % 3 === 0 ? 'echo' : 'secret',
      id: `m${100 + i}`,
      group,
      ...later,
    }))
    await runtime.enqueueMany(tasks)
    const shown = ids(tasks.filter(({ kind }) => kind === 'echo'))
    for (const query of ['group=mixed', 'state=SPOOLED&route=default']) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const { json } = await get(`/v1/tasks?${query}&limit=4${cursor ? `&cursor=${cursor}` : ''}`)
        seen.push(...ids(json.items))
        cursor = json.cursor
        if (cursor) expect(Buffer.from(cursor, 'base64url').toString()).toMatch(new RegExp(`:${seen.at(-1)}$`))
      } while (cursor)
      expect(seen.filter((id) => /^m\d/.test(id))).toEqual(shown)
    }
    expect((await get('/v1/tasks?group=mixed&count=true')).json).toEqual({ count: 10 })
    for (const kind of ['secret', 'whisper', 'never-was']) {
      expect((await get(`/v1/tasks?kind=${kind}`)).json).toEqual({ items: [] })
      expect((await get(`/v1/tasks?kind=${kind}&count=true`)).json).toEqual({ count: 0 })
    }
    expect((await get('/v1/tasks?schedule=night1&count=true')).json).toEqual({ count: 0 })
    expect((await get('/v1/tasks?api=false')).status).toBe(400)
    expect(await runtime.count({ group, api: false })).toBe(20)
  })

  test('the verbs of a group leave hidden ones as they are', async () => {
    const group = 'verbs'
    await runtime.enqueueMany(['echo', 'secret', 'lock'].map((kind) => ({ kind, group, ...later })))
    const states = async () => {
      const { items } = await runtime.find({ group })
      return Object.fromEntries(items.map(({ kind, state, paused }) => [kind, `${state}${paused ? ' paused' : ''}`]))
    }
    for (const [verb, echo] of [
      ['pause', 'SPOOLED paused'],
      ['resume', 'SPOOLED'],
      ['cancel', 'TERMINATED'],
      ['retry', 'SPOOLED'],
    ] as const) {
      expect((await post(`/v1/groups/${group}/${verb}`)).json).toEqual({ count: 1 })
      expect(await states()).toMatchObject({ secret: 'SPOOLED', lock: 'SPOOLED' })
      if (verb !== 'retry') expect((await states()).echo).toBe(echo)
    }
  })

  test('the verbs over many leave hidden ones as they are, asked by their ids or by a query', async () => {
    const group = 'bulk'
    const made = await runtime.enqueueMany(['echo', 'secret', 'lock'].map((kind) => ({ kind, group, ...later })))
    const bulk = async (verb: string, body: object) => (await post(`/v1/bulk/${verb}`, body)).json
    const by = [{ ids: ids(made) }, { query: { group } }, { query: { state: 'SPOOLED', group } }]
    for (const chosen of by) {
      expect(await bulk('pause', chosen)).toEqual({ count: 1 })
      expect(await bulk('reschedule', { ...chosen, to: { priority: 9 } })).toEqual({ count: 1 })
      expect(await bulk('resume', chosen)).toEqual({ count: 1 })
      expect(await bulk('send', { ...chosen, event: { type: 'ring' } })).toEqual({ count: 0 })
    }
    expect(await bulk('cancel', by[0] as object)).toEqual({ count: 1 })
    expect(await bulk('retry', by[1] as object)).toEqual({ count: 1 })
    expect(await bulk('cancel', { query: { kind: 'secret' } })).toEqual({ count: 0 })
    expect((await bulk('cancel', { query: {} })).code).toBe('ERR_INVALID_OPTION')
    await runtime.cancel({ group, api: false })
    await runtime.handle(made[0]?.id ?? '').finished()
    expect(await bulk('remove', { ids: ids(made) })).toEqual({ count: 1 })
    const { items } = await runtime.find({ group })
    expect(items.map(({ kind, priority }) => [kind, priority]).sort()).toEqual([
      ['lock', 4],
      ['secret', 4],
    ])
  })

  test('a failed one is not in the manifest', async () => {
    await (await runtime.enqueue('flop', null, { id: 'flopped' })).finished().catch(() => undefined)
    expect(ids((await runtime.find({ state: 'FAILED' })).items)).toContain('flopped')
    expect(ids((await get('/v1/manifest')).json.items)).not.toContain('flopped')
  })
})

describe('kinds, gates and leases', () => {
  test('a hidden kind is not listed, not found by any of its names, and not changed', async () => {
    const { items } = (await get('/v1/kinds')).json
    expect(items.map(({ name }: { name: string }) => name).sort()).toEqual(['door', 'echo', 'far', 'say'])
    for (const name of ['secret', 'whisper']) {
      await alike('GET', (kind) => `/v1/kinds/${kind}`, name)
      await alike('PATCH', (kind) => `/v1/kinds/${kind}`, name, { body: { settings: { code: 1 } } })
      await alike('DELETE', (kind) => `/v1/kinds/${kind}`, name)
      await alike('POST', (kind) => `/v1/kinds/${kind}/restore`, name)
    }
    expect(await runtime.kinds.get('secret')).toMatchObject({ api: false, retired: false, settings: { code: 4711 } })
  })

  test('the machine of a hidden kind is not listed and not found', async () => {
    const { items } = (await get('/v1/machines')).json
    const ofKinds = items.filter(({ own }: { own: boolean }) => !own)
    expect(ofKinds).toEqual([{ id: 'door', kind: 'door', version: 1, own: false }])
    await alike('GET', (kind) => `/v1/machines/${kind}`, 'lock')
    expect(await runtime.machines.get('lock')).toMatchObject({ id: 'lock', own: false })
  })

  test('a gate does not say which hidden kinds need it', async () => {
    expect(await runtime.gates.list()).toMatchObject([{ name: 'flag', kinds: ['secret'] }])
    expect((await get('/v1/gates')).json.items).toMatchObject([{ name: 'flag', kinds: [] }])
  })

  test('a worker that asks for a hidden kind asks for an unknown one', async () => {
    const lease = (kind: string) => post('/v1/leases', { worker: 'w', kinds: ['far', kind] })
    const [asked, never] = [await lease('secret'), await lease('never-was')]
    expect([asked.status, asked.json.code]).toEqual([422, 'ERR_UNKNOWN_KIND'])
    expect(said(asked, 'secret')).toEqual(said(never, 'never-was'))
  })

  test('a remote kind cannot be hidden', () => {
    const tasks = [defineTask({ kind: 'both', remote: true, api: false })]
    expect(() => createRuntime({ path: '/nowhere', tasks })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_DEFINITION', message: expect.stringMatching(/remote.*api/) }),
    )
  })
})

describe('schedules', () => {
  const weekly = (kind: string) => ({ cron: '0 9 * * MON', timezone: 'Europe/Rome', task: { kind } })

  test('pages are of those that are shown, and their templates name no hidden kind', async () => {
    const first = (await get('/v1/schedules?limit=1')).json
    expect(ids(first.items)).toEqual(['night2'])
    const second = (await get(`/v1/schedules?limit=1&cursor=${first.cursor}`)).json
    expect(ids(second.items)).toEqual(['night4'])
    expect(Buffer.from(second.cursor, 'base64url').toString()).toBe('night4')
    expect((await get(`/v1/schedules?limit=1&cursor=${second.cursor}`)).json).toEqual({ items: [] })
    const template = { kind: 'echo', onSuccess: [{ kind: 'echo', onFailure: [] }] }
    expect((await get('/v1/schedules/night2')).json.task).toMatchObject(template)
    expect(JSON.stringify(await get('/v1/schedules'))).not.toMatch(/secret|hush/)
    expect(JSON.stringify(await post('/v1/schedules/night2/pause'))).not.toMatch(/secret|hush/)
  })

  test('one of a hidden kind is answered as if it never was, whoever made it', async () => {
    await runtime.schedules.put('zz-own', { every: '1h', task: { kind: 'hush' } })
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }
    for (const id of ['night1', 'zz-own']) {
      await alike('GET', (name) => `/v1/schedules/${name}`, id)
      await alike('DELETE', (name) => `/v1/schedules/${name}`, id)
      for (const verb of ['pause', 'resume', 'trigger'])
        await alike('POST', (name) => `/v1/schedules/${name}/${verb}`, id)
      await alike('POST', (name) => `/v1/schedules/${name}/backfill`, id, { body: range })
      const put = await call('PUT', `/v1/schedules/${id}`, { body: weekly('echo') })
      expect([put.status, put.json.code]).toEqual([400, 'ERR_INVALID_SCHEDULE'])
      expect(await runtime.schedules.get(id)).toMatchObject({ state: 'active', counters: { made: 0, triggered: 0 } })
    }
  })

  test('none is made of a hidden kind', async () => {
    const put = (kind: string) => call('PUT', '/v1/schedules/mine', { body: weekly(kind) })
    const [asked, never] = [await put('secret'), await put('never-was')]
    expect([asked.status, asked.json.code]).toEqual([422, 'ERR_UNKNOWN_KIND'])
    expect(said(asked, 'secret')).toEqual(said(never, 'never-was'))
    expect((await put('echo')).status).toBe(200)
    expect((await post('/v1/schedules/mine/trigger')).json.kind).toBe('echo')
  })
})

describe('events and metrics', () => {
  test('neither streams nor lists tell of hidden tasks, also to those that come back', async () => {
    const live = await reader(socket)
    const { id: hidden } = await runtime.enqueue('hush')
    await runtime.handle(hidden).finished()
    const { id } = await runtime.enqueue('say', 'heard')
    await runtime.handle(id).finished()
    expect((await live.said()).data).toMatchObject({ taskId: id, kind: 'say' })
    const back = await reader(socket, '/v1/events?after=0')
    expect((await back.said()).data.taskId).toBe(id)
    for (const { told } of [live, back]) expect(JSON.stringify(told)).not.toContain(hidden)
    expect(live.told.some(({ event }) => event === 'task')).toBe(true)
    expect((await runtime.events(hidden)).length).toBe(1)
    const list = async (query: string) =>
      (await call('GET', `/v1/events${query}`, { headers: { accept: 'application/json' } })).json.items
    expect((await list('?limit=1')).map(({ taskId }: { taskId: string }) => taskId)).toEqual([id])
    expect(await list(`?task=${hidden}`)).toEqual([])
  })

  test('a reader that has seen none but hidden events pass is not told that some are gone', async () => {
    const { id } = await runtime.enqueue('say', 1)
    await runtime.handle(id).finished()
    const [{ seq } = { seq: 0 }] = await runtime.events(id)
    for (let n = 0; n < 3; n++) await (await runtime.enqueue('hush')).finished()
    const back = await reader(socket, '/v1/events', { 'last-event-id': String(seq + 2) })
    expect(back.status).toBe(200)
    const { id: last } = await runtime.enqueue('say', 2)
    expect((await back.said()).data.taskId).toBe(last)
  })

  test('metrics count them without their names', async () => {
    await (await runtime.enqueue('hush')).finished()
    const { text } = await get('/metrics')
    expect(text).toMatch(/holdfast_tasks_created_total\{kind=""\} [1-9]/)
    expect(text).not.toMatch(/secret|hush|flop|"lock/)
  })
})

test('what is in quarantine of a hidden kind, or of one that cannot be told, is listed in the process alone', async () => {
  const own = await mkdtemp(join(tmpdir(), 'holdfast-api-'))
  const path = { socketPath: optionsOf(own).api.socket, path: '/v1/quarantine' }
  let lives = await started(own)
  onTestFinished(async () => {
    await lives.stop()
    await rm(own, { recursive: true, force: true, maxRetries: 3 })
  })
  const { first } = facts('task.committed')
  const aside = facts('task.quarantined')
  for (const kind of ['lock', 'door']) {
    await lives.enqueue(kind, null, { id: `old-${kind}` })
    await lives.enqueue(kind, null, { id: `torn-${kind}`, ...later })
    await first(({ id, to }) => id === `old-${kind}` && to === 'RUNNING')
  }
  await lives.stop()
  await onDisk(`${own}/store`, async (database) => {
    for (const kind of ['lock', 'door']) await database.put(keyOf('dormant', `torn-${kind}`), `{"k":"${kind}`)
  })
  lives = await started(own, 2)
  const set = ['old-door', 'old-lock', 'torn-door', 'torn-lock']
  for (const each of set) {
    await refusal(lives.send(each, { type: 'ring' }))
    await aside.first(({ id }) => id === each)
  }
  expect(ids(await lives.quarantine.list()).sort()).toEqual(set)
  expect(ids((await ask(path, {})).json.items)).toEqual(['old-door'])
  const retry = (id: string) => ask({ ...path, method: 'POST', path: `/v1/quarantine/${id}/retry` }, {})
  for (const id of ['old-lock', 'torn-door'])
    expect(said(await retry(id), id)).toEqual(said(await retry('never-was'), 'never-was'))
  expect((await retry('old-door')).json).toEqual({ restored: false })
})
