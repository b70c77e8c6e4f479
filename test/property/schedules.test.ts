/**
 * Random schedules lived through random stories of the clock (ticks, restarts, cuts, steps both ways, pauses, other
 * times, long sleeps), beside a model of arrays. Thousands of them as the statechart and its arithmetic alone, hundreds
 * through the whole runtime. TORTURE=1 for many more.
 */
import { expect, test } from 'vitest'
import { type ScheduleContext, scheduleMachine, type Times, tickId, ticksDue, untouched } from '../../machines/index.js'
import { pureScope } from '../../src/kernel/pure.js'
import type { ScheduleDefinition } from '../../src/runtime/schedule.js'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'
import fc, { runs } from '../support/fast-check.js'
import { Model, type Rules } from './schedule-model.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const LONG = Boolean(process.env.TORTURE)
/** The model's arrays cover this time on both sides of the start. */
const REACH = 26 * HOUR

interface Pattern {
  readonly everyMs: number
  readonly offsetMs: number
  /** As a list of dates instead of an interval. */
  readonly dates: number | undefined
}

interface Given {
  readonly pattern: Pattern
  readonly overlap: Rules['overlap']
  readonly queueLimit: number
  readonly missed: Rules['missed']
  readonly untilMs: number | undefined
  readonly count: number | undefined
}

type Act =
  | { readonly type: 'pass' | 'sleep' | 'step' | 'off'; readonly ms: number }
  | { readonly type: 'cut'; readonly ms: number; readonly tear: boolean }
  | { readonly type: 'kill' | 'finish' | 'pause' | 'resume' }
  | { readonly type: 'change'; readonly pattern: Pattern }

const tens = (most: number) => fc.integer({ min: 1, max: most / 10_000 }).map((n) => n * 10_000)
const pattern = fc.record({
  everyMs: fc.constantFrom(MINUTE, 3 * MINUTE, 20 * MINUTE, HOUR, 7 * HOUR),
  offsetMs: fc.integer({ min: 0, max: 5 }).map((n) => n * 10 * SECOND),
  dates: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 4 }),
})
const given = fc.record({
  pattern,
  overlap: fc.constantFrom('skip', 'queue', 'allow', 'replace'),
  queueLimit: fc.integer({ min: 1, max: 4 }),
  missed: fc.record({
    policy: fc.constantFrom('skip', 'first', 'last', 'all'),
    windowMs: fc.constantFrom(0, 90 * SECOND, HOUR, 24 * HOUR),
    limit: fc.integer({ min: 1, max: 6 }),
  }),
  untilMs: fc.option(tens(4 * HOUR), { nil: undefined, freq: 3 }),
  count: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 3 }),
})
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('cut' as const), ms: tens(HOUR), tear: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: tens(2 * MINUTE) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('sleep' as const), ms: tens(2 * HOUR) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('step' as const),
      ms: fc.oneof(
        tens(3 * HOUR),
        tens(3 * HOUR).map((ms) => -ms),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('off' as const), ms: tens(3 * HOUR) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('kill' as const, 'finish' as const, 'pause' as const, 'resume' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('change' as const), pattern }) },
)
/** No longer than the spans of a record reach: beyond them the ids of the tasks answer for what was made. */
const story = fc.array(act, { minLength: 2, maxLength: 8 })

function instantsOf({ everyMs, offsetMs, dates }: Pattern): number[] {
  const from = SIMULATED_START + offsetMs
  const all: number[] = []
  if (dates === undefined) for (let at = from; at < SIMULATED_START + REACH; at += everyMs) all.push(at)
  else for (let n = 1; n <= dates; n++) all.push(from + n * everyMs)
  return all
}

function rulesOf({ pattern: times, untilMs, count, ...rest }: Given): Rules {
  const until = untilMs === undefined ? null : SIMULATED_START + untilMs
  return { ...rest, instants: instantsOf(times), until, count: count ?? null }
}

/** What is lived: the real thing, in one of two shapes. */
interface Life {
  look(): Promise<void>
  pass(ms: number): Promise<void>
  step(ms: number): Promise<void>
  off(ms: number): Promise<void>
  kill(): Promise<void>
  cut(ms: number, tear: boolean): Promise<void>
  finish(at: number | undefined): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  change(given: Given): Promise<void>
  told(): Promise<object>
  now(): number
}

async function lived(life: Life, model: Model, first: Given, acts: readonly Act[]): Promise<void> {
  let now = first
  const look = async () => {
    await life.look()
    model.look(life.now())
  }
  for (const each of acts) {
    switch (each.type) {
      case 'pass':
        for (let left = each.ms; left > 0; left -= 10 * SECOND) {
          await life.pass(10 * SECOND)
          model.look(life.now())
        }
        break
      case 'sleep':
        await life.pass(each.ms)
        break
      case 'step':
        await life.step(each.ms)
        break
      case 'off':
        await life.off(each.ms)
        break
      case 'kill':
        await life.kill()
        break
      case 'cut':
        await life.cut(each.ms, each.tear)
        break
      case 'finish':
        await life.finish(model.finish())
        break
      case 'pause':
        model.pause()
        await life.pause()
        break
      case 'resume':
        model.resume(life.now())
        await life.resume()
        break
      default:
        now = { ...now, pattern: each.pattern }
        if (JSON.stringify(instantsOf(each.pattern)) === JSON.stringify(model.rules.instants)) break
        model.change(rulesOf(now), life.now())
        await life.change(now)
    }
    await look()
    const { state, made, counters, waiting } = model
    const expected = { state, made: [...made].sort((a, b) => a - b), counters, waiting: waiting.length }
    expect(await life.told(), JSON.stringify(each)).toEqual(expected)
  }
}

/** The statechart and its arithmetic, with a clock that is a number and a disk that is JSON. */
class PureLife implements Life {
  #now = SIMULATED_START
  #given: Given
  #times: Times
  #record: { value: string; context: ScheduleContext }
  #made = new Set<number>()
  #open = new Set<string>()
  #orders: { type: string; params: { instants?: readonly number[]; ids?: readonly string[] } }[] = []
  readonly #scope = pureScope('schedule', (type, params) => void this.#orders.push({ type, params: params as never }))

  constructor(first: Given) {
    this.#given = first
    this.#times = timesOf(instantsOf(first.pattern))
    const seen = this.#now
    const context: ScheduleContext = {
      id: 's', hand: 'wall', rules: this.#rules(), seen, spans: [[seen, seen]], next: null, last: null, made: 0, skipped: 0,
      missed: 0, faults: 0, triggered: 0, open: [], waiting: [], history: [],
    } // biome-ignore format: a record
    this.#record = { value: 'new', context }
    this.#send({ type: 'put', hand: 'wall', rules: this.#rules(), seen, next: this.#next(seen) })
  }

  #rules() {
    const { overlap, queueLimit, count } = this.#given
    return { overlap, queueLimit, count: count ?? null }
  }

  #untouched() {
    return untouched(this.#times, this.#record.context.spans)
  }

  #next(after: number): number | null {
    const next = this.#untouched().next(after)
    const { untilMs } = this.#given
    return next === undefined || (untilMs !== undefined && next > SIMULATED_START + untilMs) ? null : next
  }

  #send(event: object): void {
    const record = JSON.parse(JSON.stringify(this.#record)) as { value: string; context: ScheduleContext }
    const now = { wall: this.#now, steady: 0 }
    this.#orders = []
    const next = scheduleMachine.transition(
      scheduleMachine.resolveState(record as never),
      { ...event, now } as never,
      this.#scope as never,
    )
    this.#record = { value: next.value as string, context: next.context }
    for (const { type, params } of this.#orders) {
      if (type === 'replace') for (const id of params.ids ?? []) this.#open.delete(id)
      if (type !== 'make') continue
      for (const at of params.instants ?? []) {
        expect(this.#made.has(at), `${at} is made once`).toBe(false)
        this.#made.add(at)
        this.#open.add(tickId('s', 'wall', at))
      }
    }
  }

  #tick(): void {
    const { context, value } = this.#record
    if (value !== 'active') return
    const { missed, untilMs } = this.#given
    const until = untilMs === undefined ? null : SIMULATED_START + untilMs
    if (context.seen > this.#now) this.#send({ type: 'rewind', seen: this.#now, next: this.#next(this.#now) })
    const { seen } = this.#record.context
    const due = ticksDue(this.#untouched(), seen, this.#now, missed, until)
    this.#send({
      type: 'tick',
      due,
      next: this.#next(Math.max(seen, due.upTo ?? seen)),
      unended: context.open.filter((id) => this.#open.has(id)),
      existing: [...this.#made].map((at) => tickId('s', 'wall', at)),
      jumps: [],
    })
  }

  now = () => this.#now
  look = async () => this.#tick()
  pass = async (ms: number) => {
    this.#now += ms
    this.#tick()
  }
  step = this.pass
  off = this.pass
  cut = this.pass
  kill = async () => undefined
  finish = async (at: number | undefined) => {
    if (at === undefined) return
    this.#open.delete(tickId('s', 'wall', at))
    this.#tick()
  }
  pause = async () => this.#send({ type: 'pause' })
  resume = async () => {
    const { missed, untilMs } = this.#given
    const until = untilMs === undefined ? null : SIMULATED_START + untilMs
    if (this.#record.value !== 'paused') return
    const due = ticksDue(this.#untouched(), this.#record.context.seen, this.#now, missed, until)
    const passed = { ...due, make: [], passed: due.passed + due.make.length }
    this.#send({ type: 'resume', passed, seen: this.#now, next: this.#next(this.#now) })
    this.#tick()
  }
  change = async (other: Given) => {
    this.#given = other
    this.#times = timesOf(instantsOf(other.pattern))
    const seen = this.#now
    this.#send({ type: 'put', hand: 'wall', rules: this.#rules(), seen, next: this.#next(seen) })
    this.#tick()
  }
  told = async () => {
    const { value, context } = this.#record
    const { made, skipped, missed, waiting } = context
    return {
      state: value,
      made: [...this.#made].sort((a, b) => a - b),
      counters: { made, skipped, missed },
      waiting: waiting.length,
    }
  }
}

function timesOf(instants: readonly number[]): Times {
  return {
    next: (after) => instants.find((at) => at > after),
    last: (at) => instants.findLast((each) => each <= at),
  }
}

/** The whole runtime, over a store that loses its power. */
class WholeLife implements Life {
  readonly #it: Board
  #given: Given

  constructor(it: Board, first: Given) {
    this.#it = it
    this.#given = first
  }

  get #options() {
    return {
      clock: { hold: 0 },
      interruptions: 1_000_000,
      routes: { default: { concurrency: 1000 } },
      schedules: { s: definitionOf(this.#given) },
    }
  }

  start = async () => void (await this.#it.start(this.#options))
  now = () => this.#it.clock.wall()
  look = async () => this.#it.settled()
  pass = async (ms: number) => this.#it.pass(ms)
  step = async (ms: number) => this.#it.step(ms)
  off = async (ms: number) => void (await this.#it.powerOff(ms))
  kill = async () => void (await this.#it.kill())
  cut = async (ms: number, tear: boolean) => void (await this.#it.cut(ms, tear))
  finish = async (at: number | undefined) => {
    const id = tickId('s', 'wall', at ?? 0)
    this.#it.slow.get(id)?.finish()
    await this.#it.settled()
  }
  pause = async () => void (await this.#it.runtime.schedules.pause('s').catch(ended))
  resume = async () => void (await this.#it.runtime.schedules.resume('s').catch(ended))
  change = async (other: Given) => {
    this.#given = other
    await this.#it.kill(this.#options)
  }
  told = async () => {
    const view = await this.#it.runtime.schedules.get('s')
    const { made, skipped, missed } = view?.counters ?? {}
    const instants = (await this.#it.made('s')).map((each) => Date.parse(each))
    return {
      state: view?.state,
      made: instants.sort((a, b) => a - b),
      counters: { made, skipped, missed },
      waiting: view?.waiting,
    }
  }
}

const ended = (error: { code: string }) => expect(error.code).toBe('ERR_ILLEGAL_TRANSITION')

function definitionOf({ pattern: times, untilMs, count, missed, overlap, queueLimit }: Given): ScheduleDefinition {
  const from = SIMULATED_START + times.offsetMs
  return {
    ...(times.dates === undefined ? { every: times.everyMs, from } : { at: instantsOf(times) }),
    task: { kind: 'slow' },
    overlap,
    queueLimit,
    missed: { policy: missed.policy, window: missed.windowMs, limit: missed.limit },
    ...(untilMs === undefined ? {} : { until: SIMULATED_START + untilMs }),
    ...(count === undefined ? {} : { count }),
  } as ScheduleDefinition
}

const sane = (first: Given) => first.untilMs === undefined || first.untilMs >= first.pattern.offsetMs

test(
  'a schedule makes what the model makes: as statechart and arithmetic',
  async () => {
    await fc.assert(
      fc.asyncProperty(given, story, async (first, acts) => {
        fc.pre(sane(first))
        await lived(new PureLife(first), new Model(rulesOf(first), SIMULATED_START), first, acts)
      }),
      { numRuns: runs(10_000, 200_000) },
    )
  },
  LONG ? 3_600_000 : 180_000,
)

test(
  'a schedule makes what the model makes: through the whole runtime',
  async () => {
    await fc.assert(
      fc.asyncProperty(given, story, async (first, acts) => {
        fc.pre(sane(first) && acts.every((each) => each.type !== 'change' || sane({ ...first, pattern: each.pattern })))
        const it = new Board()
        const life = new WholeLife(it, first)
        try {
          await life.start()
          await lived(life, new Model(rulesOf(first), SIMULATED_START), first, acts)
        } finally {
          await it.close()
        }
      }),
      { numRuns: runs(300, 5_000) },
    )
  },
  LONG ? 3_600_000 : 180_000,
)
