/** The tasks of a schedule: made out of its template, found by their ids. */
import { type Now, spread } from '../../machines/index.js'
import type { HoldfastError } from '../model/errors.js'
import { decodeRecord } from '../model/record.js'
import type { Store } from '../store/store.js'
import type { Scheduled } from './almanac.js'
import type { Draft } from './draft.js'
import type { Ledger } from './ledger.js'
import { storedRecords } from './stored-records.js'

/** The draft of the task of an instant, out of the draft of the template. */
export function draftOfTick(
  template: Draft,
  { id: schedule, plan, status }: Scheduled,
  id: string,
  instant: number,
  now: Now,
): Draft {
  const { hand } = status.context
  const at = hand === 'wall' ? instant : instant - now.steady + now.wall
  const late = plan.jitterMs > 0 ? spread(id, plan.jitterMs) : 0
  const extras = { ...template.extras, schedule: mark(schedule, at, plan.overlap === 'queue') }
  if (template.inMs !== undefined) return { ...template, id, named: true, extras, inMs: template.inMs + late }
  // On the hand of the schedule: a step of the clock moves the one and not the other.
  if (hand === 'wall') return { ...template, id, named: true, extras, runAt: at + late }
  return { ...template, id, named: true, extras, runAt: at + late, inMs: Math.max(0, instant + late - now.steady) }
}

/** The draft of a task by hand, or of an instant made later: at once. */
export function draftOfHand(template: Draft, schedule: string, id: string, at: number, queue: boolean): Draft {
  const runAt = template.inMs === undefined ? { runAt: at } : {}
  return { ...template, ...runAt, id, named: true, extras: { ...template.extras, schedule: mark(schedule, at, queue) } }
}

function mark(id: string, at: number, queue: boolean) {
  return queue ? ({ id, at, queue } as const) : { id, at }
}

/** Which tasks are there, as the disk had them; what is in memory is newer and is asked at the moment of a step. */
export class KnownTasks {
  readonly #ledger: Ledger
  readonly #there = new Set<string>()
  readonly #open = new Set<string>()
  /** The records of those that are there. */
  readonly #texts = new Map<string, string>()

  private constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Looks up the tasks of some ids. */
  static async of(ids: readonly string[], store: Store, ledger: Ledger): Promise<KnownTasks> {
    const known = new KnownTasks(ledger)
    // A record in quarantine keeps its id.
    const records = await storedRecords(store, ids, 'quarantine')
    records.forEach(({ class: stored, beside: aside, text }, i) => {
      const id = ids[i] as string
      if (text !== undefined) known.#texts.set(id, text)
      if (stored !== undefined || aside !== undefined) known.#there.add(id)
      if (stored === 'live' || stored === 'dormant') known.#open.add(id)
    })
    return known
  }

  has(id: string): boolean {
    return this.#there.has(id) || this.#ledger.directory.resident(id) !== undefined
  }

  /** There is such a task, and it is none of the schedule's: somebody gave it the id of a tick. */
  isOfOthers(id: string, schedule: string): boolean {
    const unit = this.#ledger.directory.resident(id)
    if (unit) return unit.extras.schedule?.id !== schedule
    const text = this.#texts.get(id)
    if (text === undefined) return false
    try {
      return decodeRecord(id, text).extras.schedule?.id !== schedule
    } catch {
      // Damaged, it is nobody's.
      return false
    }
  }

  /** The task is there and has not ended. */
  open(id: string): boolean {
    const unit = this.#ledger.directory.resident(id)
    return unit ? !unit.ended : this.#open.has(id)
  }
}

/** An error as the history of a schedule and its telemetry have it. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as Partial<HoldfastError>
  return `${code === undefined ? '' : `${code}: `}${message ?? String(error)}`.slice(0, 200)
}
