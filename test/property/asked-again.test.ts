/**
 * Calls about the same few keys, plain, replacing, debounced and throttled, one at a time and several in one call, with
 * time passing, runs ending and processes dying in between, against a model of arrays.
 */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/runtime/define.js'
import type { EnqueueOptions } from '../../src/runtime/enqueue-options.js'
import type { TaskLog } from '../../src/runtime/log.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { Quiet } from '../../src/testing/quiet.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import fc, { runs } from '../support/fast-check.js'

const RETRY_MS = 50_001

type How = 'plain' | 'later' | 'replace' | 'replaceLater' | 'debounce' | 'debounceMax' | 'throttle'
const HOW: Record<How, EnqueueOptions> = {
  plain: {},
  later: { in: 30_000 },
  replace: { replace: true },
  replaceLater: { replace: true, in: 70_000 },
  debounce: { debounce: 20_000 },
  debounceMax: { debounce: { wait: 20_000, max: 45_000 } },
  throttle: { throttle: 60_000 },
}

interface Call {
  readonly key: 'a' | 'b'
  readonly how: How
}

type Deed =
  | { readonly do: 'call'; readonly calls: readonly Call[] }
  | { readonly do: 'end'; readonly pick: number; readonly ok: boolean }
  | { readonly do: 'cancel'; readonly pick: number }
  | { readonly do: 'remove'; readonly pick: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'die' }

const call = fc.record({ key: fc.constantFrom('a', 'a', 'b'), how: fc.constantFrom(...(Object.keys(HOW) as How[])) })
const pick = fc.nat({ max: 20 })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('call' as const), calls: fc.array(call as fc.Arbitrary<Call>, { minLength: 1, maxLength: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), pick, ok: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 }).map((n) => n * 1_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const) }) },
) // biome-ignore format: a table

interface Task {
  id: string
  key: string | undefined
  input: number
  state: string
  /** When it runs, or is retried. */
  due: number | null
  /** The latest time to which it can be pushed. */
  until: number | undefined
  failures: number
  ran: boolean
}

class Model {
  tasks: Task[] = []
  readonly windows = new Map<string, { id: string; until: number }>()

  ended({ state, due }: Task): boolean {
    return ['FINISHED', 'TERMINATED'].includes(state) || (state === 'FAILED' && due === null)
  }

  /** The task that a call comes to; `made` names a new one. */
  call({ key, how }: Call, input: number, now: number, made: () => string): Task | string {
    const window = this.windows.get(key)
    if (how === 'throttle' && window && window.until > now) return window.id
    const holder = this.tasks.find((task) => task.key === key && !this.ended(task))
    const again = how.startsWith('replace') || how.startsWith('debounce')
    if (holder && !again) return holder
    if (holder && holder.state !== 'RUNNING') {
      const { due, until } = this.#times(how, now, holder.ran ? undefined : holder.until)
      Object.assign(holder, { input, state: 'SPOOLED', due, until, failures: 0 })
      return holder
    }
    if (holder) holder.key = undefined
    const { due, until } = this.#times(how, now, undefined)
    const task = { id: made(), key, input, state: 'SPOOLED', due, until, failures: 0, ran: false }
    this.tasks.push(task)
    if (how === 'throttle') this.windows.set(key, { id: task.id, until: now + 60_000 })
    return task
  }

  #times(how: How, now: number, before: number | undefined): { due: number | null; until: number | undefined } {
    if (!how.startsWith('debounce')) {
      const wait = { later: 30_000, replaceLater: 70_000 }[how as string]
      return { due: wait === undefined ? null : now + wait, until: undefined }
    }
    const until = before ?? (how === 'debounceMax' ? now + 45_000 : undefined)
    const due = Math.min(now + 20_000, until ?? Number.POSITIVE_INFINITY)
    return { due: due <= now ? null : due, until }
  }

  /** What is due runs; there is room for all. */
  start(now: number): void {
    for (const task of this.tasks) {
      const waits = task.state === 'SPOOLED' || (task.state === 'FAILED' && task.due !== null)
      if (!waits || (task.due !== null && task.due > now)) continue
      Object.assign(task, { state: 'RUNNING', due: null, ran: true })
    }
  }

  end(task: Task, ok: boolean, now: number): void {
    task.state = ok ? 'FINISHED' : 'FAILED'
    if (!ok) task.due = ++task.failures < 2 ? now + RETRY_MS : null
  }
}

const nothing = () => undefined
const silent: TaskLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }

class Board {
  store = new PowerLossStore()
  clock = new SimulatedClock()
  runtime!: Runtime
  live = new Map<string, (ok: boolean) => void>()
  readonly quiet = new Quiet()

  async start(): Promise<void> {
    const live = new Map<string, (ok: boolean) => void>()
    this.live = live
    const work = defineTask({
      kind: 'work',
      retry: { attempts: 2, delay: RETRY_MS, jitter: 0 },
      run: (task) =>
        new Promise<null>((resolve, reject) => {
          live.set(task.id, (ok) => (ok ? resolve(null) : reject(new Error('no'))))
        }),
    })
    const options = {
      path: 'memory', tasks: [work], log: silent, interruptions: 1_000, limits: { live: 2 },
      routes: { default: { concurrency: 1_000 } },
    } // biome-ignore format: two lines read better
    this.runtime = new Runtime(options, { store: this.store, clock: this.clock }) as unknown as Runtime
    await this.runtime.start()
    await this.quiet.settled(() => this.store.inFlight > 0)
  }

  async pass(ms: number, model: Model): Promise<void> {
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, this.clock.next)
      this.clock.advance(step)
      await this.quiet.settled(() => this.store.inFlight > 0)
      model.start(this.clock.steady())
      left -= step
    }
  }

  async die(): Promise<void> {
    const dead = this.store
    dead.powerCut({ tear: true })
    this.store = dead.successor()
    this.clock = this.clock.restart()
    await this.start()
  }
}

async function play(deeds: readonly Deed[]): Promise<void> {
  const board = new Board()
  const model = new Model()
  let inputs = 0
  await board.start()
  try {
    for (const deed of deeds) {
      await tell(deed, board, model, () => ++inputs)
      await board.quiet.settled(() => board.store.inFlight > 0)
      await compare(board, model)
    }
    await board.runtime.stop()
  } finally {
    board.quiet.close()
  }
}

async function tell(deed: Deed, board: Board, model: Model, next: () => number): Promise<void> {
  const { runtime, clock } = board
  const now = clock.steady()
  const among = (tasks: Task[]) => ('pick' in deed && tasks.length > 0 ? tasks[deed.pick % tasks.length] : undefined)
  switch (deed.do) {
    case 'call': {
      const calls = deed.calls.map((each) => ({ ...each, input: next() }))
      const list = calls.map(({ key, how, input }) => ({ kind: 'work', input, key, ...HOW[how] }))
      const handles = await runtime.enqueueMany(list)
      for (const [i, each] of calls.entries()) {
        const handle = handles[i] as (typeof handles)[number]
        let made = false
        const task = model.call(each, each.input, now, () => {
          made = true
          return handle.id
        })
        expect({ id: handle.id, made: handle.created }).toEqual({ id: typeof task === 'string' ? task : task.id, made })
      }
      return model.start(now)
    }
    case 'end': {
      const task = among(model.tasks.filter(({ state }) => state === 'RUNNING'))
      if (!task) return
      const end = board.live.get(task.id)
      expect(end, `${task.id} runs`).toBeDefined()
      end?.(deed.ok)
      return model.end(task, deed.ok, now)
    }
    case 'cancel': {
      const task = among(model.tasks.filter((each) => !model.ended(each) && each.state !== 'RUNNING'))
      if (!task) return
      await runtime.cancel(task.id)
      return void Object.assign(task, { state: 'TERMINATED', due: null })
    }
    case 'remove': {
      const task = among(model.tasks.filter((each) => model.ended(each)))
      if (!task) return
      await runtime.remove(task.id)
      return void model.tasks.splice(model.tasks.indexOf(task), 1)
    }
    case 'pass':
      return board.pass(deed.ms, model)
    case 'die':
      return board.die()
  }
}

async function compare({ runtime }: Board, model: Model): Promise<void> {
  const { items } = await runtime.find({ limit: 1_000 })
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
  const shown = items.map(({ id, key, input, state }) => ({ id, key, input, state })).sort(byId)
  const expected = model.tasks.map(({ id, key, input, state }) => ({ id, key, input, state })).sort(byId)
  expect(shown).toEqual(expected)
}

test('calls about the same thing come to one task or another as their options say, whatever happens in between', async () => {
  await fc.assert(fc.asyncProperty(fc.array(deed, { maxLength: 40 }), play), { numRuns: runs(150, 3_000) })
}, 3_600_000)
