/**
 * Wear: what a flash card has to take of this runtime, by days of the steady hand. Today's figures are part of the
 * mark; those of the days before have a key of their own, which is written once a day.
 */
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { writtenBytes } from '../kernel/written.js'
import { isoTime } from '../model/duration.js'
import { keyOf } from '../model/keys.js'
import { type Size, sizeBytes } from '../model/size.js'
import type { Batch } from '../store/batch.js'
import { onlyKnown, whole } from './checks.js'
import type { TaskLog } from './log.js'

/** What may be written on a day before the runtime warns. */
export interface WearBudget {
  /** Bytes, or text such as `'50MB'`. Compared with what the kernel says was written, where it does. */
  readonly bytesPerDay?: Size
  readonly fsyncsPerDay?: number
}

/** What was written, by days of 24 hours that no clock step moves. */
export interface WearReport {
  /** Keys and values handed to the store today. */
  readonly bytesToday: number
  /** Synced batches today. */
  readonly fsyncsToday: number
  /** Mean of the last days, at most 7; of today alone when there is no other. */
  readonly bytesPerDay: number
  readonly fsyncsPerDay: number
  /** When counting began. */
  readonly since: string
  readonly budget?: { readonly bytesPerDay?: number; readonly fsyncsPerDay?: number }
  /** What the kernel says the process wrote, the store's log and compaction included; read once a minute. */
  readonly written?: { readonly bytesToday: number; readonly bytesPerDay: number }
}

export interface CheckedBudget {
  readonly bytesPerDay?: number
  readonly fsyncsPerDay?: number
}

/** @throws ERR_INVALID_OPTION */
export function budgetOf(given: WearBudget = {}): CheckedBudget {
  onlyKnown(given, ['bytesPerDay', 'fsyncsPerDay'], 'wear')
  const { bytesPerDay, fsyncsPerDay } = given
  return {
    ...(bytesPerDay === undefined ? {} : { bytesPerDay: sizeBytes(bytesPerDay, 'wear.bytesPerDay') }),
    ...(fsyncsPerDay === undefined ? {} : { fsyncsPerDay: whole(fsyncsPerDay, 'wear.fsyncsPerDay', 0, 1_000_000_000) }),
  }
}

/** A day: its number, what was written, whether the budget was passed, and the events emitted up to its end. */
interface Day {
  readonly day: number
  bytes: number
  fsyncs: number
  written: number
  warned: boolean
  emitted: number
}

/** A day as it is kept. */
export type DayMark = readonly [
  day: number,
  bytes: number,
  fsyncs: number,
  written: number,
  warned: 0 | 1,
  emitted: number,
]

export const WEAR_KEY = keyOf('meta', 'wear')
const DAY_MS = 86_400_000
const LOOK_MS = 60_000
/** Days that are averaged, and one more: an event is a week old when its day is. */
const WEEK = 7
const HINT = "make readings `durability: 'lazy'`, set a `commitWindow`, or raise the budget `wear`"

export class Wear {
  readonly #clock: Clock
  readonly #log: TaskLog
  readonly #budget: CheckedBudget
  readonly #emitted: () => number
  #today: Day | undefined
  /** The days before, the latest last. */
  #before: Day[] = []
  #since = 0
  #looked = Number.NEGATIVE_INFINITY
  #kernel: number | undefined
  /** The days before are not on disk as they are. */
  #unkept = false

  constructor(clock: Clock, log: TaskLog, budget: CheckedBudget, emitted: () => number) {
    this.#clock = clock
    this.#log = log
    this.#budget = budget
    this.#emitted = emitted
  }

  /** Goes on from what was kept, at a start. */
  restore(today: DayMark | undefined, before: string | undefined): void {
    this.#kernel = writtenBytes()
    this.#since = this.#clock.wall()
    this.#today = dayOf(today)
    try {
      const { since, days } = JSON.parse(before ?? '{}') as { since?: number; days?: DayMark[] }
      this.#since = since ?? this.#since
      this.#before = (days ?? []).flatMap((each) => dayOf(each) ?? [])
    } catch {
      this.#before = []
    }
  }

  get mark(): DayMark | undefined {
    return this.#today && markOf(this.#today)
  }

  /** A synced batch leaves. */
  count(batch: Batch): void {
    const today = this.#turn()
    if (this.#unkept) {
      this.#unkept = false
      batch.put(WEAR_KEY, JSON.stringify({ since: this.#since, days: this.#before.map(markOf) }))
    }
    today.fsyncs++
  }

  /** It is on its way: what it holds is in the mark of the next one. */
  weigh({ ops }: Batch): void {
    const today = this.#today
    if (!today || ops.length === 0) return
    for (const op of ops) today.bytes += op.key.length + (op.type === 'put' ? Buffer.byteLength(op.value) : 0)
    if (this.#clock.steady() - this.#looked >= LOOK_MS) this.#look(today)
    if (!today.warned && this.#exceeded(today)) this.#warn(today)
  }

  /** What is written outside of a commit. */
  add(bytes: number, fsyncs = 0): void {
    if (!this.#today) return
    this.#today.bytes += bytes
    this.#today.fsyncs += fsyncs
  }

  /** A commit failed: what it held may not be on disk. */
  doubt(): void {
    this.#unkept = true
  }

  report(): WearReport {
    const today = this.#turn()
    const written = this.#look(today)
    const days = this.#before.filter(({ day }) => day >= today.day - WEEK)
    const span = Math.min(WEEK, today.day - (this.#before[0]?.day ?? today.day))
    const mean = (of: (day: Day) => number) =>
      span === 0 ? of(today) : Math.round(days.reduce((sum, day) => sum + of(day), 0) / span)
    const { bytesPerDay, fsyncsPerDay } = this.#budget
    return {
      bytesToday: today.bytes,
      fsyncsToday: today.fsyncs,
      bytesPerDay: mean(({ bytes }) => bytes),
      fsyncsPerDay: mean(({ fsyncs }) => fsyncs),
      since: isoTime(this.#since),
      ...(bytesPerDay === undefined && fsyncsPerDay === undefined ? {} : { budget: this.#budget }),
      ...(written ? { written: { bytesToday: today.written, bytesPerDay: mean((day) => day.written) } } : {}),
    }
  }

  /** The latest event that was emitted more than a week ago; 0 when there is none. */
  oldEvents(): number {
    const today = Math.floor(this.#clock.steady() / DAY_MS)
    return Math.max(0, ...this.#before.filter(({ day }) => day < today - WEEK).map(({ emitted }) => emitted))
  }

  /** The day that it is now; the one before it is put with the others. */
  #turn(): Day {
    const day = Math.floor(this.#clock.steady() / DAY_MS)
    if (this.#today?.day === day) return this.#today
    if (this.#today) {
      this.#today.emitted = this.#emitted()
      // Of the days that are too old to be averaged the latest is kept: its events are those that are too old.
      const past = [...this.#before, this.#today]
      const old = past.filter((each) => each.day < day - WEEK)
      this.#before = [...old.slice(-1), ...past.filter((each) => each.day >= day - WEEK)]
    }
    this.#today = { day, bytes: 0, fsyncs: 0, written: 0, warned: false, emitted: 0 }
    this.#unkept = true
    return this.#today
  }

  /** Asks the kernel; true when it answers. */
  #look(today: Day): boolean {
    this.#looked = this.#clock.steady()
    const bytes = writtenBytes()
    if (bytes === undefined) return false
    today.written += Math.max(0, bytes - (this.#kernel ?? bytes))
    this.#kernel = bytes
    return true
  }

  #exceeded({ bytes, written, fsyncs }: Day): boolean {
    const { bytesPerDay = Number.POSITIVE_INFINITY, fsyncsPerDay = Number.POSITIVE_INFINITY } = this.#budget
    return Math.max(bytes, written) > bytesPerDay || fsyncs > fsyncsPerDay
  }

  #warn(today: Day): void {
    today.warned = true
    const { fsyncs } = today
    const bytes = Math.max(today.bytes, today.written)
    this.#log.warn(`more was written today than the budget allows: ${HINT}`, { bytes, fsyncs, budget: this.#budget })
    tell('wear.exceeded', () => ({ bytes, fsyncs, budget: this.#budget }))
  }
}

function markOf({ day, bytes, fsyncs, written, warned, emitted }: Day): DayMark {
  return [day, bytes, fsyncs, written, warned ? 1 : 0, emitted]
}

function dayOf(mark: DayMark | undefined): Day | undefined {
  if (!Array.isArray(mark) || mark.length !== 6 || !mark.every((each) => Number.isSafeInteger(each))) return undefined
  const [day, bytes, fsyncs, written, warned, emitted] = mark
  return { day, bytes, fsyncs, written, warned: warned === 1, emitted }
}
