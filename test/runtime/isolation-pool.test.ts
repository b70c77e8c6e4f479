/** The pool: how many threads and processes there are at once, who waits for one, and how they end. */
import { execFile } from 'node:child_process'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Runtime } from '../../src/runtime/runtime.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { cells, isolated, keptLog, PLACES } from './isolated-lab.js'
import { boot, facts, refusal, temporaryDirectory } from './lab.js'

async function namedPipe(): Promise<string> {
  const path = join(await temporaryDirectory(), 'pipe')
  await promisify(execFile)('mkfifo', [path])
  return path
}

test.for(PLACES)(
  'there are at most `workers` at once; who comes when all are busy has his turn later (%s)',
  async (place) => {
    const at = cells()
    const runtime = await boot({ tasks: [isolated('any', place)], multitask: { workers: 2 } })
    const tasks = await runtime.enqueueMany(
      Array.from({ length: 12 }, (_, n) => ({ kind: 'any', input: { do: 'double', n } })),
    )
    expect(await Promise.all(tasks.map((task) => task.finished()))).toEqual(tasks.map((_, n) => 2 * n))
    expect(at.started.seen).toHaveLength(2)
  },
)

test('one is used again by the next run of its sort', async () => {
  const runtime = await boot({ tasks: [isolated('any', 'process')], multitask: { workers: 1 } })
  const looks: unknown[] = []
  for (let n = 0; n < 3; n++) looks.push(await (await runtime.enqueue('any', { do: 'look' })).finished())
  const [first] = looks as { pid: number }[]
  expect(looks).toMatchObject([1, 2, 3].map((calls) => ({ calls, pid: first?.pid })))
})

test('one of another sort makes room when it is idle', async () => {
  const at = cells()
  const tasks = [
    isolated('thread', 'thread'),
    isolated('process', 'process'),
    isolated('large', { in: 'thread', memory: '200 MiB' }),
  ]
  const runtime = await boot({ tasks, multitask: { workers: 1 } })
  for (const kind of ['thread', 'process', 'large', 'thread'] as const) {
    expect(await (await runtime.enqueue(kind, { do: 'double', n: 2 })).finished()).toBe(4)
    expect(at.there).toBe(1)
  }
  expect(at.started.seen.map(({ in: place, memoryMb }) => [place, memoryMb])).toEqual([
    ['thread', 128],
    ['process', 128],
    ['thread', 200],
    ['thread', 128],
  ])
})

test('one that was idle for a while is ended, and a new one is made when it is needed', async () => {
  const at = cells()
  const runtime = await boot({
    tasks: PLACES.map((place) => isolated(place, place)),
    multitask: { idle: 20, workers: 2 },
  })
  for (const kind of PLACES) await (await runtime.enqueue(kind, { do: 'double', n: 2 })).finished()
  await Promise.all(PLACES.map((place) => at.ended.first((fact) => fact.in === place)))
  expect(await (await runtime.enqueue('thread', { do: 'double', n: 2 })).finished()).toBe(4)
  expect(at.started.seen).toHaveLength(3)
})

test('a run that waits for its turn is cancelled at once, and its slot is free', async () => {
  const at = cells()
  const runtime = await boot({
    tasks: [isolated('any', 'thread')],
    multitask: { workers: 1 },
    routes: { default: { concurrency: 2 } },
  })
  const starts = facts('run.start')
  const late = facts('run.late')
  const first = await runtime.enqueue('any', { do: 'waits' })
  await at.here(first.id)
  const waiting = await runtime.enqueue('any', { do: 'double', n: 1 })
  await starts.first(({ id }) => id === waiting.id)
  const queued = await runtime.enqueue('any', { do: 'double', n: 2 })
  await runtime.cancel(waiting.id)
  await late.first(({ id }) => id === waiting.id)
  await starts.first(({ id }) => id === queued.id)
  expect(await first.get()).toMatchObject({ state: 'RUNNING' })
  await runtime.cancel(first.id)
  expect(await queued.finished()).toBe(4)
})

test('the time limit counts from RUNNING, the wait for a turn included; the silence from the start of the processor', async () => {
  const at = cells()
  const tasks = [
    isolated('any', 'thread'),
    isolated('limited', 'thread', { timeout: 50 }),
    isolated('heard', 'thread', { heartbeat: 200 }),
  ]
  const runtime = await boot({ tasks, multitask: { workers: 1 } })
  const from = await namedPipe()
  const first = await runtime.enqueue('any', { do: 'readsAndEmits', from })
  await at.here(first.id)
  const heard = await runtime.enqueue('heard', { do: 'double', n: 1 })
  const limited = await runtime.enqueue('limited', { do: 'double', n: 1 })
  // Longer than the silence that `heard` is allowed: two time limits after one another.
  for (let n = 0; n < 6; n++) {
    const each = n === 0 ? limited : await runtime.enqueue('limited', { do: 'double', n })
    expect(await refusal(each.finished())).toMatchObject({ reason: 'timeout' })
  }
  await writeFile(from, 'go on')
  expect(await heard.finished()).toBe(2)
})

test('a thread that native code holds keeps its slot until it is gone; stop() does not wait for ever', async () => {
  const { log, lines } = keptLog()
  const clock = new SimulatedClock()
  const store = memoryStore()
  const tasks = [isolated('any', { in: 'thread', grace: '1s' })]
  const runtime = new Runtime({ path: 'in-process', tasks, log, multitask: { workers: 1 } }, { store, clock })
  await runtime.start()
  const from = await namedPipe()
  const ended = facts('isolation.ended')
  const cancelled = facts('task.committed')
  const task = await runtime.enqueue('any', { do: 'readsInC', from })
  // Opens when the thread reads at the other end.
  const pipe = await open(from, 'w')
  await runtime.cancel(task.id)
  await cancelled.first(({ to }) => to === 'TERMINATED')
  clock.advance(1000)
  const waits = new Promise<void>((resolve) => {
    const alarm = clock.alarm.bind(clock)
    clock.alarm = (hand, at, fire) => {
      if (at >= clock.steady() + 5_000) setImmediate(resolve)
      return alarm(hand, at, fire)
    }
  })
  const stopped = runtime.stop()
  await waits
  clock.advance(60_000)
  await stopped
  expect(lines.find(({ level }) => level === 'error')?.data).toMatchObject({
    isolated: [expect.stringMatching(/^thread/)],
  })
  expect(ended.seen).toEqual([])
  await pipe.close()
  await ended.first()
})
