/** Gates hold routes and kinds: nothing fails, no attempt is spent, and what waited starts when they open. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { any, defineTask, every, type GateView, type RuntimeOptions } from '../../src/index.js'
import { Runtime } from '../../src/runtime/runtime.js'
import type { Store } from '../../src/store/store.js'
import { door } from '../../src/testing/door.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { oracle } from '../support/oracle.js'
import { facts, silent, stations } from './lab.js'

/** A runtime in memory whose time stands still unless told to pass. */
async function boot(options: Omit<RuntimeOptions, 'path'>, store: Store = memoryStore(), clock = new SimulatedClock()) {
  const runtime = new Runtime({ log: silent, ...options, path: 'memory' }, { store, clock })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  return { runtime, clock, store }
}

const order: string[] = []
const upload = defineTask({ kind: 'upload', route: 'network', run: ({ id }) => void order.push(id) })
const noop = defineTask({ kind: 'noop', run: () => 'done' })
const network = { network: { concurrency: 2, gates: ['online'] } }
const viewOf = async (runtime: { gates: { list(): Promise<GateView[]> } }, name = 'online') =>
  (await runtime.gates.list()).find((gate) => gate.name === name) as GateView

/** All that is under way has come to rest: what a batch leaves to the next one, too. */
async function settled(runtime: Runtime) {
  for (let i = 0; i < 5; i++) await runtime.enqueue('noop').then((task) => task.finished())
}

describe('a closed gate', () => {
  test('holds its route: nothing starts, nothing fails, no attempt is spent', async () => {
    const online = door(false)
    const { runtime } = await boot({ tasks: [upload, noop], routes: network, gates: { online: online.definition } })
    const starts = facts('run.start')
    const task = await runtime.enqueue('upload')
    await settled(runtime)
    expect(await task.get()).toMatchObject({ state: 'QUEUED', attempt: 0 })
    expect(starts.seen.filter(({ kind }) => kind === 'upload')).toEqual([])
    online.set(true)
    await task.finished()
    expect(await task.get()).toMatchObject({ state: 'FINISHED', attempt: 1 })
  })

  test('that opens lets all go, in the order of the queue', async () => {
    const online = door(false)
    const routes = { network: { concurrency: 1, gates: ['online'] } }
    const { runtime } = await boot({ tasks: [upload], routes, gates: { online: online.definition } })
    const tasks = await runtime.enqueueMany(
      [1, 4, 9, 4].map((priority, i) => ({ kind: 'upload' as const, id: `o${i}`, priority })),
    )
    order.length = 0
    online.set(true)
    await Promise.all(tasks.map((task) => task.finished()))
    expect(order).toEqual(['o2', 'o1', 'o3', 'o0'])
  })

  test('holds tasks that a restart finds in the queue', async () => {
    const online = door(false)
    const options = { tasks: [upload, noop], routes: network, gates: { online: online.definition } }
    const first = await boot(options)
    const { id } = await first.runtime.enqueue('upload')
    await first.runtime.stop()
    const { runtime } = await boot(options, first.store, first.clock.restart())
    await settled(runtime)
    expect(await runtime.get(id)).toMatchObject({ state: 'QUEUED', attempt: 0 })
    online.set(true)
    await runtime.handle(id).finished()
  })

  test('of several closes the route alone', async () => {
    const doors = [door(true), door(false)] as const
    const { runtime } = await boot({
      tasks: [upload, noop],
      routes: { network: { gates: ['a', 'b'] } },
      gates: { a: doors[0].definition, b: doors[1].definition },
    })
    const task = await runtime.enqueue('upload')
    await settled(runtime)
    expect((await task.get())?.state).toBe('QUEUED')
    doors[1].set(true)
    await task.finished()
    doors[0].set(false)
    const other = await runtime.enqueue('upload')
    await settled(runtime)
    expect((await other.get())?.state).toBe('QUEUED')
  })

  test('of a kind lets the others of its route pass', async () => {
    const online = door(false)
    const held = defineTask({ kind: 'held', gates: ['online'], run: () => 'at last' })
    const { runtime } = await boot({
      tasks: [held, noop],
      routes: { default: { concurrency: 1 } },
      gates: { online: online.definition },
    })
    const waits = await runtime.enqueue('held', null, { priority: 9 })
    const passes = await runtime.enqueue('noop')
    expect(await passes.finished()).toBe('done')
    expect((await waits.get())?.state).toBe('QUEUED')
    online.set(true)
    expect(await waits.finished()).toBe('at last')
  })

  test('can be left: tasks that wait are cancelled, and moved to another route', async () => {
    const online = door(false)
    const { runtime } = await boot({ tasks: [upload, noop], routes: network, gates: { online: online.definition } })
    const [cancelled, moved] = await runtime.enqueueMany([{ kind: 'upload' }, { kind: 'upload' }])
    await runtime.cancel(cancelled?.id as string)
    await runtime.reschedule(moved?.id as string, { route: 'default' })
    await moved?.finished()
    expect((await cancelled?.get())?.reason).toBe('cancelled')
    await settled(runtime)
    expect((await viewOf(runtime)).state).toBe('asleep')
  })
})

describe('a gate that closes', () => {
  const interrupted = async (options: { kind?: object; route?: object }) => {
    const online = door(true)
    const at = stations()
    const reasons: unknown[] = []
    const long = defineTask({
      kind: 'long',
      route: 'network',
      ...options.kind,
      run: async ({ signal, attempt }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason.code))
        if (attempt === 1) await at.stop('first')
        return `run ${attempt}`
      },
    })
    const routes = { network: { concurrency: 1, gates: ['online'], ...options.route } }
    const { runtime } = await boot({ tasks: [long, noop], routes, gates: { online: online.definition } })
    const task = await runtime.enqueue('long')
    await at.reached('first')
    online.set(false)
    await settled(runtime)
    return { runtime, task, online, at, reasons }
  }

  for (const [where, options] of Object.entries({
    'of its route': { route: { onGateClose: 'interrupt' } },
    'of its kind': { kind: { onGateClose: 'interrupt' } },
  })) {
    test(`interrupts a running function by the word ${where}: it runs again when the gate is open`, async () => {
      const { runtime, task, online, at, reasons } = await interrupted(options)
      expect(reasons).toEqual(['gate'])
      expect(await task.get()).toMatchObject({ state: 'QUEUED' })
      // It keeps its slot until it settles.
      online.set(true)
      await settled(runtime)
      expect((await task.get())?.state).toBe('QUEUED')
      at.pass('first')
      expect(await task.finished()).toBe('run 2')
      expect((await task.get())?.history.map(({ state }) => state)).not.toContain('FAILED')
    })
  }

  test('spends no attempt of those a task may fail', async () => {
    const { task, online, at } = await interrupted({ kind: { onGateClose: 'interrupt', retry: { attempts: 1 } } })
    at.pass('first')
    online.set(true)
    expect(await task.finished()).toBe('run 2')
  })

  test('leaves a running function alone where nothing is said, or its kind says so', async () => {
    for (const options of [{}, { kind: { onGateClose: 'continue' }, route: { onGateClose: 'interrupt' } }]) {
      const { task, at, reasons } = await interrupted(options)
      expect((await task.get())?.state).toBe('RUNNING')
      at.pass('first')
      expect(await task.finished()).toBe('run 1')
      expect(reasons).toEqual([])
    }
  })

  test('leaves alone what may start only once', async () => {
    const once = { onGateClose: 'interrupt', delivery: 'at-most-once' }
    const { task, at, reasons } = await interrupted({ kind: once })
    at.pass('first')
    expect(await task.finished()).toBe('run 1')
    expect(reasons).toEqual([])
  })

  test('is asked while such a function runs, though nothing is queued', async () => {
    const online = oracle({ interval: '30s' })
    const at = stations()
    const long = defineTask({ kind: 'long', onGateClose: 'interrupt', gates: ['online'], run: () => at.stop('it') })
    const { runtime, clock } = await boot({ tasks: [long, noop], gates: { online: online.definition } })
    const opened = facts('gate.opened')
    const closed = facts('gate.closed')
    const task = await runtime.enqueue('long')
    await at.reached('it')
    expect(opened.seen.length).toBe(1)
    online.state.answer = () => false
    clock.advance(30_000)
    await closed.first()
    await settled(runtime)
    expect((await task.get())?.state).toBe('QUEUED')
    at.pass('it')
  })
})

describe('a gate that nobody needs', () => {
  test('is not asked, and sets no alarm', async () => {
    const online = oracle()
    const { runtime, clock } = await boot({
      tasks: [upload, noop],
      routes: network,
      gates: { online: online.definition },
    })
    await settled(runtime)
    expect(online.state.asked).toBe(0)
    expect(await viewOf(runtime)).toMatchObject({ state: 'asleep', open: false, since: undefined })
    await runtime.enqueue('upload').then((task) => task.finished())
    await settled(runtime)
    expect(online.state.asked).toBe(1)
    expect(await viewOf(runtime)).toMatchObject({ state: 'asleep', open: true, since: expect.any(String) })
    // The sweep of what has ended, in a week.
    expect(clock.next).toBeGreaterThan(6 * 86_400_000)
    clock.advance(86_400_000)
    await settled(runtime)
    expect(online.state.asked).toBe(1)
  })

  test('is needed by tasks that wait for something else no sooner than that is over', async () => {
    const online = oracle()
    const { runtime } = await boot({ tasks: [upload, noop], routes: network, gates: { online: online.definition } })
    await runtime.routes.pause('network')
    const task = await runtime.enqueue('upload')
    await settled(runtime)
    expect(online.state.asked).toBe(0)
    await runtime.routes.resume('network')
    await task.finished()
    expect(online.state.asked).toBe(1)
  })

  test('is said so in the log when no route, kind or gate names it', async () => {
    const warned: string[] = []
    const log = { ...silent, warn: (message: string) => void warned.push(message) }
    await boot({ tasks: [noop], gates: { spare: door(true).definition }, log })
    expect(warned).toEqual(["gate 'spare' holds nothing: no route, kind or gate names it"])
  })
})

describe('a gate that cannot be asked', () => {
  const faulty = async (answer: () => unknown, options: object = {}) => {
    const online = oracle(options)
    online.state.answer = answer
    const fault = facts('gate.fault')
    const setting = await boot({ tasks: [upload, noop], routes: network, gates: { online: online.definition } })
    const task = await setting.runtime.enqueue('upload')
    return { ...setting, online, fault, task }
  }

  test('is closed, a fault, and asked again later', async () => {
    const { runtime, clock, online, fault, task } = await faulty(() => {
      throw new Error('no modem')
    })
    expect(await fault.first()).toMatchObject({ gate: 'online', error: { message: 'no modem' } })
    await settled(runtime)
    expect(await viewOf(runtime)).toMatchObject({ state: 'closed', open: false, reason: 'no modem' })
    online.state.answer = () => true
    clock.advance(1_500)
    await task.finished()
  })

  test('that says nothing in time is closed and a fault', async () => {
    const { runtime, clock, online, fault, task } = await faulty(() => new Promise(() => undefined), { timeout: '2s' })
    await settled(runtime)
    expect((await viewOf(runtime)).state).toBe('asking')
    clock.advance(2_000)
    expect(await fault.first()).toMatchObject({ error: { message: 'no answer within 2000 ms' } })
    await settled(runtime)
    online.state.answer = () => true
    clock.advance(1_500)
    await task.finished()
  })
})

test('a gate that flaps is a fault once, and has to be open for a while before it lets anything go', async () => {
  const online = door(false)
  const fault = facts('gate.fault')
  const routes = { network: { concurrency: 1, gates: ['online'] } }
  const { runtime, clock } = await boot({ tasks: [upload, noop], routes, gates: { online: online.definition } })
  const tasks = await runtime.enqueueMany(Array.from({ length: 20 }, () => ({ kind: 'upload' as const })))
  await settled(runtime)
  for (let i = 0; i < 5; i++) {
    online.set(true)
    online.set(false)
  }
  expect(fault.seen).toMatchObject([{ gate: 'online', error: { message: expect.stringMatching(/^it flaps: 7 /) } }])
  online.set(true)
  await settled(runtime)
  expect(await viewOf(runtime)).toMatchObject({ state: 'closed', flapping: true })
  clock.advance(20_000)
  await Promise.all(tasks.map((task) => task.finished()))
})

test('a gate is an actor that is found by its name, and started anew when it dies', async () => {
  const online = door(true)
  const restarted = facts('supervisor.restarted')
  const { runtime } = await boot({ tasks: [upload, noop], routes: network, gates: { online: online.definition } })
  await runtime.enqueue('upload').then((task) => task.finished())
  online.set(false)
  const task = await runtime.enqueue('upload')
  await settled(runtime)
  const part = (runtime.system as unknown as { get(name: string): { send(event: object): void; logic: object } }).get(
    'gate:online',
  )
  part.logic = Object.create(part.logic, {
    transition: {
      value: () => {
        throw new Error('a bug')
      },
    },
  })
  part.send({ type: 'look' })
  expect(await restarted.first()).toMatchObject({ child: 'gate:online' })
  await settled(runtime)
  expect((await task.get())?.state).toBe('QUEUED')
  expect((await viewOf(runtime)).state).toBe('closed')
  online.set(true)
  await task.finished()
})

describe('gates made of gates', () => {
  test('hold until all of their parts are open, and those are asked only while the whole is needed', async () => {
    const parts = { net: oracle(), disk: oracle() }
    parts.disk.state.answer = () => false
    const { runtime, clock } = await boot({
      tasks: [upload, noop],
      routes: { network: { gates: ['ready'] } },
      gates: { net: parts.net.definition, ready: every('net', parts.disk.definition) },
    })
    await settled(runtime)
    expect([parts.net.state.asked, parts.disk.state.asked]).toEqual([0, 0])
    const task = await runtime.enqueue('upload')
    await settled(runtime)
    expect((await task.get())?.state).toBe('QUEUED')
    expect(await viewOf(runtime, 'ready')).toMatchObject({
      state: 'closed',
      reason: 'ready/2: closed',
      gates: ['net', 'ready/2'],
    })
    expect(await viewOf(runtime, 'net')).toMatchObject({ state: 'open' })
    parts.disk.state.answer = () => true
    clock.advance(1_500)
    await task.finished()
    await settled(runtime)
    expect((await runtime.gates.list()).map(({ state }) => state)).toEqual(['asleep', 'asleep', 'asleep'])
  })

  test('are open when one of their parts is, where any will do', async () => {
    const [lan, modem] = [door(false), door(false)]
    const { runtime } = await boot({
      tasks: [upload, noop],
      routes: { network: { gates: ['uplink'] } },
      gates: { uplink: any(lan.definition, modem.definition) },
    })
    const first = await runtime.enqueue('upload')
    await settled(runtime)
    expect((await first.get())?.state).toBe('QUEUED')
    modem.set(true)
    await first.finished()
    lan.set(true)
    modem.set(false)
    await runtime.enqueue('upload').then((task) => task.finished())
  })
})

test('a failing disk: the gate sleeps, and holds what the disk had when it is back', async () => {
  const online = door(false)
  const store = new PowerLossStore()
  const setting = { tasks: [upload, noop], routes: network, gates: { online: online.definition } }
  const { runtime, clock } = await boot(setting, store)
  const task = await runtime.enqueue('upload')
  await settled(runtime)
  const [degraded, recovered] = [facts('store.degraded'), facts('store.recovered')]
  store.hold()
  const lost = runtime.enqueue('noop', undefined, { id: 'lost' }).catch((error) => error.code)
  while (store.inFlight === 0) await new Promise<void>((resolve) => void setImmediate(resolve))
  store.powerCut({ tear: true })
  store.release()
  expect(await lost).toBe('ERR_COMMIT_UNKNOWN')
  await degraded.first()
  // It opens while nobody can start anything: that is found out when somebody needs it again.
  online.set(true)
  clock.advance(1_000)
  await recovered.first()
  await task.finished()
  expect(await task.get()).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('a machine that wants a slot again waits for the gate, one that has something in flight goes on', async () => {
  const online = door(true)
  const jobs: ((value: unknown) => void)[] = []
  const job = fromPromise(() => new Promise((resolve) => jobs.push(resolve)))
  const twice = setup({ actors: { job } }).createMachine({
    initial: 'first',
    states: {
      first: { invoke: { src: 'job', onDone: 'pause' } },
      pause: { on: { GO: 'second' } },
      second: { invoke: { src: 'job', onDone: 'done' } },
      done: { type: 'final' },
    },
  })
  const visit = defineTask({ kind: 'visit', route: 'network', onGateClose: 'interrupt', machine: twice })
  const { runtime } = await boot({ tasks: [visit, noop], routes: network, gates: { online: online.definition } })
  const task = await runtime.enqueue('visit')
  await settled(runtime)
  expect(jobs.length).toBe(1)
  online.set(false)
  jobs[0]?.(null)
  await settled(runtime)
  expect((await task.get())?.machine?.value).toBe('pause')
  await runtime.send(task.id, { type: 'GO' })
  await settled(runtime)
  expect([(await task.get())?.machine?.value, jobs.length]).toEqual(['second', 1])
  online.set(true)
  await settled(runtime)
  jobs[1]?.(null)
  await task.finished()
})
