/**
 * Days of a board that pass in minutes, on a real disk: schedules, machines that wait, failures and their retries,
 * retention. After each day: what lives in memory, and what lies on disk.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { assign, setup } from 'xstate'
import { type AnyDefinition, defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { diskStore } from '../../src/store/disk.js'
import type { Entry, Op, Range } from '../../src/store/store.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { Quiet } from '../../src/testing/quiet.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { SILENT } from './rich-store.js'

const DAY_MS = 86_400_000
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Day {
  /** MiB. */
  readonly heap: number
  readonly disk: number
  readonly tasks: number
  /** Ended so far, those included that retention has removed. */
  readonly ran: number
}

/** Knows when something is on its way to the disk or back. */
class BusyStore extends FaultyStore {
  busy = 0

  override batch(ops: readonly Op[], sync: boolean): Promise<void> {
    return this.#count(super.batch(ops, sync))
  }

  override get(key: string): Promise<string | undefined> {
    return this.#count(super.get(key))
  }

  override getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#count(super.getMany(keys))
  }

  override page(range: Range): Promise<Entry[]> {
    return this.#count(super.page(range))
  }

  override keys(range: Range): Promise<string[]> {
    return this.#count(super.keys(range))
  }

  override compact(from: string, to: string): Promise<void> {
    return this.#count(super.compact(from, to))
  }

  #count<T>(work: Promise<T>): Promise<T> {
    this.busy++
    return work.finally(() => this.busy--)
  }
}

/** Looks every ten minutes, six times; what it saw stays in its context. */
const poller = setup({ types: { context: {} as { seen: number[] } } }).createMachine({
  context: { seen: [] },
  initial: 'waiting',
  states: {
    waiting: { after: { 600000: 'looking' } },
    looking: {
      entry: assign({ seen: ({ context }) => [...context.seen, context.seen.length] }),
      always: [{ guard: ({ context }) => context.seen.length >= 6, target: 'over' }, { target: 'waiting' }],
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.seen,
})

function kindsOf(ran: () => void): AnyDefinition[] {
  return [
    defineTask({
      kind: 'work',
      run: async (task) => {
        ran()
        task.emit({ type: 'worked', text: 'what it did '.repeat(10) })
        await task.enqueue('leaf', 'what it leaves '.repeat(10))
      },
    }),
    defineTask({ kind: 'leaf', run: ran }),
    defineTask({
      kind: 'flaky',
      retry: { attempts: 4, delay: '3m', jitter: 0 },
      run: (task) => {
        ran()
        if (task.attempt < 3) throw new Error('not yet')
      },
    }),
    defineTask({ kind: 'doomed', retry: { attempts: 2, delay: '5m' }, run: () => Promise.reject(new Error('never')) }),
    defineTask({ kind: 'poller', machine: poller }),
  ]
}

/** `every`: the interval of what is done most, in milliseconds. `heard` hears of each day. */
export async function soak(
  path: string,
  days: number,
  every: number,
  heard: (day: Day, n: number) => void,
): Promise<Day[]> {
  const store = new BusyStore(diskStore(path))
  const clock = new SimulatedClock()
  const quiet = new Quiet()
  let ran = 0
  const keep = { age: '1d', count: 3_000 } as const
  const runtime = new Runtime(
    {
      path,
      tasks: kindsOf(() => ran++),
      schedules: {
        often: { every, task: { kind: 'work' } },
        polled: { every: '30m', overlap: 'allow', task: { kind: 'poller' } },
        hourly: { every: '1h', task: { kind: 'flaky' } },
        nightly: { cron: '0 3 * * *', timezone: 'UTC', task: { kind: 'doomed' } },
      },
      retention: { finished: keep, failed: keep, terminated: keep },
      log: SILENT,
    },
    { store, clock },
  ) as unknown as Runtime
  await runtime.start()
  const found: Day[] = []
  try {
    for (let n = 1; n <= days; n++) {
      for (let passed = 0; passed < DAY_MS; passed += every) {
        clock.advance(every)
        await quiet.settled(() => store.busy > 0)
      }
      collect()
      const heap = process.memoryUsage().heapUsed / 2 ** 20
      const day = { heap, disk: (await bytesIn(path)) / 2 ** 20, tasks: await runtime.count({}), ran }
      found.push(day)
      heard(day, n)
    }
    return found
  } finally {
    quiet.close()
    await runtime.stop()
  }
}

async function bytesIn(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** What it came to in the first third of the days and in the last, when the first few have filled what is kept. */
export function thirds(
  days: readonly Day[],
  filling: number,
  of: (day: Day) => number,
): { first: number; last: number } {
  const values = days.slice(filling).map(of)
  const third = Math.floor(values.length / 3)
  return { first: Math.max(...values.slice(0, third)), last: Math.max(...values.slice(-third)) }
}
