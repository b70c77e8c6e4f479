/** The same calls, in the process and over the socket: answers and errors are the same, field by field. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setup } from 'xstate'
import { z } from 'zod'
import { type Client, createClient } from '../../src/client/index.js'
import { cpuTemperature, createRuntime, defineTask, file, HoldfastError, type Runtime, relay } from '../../src/index.js'
import type { DeviceView } from '../../src/runtime/devices.js'
import { silent } from '../runtime/lab.js'

const door = setup({}).createMachine({
  initial: 'shut',
  states: { shut: { on: { ring: 'done' } }, done: { type: 'final' } },
  output: 'open',
})
const tasks = [
  defineTask({ kind: 'echo', run: ({ input }) => input ?? null }),
  defineTask({ kind: 'add', input: z.object({ a: z.number() }), run: ({ input }) => input.a + 1 }),
  defineTask({ kind: 'fail', run: () => Promise.reject(Object.assign(new Error('no luck'), { code: 'EX' })) }),
  defineTask({ kind: 'say', run: (task) => task.emit({ type: 'said', text: task.input }) }),
  defineTask({ kind: 'door', machine: door }),
  defineTask({ kind: 'far', remote: true, retry: { attempts: 1 } }),
  defineTask({
    kind: 'poll',
    settings: { schema: z.object({ every: z.number() }), defaults: { every: 5 } },
    run: ({ settings }) => settings.every,
  }),
]

let runtime: Runtime
let client: Client
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-client-'))
  const socket = join(directory, 's')
  runtime = createRuntime({
    path: join(directory, 'store'),
    tasks,
    schedules: { nightly: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'echo' } } },
    gates: { flag: file({ path: join(directory, 'flag') }) },
    routes: { narrow: { queueLimit: 1 }, gated: { gates: ['flag'] } },
    devices: { siren: relay({ line: 'GPIO27' }), room: cpuTemperature({ interval: '1h' }) },
    gpio: { backend: 'simulated' },
    log: silent,
    api: { socket },
  }) as unknown as Runtime
  await runtime.start()
  client = createClient({ socket })
})
afterAll(async () => {
  client.close()
  await runtime.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

/** What both of them are: what is not here differs in its arguments. */
type Either = Runtime | Client
/** A call, in a namespace of its own: what it makes begins with `at`. */
type Call = (to: Either, at: string) => unknown

const later = { runAt: new Date('2999-01-01T00:00:00Z') } as const
const page = (to: Either, at: string) => to.find({ group: at })
const made = async (to: Either, at: string, more: object = {}) =>
  to.enqueue('echo', 1, { id: `${at}.1`, group: at, ...later, ...more })
/** Values that JSON cannot hold, or an option of another sort. */
const wrong = <Value>(value: unknown): Value => value as Value

/** A device without what remembers the calls before. */
const lasting = ({ news: _, counts: __, ...rest }: DeviceView) => rest

const CALLS: Record<string, Call> = {
  'enqueue and finished': async (to, at) => (await to.enqueue('echo', { a: [1, null, 'ü'] }, { id: at })).finished(),
  'enqueue and get': async (to, at) => (await made(to, at)).get(),
  'enqueue with every option': async (to, at) => {
    const { id, created } = await to.enqueue('echo', 'x', {
      id: `${at}.a`,
      group: at,
      in: '1h',
      priority: 7,
      key: `${at}-key`,
      concurrencyKey: 'k',
      expiresIn: '2h',
      retry: { attempts: 3, delay: '1s' },
      timeout: '1m',
      heartbeat: 5000,
      delivery: 'at-least-once',
      durability: 'commit',
      paused: true,
      onSuccess: { kind: 'echo', input: { a: 1 }, runAt: new Date(0) },
      onFailure: [{ kind: 'echo', onSuccess: [{ kind: 'say' }] }],
      fingerprint: 'f',
    })
    return [id, created, await page(to, at)]
  },
  'the same id and input again': async (to, at) => [(await made(to, at)).created, (await made(to, at)).created],
  'the same id and another input': async (to, at) => {
    await made(to, at)
    return to.enqueue('echo', 2, { id: `${at}.1` })
  },
  'the same key again': async (to, at) => {
    const first = await to.enqueue('echo', 1, { key: at, ...later })
    const again = await to.enqueue('echo', 2, { key: at, ...later })
    return [first.created, again.created, first.id === again.id]
  },
  'replace, debounce and throttle': async (to, at) => {
    const all = []
    for (const option of [{ replace: true }, { debounce: '1h' }, { throttle: '1h' }]) {
      const key = `${at}-${Object.keys(option)}`
      const first = await to.enqueue('echo', 1, { key, ...option })
      const again = await to.enqueue('echo', 2, { key, ...option })
      all.push([first.created, again.created, first.id === again.id])
    }
    return all
  },
  'a lazy task': async (to, at) => {
    let over = false
    const task = await to.enqueue('echo', 5, { id: at, durability: 'lazy' })
    const end = task.finished().finally(() => {
      over = true
    })
    // Each commit takes it along.
    while (!over) await to.enqueue('echo')
    return [task.created, await end]
  },
  enqueueMany: async (to, at) => {
    const handles = await to.enqueueMany([
      { kind: 'echo', input: 1, id: `${at}.2`, group: at, dependsOn: [`${at}.1`] },
      { kind: 'echo', input: 2, id: `${at}.1`, group: at, ...later },
    ])
    return [handles.map(({ id, created }) => [id, created]), await page(to, at), await to.get(`${at}.2`)]
  },
  'enqueueMany of none': (to) => to.enqueueMany([]),
  'enqueueMany of too many': (to) => to.enqueueMany(Array.from({ length: 10_001 }, () => ({ kind: 'echo' }))),
  'enqueueMany of no list': (to) => to.enqueueMany(wrong<[]>('x')),
  'enqueueMany with a task that is none': (to) => to.enqueueMany(wrong<[]>([null])),
  'an unknown kind': (to) => to.enqueue('ecko', 1),
  'an input that the schema refuses': (to) => to.enqueue('add', { a: 'x' }),
  'an input that is not JSON': (to) => to.enqueue('echo', { a: { b: [new Date(0)] } }),
  'a follow-up whose input is not JSON': (to) => to.enqueue('echo', 1, { onSuccess: { kind: 'echo', input: 5n } }),
  'an input that is too large': (to) => to.enqueue('echo', 'x'.repeat(300_000)),
  'a date that is none': (to) => to.enqueue('echo', 1, { runAt: new Date(Number.NaN) }),
  'a duration that is none': (to) => to.enqueue('echo', 1, { in: 'soon' }),
  'a priority that is none': (to) => to.enqueue('echo', 1, { priority: 11 }),
  'an id that is none': (to) => to.enqueue('echo', 1, { id: 'not a name' }),
  'a route that is none': (to) => to.enqueue('echo', 1, { route: 'nowhere' }),
  'a fingerprint without an id': (to) => to.enqueue('echo', 1, { fingerprint: 'f' }),
  'a dependency that is not there': (to, at) => to.enqueue('echo', 1, { id: at, dependsOn: ['nobody'] }),
  'a full queue': async (to, at) => {
    await to.routes.pause('narrow')
    const all = await Promise.allSettled([0, 1, 2].map(() => to.enqueue('echo', 1, { route: 'narrow', group: at })))
    await to.cancel({ group: at })
    await to.routes.resume('narrow')
    const { reason } = all.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    throw reason
  },
  'finished of one that fails': async (to, at) => (await to.enqueue('fail', null, { id: at })).finished(),
  'finished of one that is cancelled': async (to, at) => {
    const task = await made(to, at)
    await to.cancel(task.id)
    return task.finished()
  },
  'finished of none': (to) => to.handle('nobody').finished(),
  'handle of no name': async (to) => to.handle('not a name'),
  'finished with a signal that is aborted': (to) =>
    to.handle('nobody').finished({ signal: AbortSignal.abort(new Error('enough')) }),
  'get of none': (to) => to.get('nobody'),
  'get of no name': (to) => to.get('../healthz'),
  'find by pages': async (to, at) => {
    await to.enqueueMany(Array.from({ length: 5 }, (_, i) => ({ kind: 'echo', id: `${at}.${i}`, group: at, ...later })))
    const first = await to.find({ group: at, limit: 3 })
    const rest = await to.find({ group: at, limit: 3, ...(first.cursor ? { cursor: first.cursor } : {}) })
    return [first.items, typeof first.cursor, rest]
  },
  'find by all': async (to, at) => {
    await made(to, at, { paused: true, route: 'gated' })
    const query = { state: ['SPOOLED', 'QUEUED'], kind: 'echo', route: 'gated', group: at, paused: true } as const
    return [await to.find(query), await to.count(query), await to.count({ ...query, paused: false })]
  },
  'find of a schedule': (to) => to.find({ schedule: 'nightly' }),
  'find with what it does not know': (to) => to.find(wrong({ groop: 'a' })),
  'find with undefined': (to) => to.find(wrong({ group: undefined, state: 'FAILED' })),
  'find of a state that is none': (to) => to.find(wrong({ state: 'GONE' })),
  'find of too many': (to) => to.find({ limit: 1001 }),
  'find with a cursor that is none': (to) => to.find({ cursor: 'x' }).catch(({ code }) => code),
  'verbs on one': async (to, at) => {
    const { id } = await made(to, at)
    const all = [await to.pause(id), await to.get(id), await to.resume(id), await to.reschedule(id, { priority: 1 })]
    return [...all, await to.cancel(id), await to.get(id), await to.remove(id), await to.get(id)]
  },
  'verbs on several': async (to, at) => {
    const ids = (
      await to.enqueueMany([0, 1, 2].map((n) => ({ kind: 'echo', id: `${at}.${n}`, group: at, ...later })))
    ).map(({ id }) => id)
    return [
      await to.pause([...ids, 'nobody']),
      await to.resume({ group: at }),
      await to.reschedule({ group: at, kind: 'echo' }, { runAt: new Date('2998-01-01T00:00:00Z'), input: [2] }),
      await page(to, at),
      await to.cancel({ group: at, state: ['SPOOLED'] }),
      await to.remove(ids),
      await to.cancel([]),
    ]
  },
  retry: async (to, at) => {
    const task = await to.enqueue('fail', null, { id: at })
    await task.finished().catch(() => undefined)
    const done = await to.retry(at)
    await task.finished().catch(() => undefined)
    return [done, await task.get()]
  },
  'a verb on none': (to) => to.cancel('nobody'),
  'a verb on no name': (to) => to.cancel('not a name'),
  'a verb on several, one no name': (to) => to.cancel(['a', 'not a name']),
  'a verb on too many': (to) => to.cancel(Array.from({ length: 10_001 }, () => 'a')),
  'a verb on an empty query': (to) => to.cancel({}),
  'a verb on a query with undefined': (to) => to.cancel(wrong({ state: 'SPOOLED', group: undefined })),
  'a verb that cannot be': async (to, at) => {
    await (await to.enqueue('echo', 1, { id: at })).finished()
    return to.cancel(at)
  },
  'a reschedule of nothing': async (to, at) => to.reschedule((await made(to, at)).id, {}),
  'a reschedule to no date': async (to, at) => to.reschedule((await made(to, at)).id, { runAt: 'soon' }),
  send: async (to, at) => {
    const task = await to.enqueue('door', null, { id: at, group: at })
    return [
      await to.send(at, { type: 'ring' }, { once: 'a' }),
      await to.send(at, { type: 'ring' }, { once: 'a' }),
      await task.finished(),
    ]
  },
  'send to several': async (to, at) => {
    await to.enqueueMany([0, 1].map((n) => ({ kind: 'door', id: `${at}.${n}`, group: at, ...later })))
    return [await to.send({ group: at }, { type: 'ring' }), await to.send([`${at}.0`, 'nobody'], { type: 'ring' })]
  },
  'send of what is no event': async (to, at) => to.send((await made(to, at)).id, { type: 'xstate.init' }),
  'send to what has no machine': async (to, at) => to.send((await made(to, at)).id, { type: 'ring' }),
  'send of another event with the same key': async (to, at) => {
    await to.enqueue('door', null, { id: at, ...later })
    await to.send(at, { type: 'ring' }, { once: 'k' })
    return to.send(at, { type: 'bang' }, { once: 'k' })
  },
  events: async (to, at) => {
    await (await to.enqueue('say', 'hi', { id: at })).finished()
    const [first] = await to.events(at)
    const after = first?.seq ?? 0
    return [
      first?.taskId,
      first?.event,
      first?.runId,
      await to.events({ taskId: at, after }),
      (await to.events({ limit: 1 })).length,
    ]
  },
  'events that are none': (to) => to.events({ limit: 0 }),
  schedules: async (to, at) => {
    const times = { at: [new Date('2999-01-01T00:00:00Z')], until: new Date('2999-06-01T00:00:00Z') }
    const task = { kind: 'echo', input: 1, runAt: new Date('2999-01-02T00:00:00Z') }
    return [
      await to.schedules.put(at, { ...times, task }),
      await to.schedules.get(at),
      await to.schedules.pause(at),
      await to.schedules.resume(at),
      (await to.schedules.trigger(at)).created,
      await to.schedules.backfill(at, new Date('2999-01-01T00:00:00Z'), '2999-01-02T00:00:00Z'),
      await to.schedules.remove(at),
      await to.schedules.get(at),
    ]
  },
  'schedules, listed': async (to) => (await to.schedules.list({ limit: 1 })).items.map(({ id }) => id),
  'a schedule of the code, put': (to) => to.schedules.put('nightly', { every: '1h', task: { kind: 'echo' } }),
  'a schedule that is wrong': (to, at) => to.schedules.put(at, { cron: 'x', task: { kind: 'echo' } }),
  'a schedule of no kind': (to, at) => to.schedules.put(at, { every: '1h', task: { kind: 'ecko' } }),
  'a schedule that is not there': (to) => to.schedules.pause('nobody'),
  'a schedule that is not there, removed': (to) => to.schedules.remove('nobody'),
  routes: (to) => to.routes.list(),
  'a route that is not there': (to) => to.routes.pause('nowhere'),
  gates: (to) => to.gates.list(),
  devices: async (to) => (await to.devices.list()).map(lasting),
  'a device, told': async (to, at) => [
    lasting(await to.devices.command('siren', { type: 'on' })),
    lasting(await to.devices.command('siren', { type: 'toggle' }, { key: `${at}.1` })),
    lasting(await to.devices.command('siren', { type: 'toggle' }, { key: `${at}.1` })),
    lasting(await to.devices.get('siren')),
  ],
  'a device, read': async (to) => lasting(await to.devices.read('room')),
  'a reading that fails': async (to) => {
    await to.devices.command('room', { type: 'simulate', fault: 'it' })
    const { code, message, hint } = await Promise.resolve(to.devices.read('room')).catch((error) => error)
    await to.devices.command('room', { type: 'simulate', fault: null, value: 40 })
    return [code, message, hint, lasting(await to.devices.read('room'))]
  },
  'a device that is not there': (to) => to.devices.get('nobody'),
  'a device that is not there, told': (to) => to.devices.command('nobody', { type: 'on' }),
  'a command that a device does not take': (to) => to.devices.command('siren', { type: 'explode' }),
  'a key that is none': (to) => to.devices.command('siren', { type: 'on' }, { key: '' }),
  'a device with no name': (to) => to.devices.read('no name'),
  kinds: (to) => to.kinds.list(),
  'kinds, changed': async (to) => [
    await to.kinds.get('poll'),
    await to.kinds.set('poll', { every: 7 }),
    await to.kinds.set('poll', { every: null }),
    await to.kinds.retire('poll'),
    await to.enqueue('poll').catch(({ code }) => code),
    await to.kinds.restore('poll'),
  ],
  'a kind that is not there': (to) => to.kinds.get('nobody'),
  'settings that are wrong': (to) => to.kinds.set('poll', { every: 'x' }),
  quarantine: (to) => to.quarantine.list(),
  'quarantine of none': (to) => to.quarantine.retry('nobody'),
  tokens: async (to, at) => {
    const { id, token, ...view } = await to.tokens.create({ name: at, scope: 'read' })
    const listed = (await to.tokens.list()).filter((each) => each.id === id)
    await to.tokens.revoke(id)
    return [view, token.length, listed.map(({ id: _, ...rest }) => rest), (await to.tokens.list()).length]
  },
  'a token that is not there': (to) => to.tokens.revoke('nobody'),
  leases: async (to, at) => {
    const names = ['done', 'undone'].map((name) => `${at}.${name}`)
    await to.enqueueMany(names.map((id) => ({ kind: 'far', id, input: 1, priority: 9 })))
    const leased = await to.leases.take({ worker: at, kinds: ['far'], max: 2, wait: '1s' })
    const [done, undone] = leased.map(({ lease }) => lease)
    await to.leases.heartbeat(done ?? '', { half: true })
    await to.leases.success(done ?? '', { all: true })
    await to.leases.failure(undone ?? '', { error: { message: 'broke', name: 'Odd', code: 'EODD' } })
    const lost = await Promise.resolve(to.leases.failure(undone ?? '', { error: { message: 'else' } })).catch(
      ({ code }) => code,
    )
    const workers = (await to.leases.workers()).filter(({ worker }) => worker === at)
    const views = await Promise.all(names.map((id) => to.get(id)))
    return [leased.map(({ lease: _, ...rest }) => rest), views, lost, workers]
  },
  'a lease that is lost': (to) => Promise.resolve().then(() => to.leases.heartbeat('nobody')),
  'a lease of a kind that is not remote': (to, at) => to.leases.take({ worker: at, kinds: ['echo'] }),
}

/** What a call came to, without what time and chance decide. */
async function outcome(call: Call, to: Either, at: string): Promise<unknown> {
  let came: unknown
  try {
    came = { value: await call(to, at) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { name, message } = error
    const { code, hint, issues, taskId, reason, error: own } = error as HoldfastError & Record<string, unknown>
    came = { name, message, code, hint, issues, taskId, reason, own, ours: error instanceof HoldfastError }
  }
  const text = JSON.stringify(came, (key, value) => {
    if (key === 'finished' || typeof value === 'function' || key === 'stack') return undefined
    return value
  })
  return JSON.parse(
    text
      .replaceAll(at, 'AT')
      // Hidden kinds are not there for a client.
      .replaceAll(', paused, api', ', paused')
      .replaceAll(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/"0[a-z\d]{8}[a-z\d]{12}"/g, '"ID"')
      .replaceAll(/task '?0[a-z\d]{20}'?/g, 'task ID'),
  )
}

test.for(Object.entries(CALLS))('%s', async ([name, call]) => {
  const at = name.replaceAll(/\W/g, '-').slice(0, 60)
  const within = await outcome(call, runtime, `w-${at}`)
  const over = await outcome(call, client as Either, `o-${at}`)
  expect(over).toEqual(within)
})
