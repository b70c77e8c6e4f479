/** The daemon as a service, on a clock of the test: its signs of life stand for the event loop and for the store. */
import { expect, onTestFinished, test } from 'vitest'
import { Service } from '../../../src/daemon/service.js'
import { takeSurroundings } from '../../../src/daemon/surroundings.js'
import { defineTask } from '../../../src/runtime/define.js'
import { Runtime } from '../../../src/runtime/runtime.js'
import { FaultyStore } from '../../../src/testing/faulty-store.js'
import { memoryStore } from '../../../src/testing/memory-store.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'
import { freshAddress, type Message, notifySocket } from '../../support/notify-socket.js'

const WATCHDOG_MS = 30_000
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))
const pings = (messages: readonly Message[]) => messages.filter((message) => 'WATCHDOG' in message).length

async function rig({ watchdogMs }: { watchdogMs?: number } = {}) {
  const socket = freshAddress()
  const manager = notifySocket(socket)
  const clock = new SimulatedClock()
  const store = new FaultyStore(memoryStore())
  const lines: string[] = []
  const note = (message: string) => void lines.push(message)
  const log = { debug: note, info: note, warn: note, error: note }
  const stations: (() => void)[] = []
  const work = defineTask({ kind: 'work', run: () => new Promise<void>((resolve) => void stations.push(resolve)) })
  const runtime = new Runtime({ path: 'in-process', tasks: [work], log }, { store, clock })
  const service = (await Service.open({ socket, watchdogMs }, clock, log)) as Service
  onTestFinished(async () => {
    service.close()
    store.release()
    await runtime.stop()
  })
  service.starting()
  await runtime.start()
  /** What comes while time passes: a socket may keep no more than ten datagrams that nobody has read. */
  const during = (ms: number): Message[] => {
    const come: Message[] = []
    for (let left = ms; left > 0; left -= WATCHDOG_MS) {
      clock.advance(Math.min(left, WATCHDOG_MS))
      come.push(...manager.all())
    }
    return come
  }
  return { manager, clock, during, store, lines, runtime, service, stations }
}

test('it is ready when the runtime is, and gives a sign twice in each period', async () => {
  const { manager, during, runtime, service } = await rig({ watchdogMs: WATCHDOG_MS })
  expect(manager.all()).toEqual([{ STATUS: 'starting' }])
  service.ready(runtime)
  expect(manager.all()).toEqual([{ READY: '1', STATUS: 'working: 0 running, 0 queued' }, { WATCHDOG: '1' }])
  expect(pings(during(10 * WATCHDOG_MS))).toBe(20)
})

test('no sign while a commit is on its way for longer than a period; signs again when it came back', async () => {
  const { manager, clock, store, lines, runtime, service } = await rig({ watchdogMs: WATCHDOG_MS })
  service.ready(runtime)
  manager.all()
  store.hold()
  const kept = runtime.enqueue('work')
  await store.heldBatches()
  clock.advance(WATCHDOG_MS)
  expect(runtime.load().commitMs).toBe(WATCHDOG_MS)
  // It may still come back in time.
  expect(pings(manager.all())).toBe(2)
  clock.advance(10 * WATCHDOG_MS)
  expect(pings(manager.all())).toBe(0)
  expect(lines.filter((line) => line.includes('the watchdog is not fed'))).toHaveLength(1)
  store.release()
  await kept
  clock.advance(WATCHDOG_MS)
  expect(pings(manager.all())).toBe(2)
  expect(lines.at(-1)).toContain('the watchdog is fed again')
})

test('a disk that refuses is known: it is told at once, and signs go on', async () => {
  const { manager, clock, store, runtime, service } = await rig({ watchdogMs: WATCHDOG_MS })
  service.ready(runtime)
  manager.all()
  store.fail()
  await expect(runtime.enqueue('work')).rejects.toThrow(expect.objectContaining({ code: 'ERR_COMMIT_UNKNOWN' }))
  await turn()
  expect(manager.all()).toEqual([{ STATUS: 'degraded: the disk takes no writes, no work is taken' }])
  clock.advance(WATCHDOG_MS)
  expect(pings(manager.all())).toBe(2)
  store.mend()
  const isWorking = () => manager.all().some(({ STATUS }) => STATUS?.startsWith('working'))
  for (let told = false; !told; told = isWorking()) {
    clock.advance(WATCHDOG_MS / 2)
    await turn()
  }
})

test('the status is told with a sign of life, and only when a commit changed it', async () => {
  const { manager, clock, runtime, service, stations } = await rig({ watchdogMs: WATCHDOG_MS })
  service.ready(runtime)
  manager.all()
  const task = await runtime.enqueue('work')
  while (stations.length === 0) await turn()
  expect(manager.all()).toEqual([])
  clock.advance(WATCHDOG_MS)
  expect(manager.all()).toEqual([{ WATCHDOG: '1' }, { STATUS: 'working: 1 running, 0 queued' }, { WATCHDOG: '1' }])
  stations[0]?.()
  await task.finished()
  clock.advance(WATCHDOG_MS / 2)
  expect(manager.all()).toEqual([{ WATCHDOG: '1' }, { STATUS: 'working: 0 running, 0 queued' }])
})

test('without a watchdog nothing wakes it but a commit', async () => {
  const { manager, clock, runtime, service, stations } = await rig()
  service.ready(runtime)
  manager.all()
  const idle = clock.waiting
  clock.advance(3_600_000)
  expect(manager.all()).toEqual([])
  await runtime.enqueue('work')
  while (stations.length === 0) await turn()
  clock.advance(10_000)
  expect(manager.all()).toEqual([{ STATUS: 'working: 1 running, 0 queued' }])
  expect(clock.waiting).toBe(idle)
})

test('it asks for more time while it starts and while it stops, a bounded number of times', async () => {
  const { manager, clock, during, runtime, service } = await rig()
  clock.advance(25_000)
  expect(manager.all()).toEqual([{ STATUS: 'starting' }, ...Array(2).fill({ EXTEND_TIMEOUT_USEC: '30000000' })])
  service.ready(runtime)
  manager.all()
  clock.advance(60_000)
  expect(manager.all()).toEqual([])
  service.stopping()
  service.stopping()
  expect(manager.all()).toEqual([{ STOPPING: '1', STATUS: 'stopping: what runs is given time to end' }])
  expect(during(3_600_000)).toEqual(Array(60).fill({ EXTEND_TIMEOUT_USEC: '30000000' }))
})

test('why it ended is the last status', async () => {
  const { manager, service } = await rig()
  manager.all()
  service.failed(new Error('the store is\nlocked'))
  expect(manager.all()).toEqual([{ STATUS: 'ended: the store is locked' }])
})

test('a socket that cannot be is one warning, and no service', async () => {
  const lines: string[] = []
  const note = (message: string) => void lines.push(message)
  const log = { debug: note, info: note, warn: note, error: note }
  const surroundings = { socket: 'vsock:2:1', watchdogMs: undefined }
  expect(await Service.open(surroundings, new SimulatedClock(), log)).toBeUndefined()
  expect(lines).toEqual(['the service manager cannot be told anything'])
})

test('what systemd says is taken out of the environment, and a watchdog of another process is not ours', () => {
  const env = { NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7', HOME: '/root' }
  expect(takeSurroundings({ ...env }, 7)).toEqual({ socket: '/s', watchdogMs: 30_000 })
  expect(takeSurroundings({ ...env, WATCHDOG_PID: undefined }, 8).watchdogMs).toBe(30_000)
  expect(takeSurroundings({ ...env, WATCHDOG_USEC: 'soon' }, 7).watchdogMs).toBeUndefined()
  expect(takeSurroundings(env, 8)).toEqual({ socket: '/s', watchdogMs: undefined })
  expect(env).toEqual({ HOME: '/root' })
  expect(takeSurroundings({ NOTIFY_SOCKET: '' }, 1).socket).toBeUndefined()
})
