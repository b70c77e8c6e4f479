/**
 * What a person asks of a schedule beside its ticks: a task now, and the tasks of a time that has passed.
 */
import { type Instant, instantMs, isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { dedupeKey } from '../model/keys.js'
import type { Admitted } from './admission.js'
import type { Scheduled } from './almanac.js'
import type { Draft, DraftRules } from './draft.js'
import { checkScheduleId, draftOfTemplate, naming } from './schedule.js'
import { draftOfHand, KnownTasks } from './tick-tasks.js'
import type { TickerParts } from './ticker.js'
import { turnOf } from './turns.js'

export type ExtraTicksParts = Pick<
  TickerParts,
  'store' | 'ledger' | 'admission' | 'routes' | 'dedupe' | 'rules' | 'almanac'
>

/** Tasks of one backfill, and those of a schedule that have not ended. */
const MOST_TASKS = 1000
const PAGE = 500

export class ExtraTicks {
  readonly #parts: ExtraTicksParts

  constructor(parts: ExtraTicksParts) {
    this.#parts = parts
  }

  /** Makes a task now, outside of the ticks. @returns the task, or the one that holds the key of the template */
  async trigger(id: string): Promise<Admitted> {
    checkScheduleId(id, 'schedules.trigger')
    return this.#inTurn(id, async () => {
      const { almanac, ledger, admission, store, rules, dedupe } = this.#parts
      const schedule = await almanac.get(id)
      const template = await this.#template(schedule, rules)
      const now = ledger.now()
      const { open } = schedule.status.context
      const names = Array.from({ length: 10 }, (_, n) => `${id}@by-hand:${isoTime(now.wall + n)}`)
      const { key } = template.extras
      const kind = template.kind.name
      return admission.inTurn([...names, ...(key === undefined ? [] : [dedupeKey(kind, key)])], async () => {
        const known = await KnownTasks.of([...open, ...names], store, ledger)
        const holder = key === undefined ? undefined : await dedupe.lookup(kind, key)
        if (holder !== undefined) return { id: holder, created: false }
        // Two triggers of one millisecond are two tasks.
        const task = names.find((name) => !known.has(name)) as string
        this.#trigger(schedule, draftOfHand(template, id, task, now.wall, schedule.plan.overlap === 'queue'), known)
        await ledger.commit.durable()
        return { id: task, created: true }
      })
    })
  }

  /** The task and the record of its schedule are one step. */
  #trigger(schedule: Scheduled, draft: Draft, known: KnownTasks): void {
    const { almanac, ledger, admission, routes } = this.#parts
    const unended = schedule.status.context.open.filter((each) => known.open(each))
    if (unended.length >= MOST_TASKS) {
      throw new HoldfastError(
        'ERR_TOO_MANY',
        `schedule '${schedule.id}' has ${unended.length} tasks that have not ended`,
        {
          hint: 'Let them end, or cancel them.',
        },
      )
    }
    routes.admit(draft.route, 1)
    almanac.step(schedule, { type: 'trigger', now: ledger.now(), id: draft.id, unended })
    almanac.write(schedule)
    admission.make(draft)
  }

  /**
   * Makes the tasks of the instants from `from` on and before `to` (at the latest now) that have none, whatever
   * `overlap` says; at most 1,000. @returns how many were made
   */
  async backfill(id: string, from: Instant, to: Instant): Promise<number> {
    const where = `schedule '${checkScheduleId(id, 'schedules.backfill')}'`
    const [first, end] = [instantMs(from, 'from'), instantMs(to, 'to')]
    return this.#inTurn(id, async () => {
      const { almanac, ledger, rules, store, admission } = this.#parts
      const schedule = await almanac.get(id)
      if (schedule.plan.clock === 'monotonic')
        throw new HoldfastError('ERR_INVALID_SCHEDULE', `${where} is monotonic: it has no instants of the day to fill`)
      const template = await this.#template(schedule, rules)
      const last = Math.min(end - 1, ledger.now().wall, schedule.plan.until ?? end)
      const drafts: Draft[] = []
      const times = almanac.pattern(schedule)
      for (let at = times.next(first - 1); at !== undefined && at <= last; at = times.next(at)) {
        if (drafts.length === MOST_TASKS) {
          throw new HoldfastError('ERR_TOO_MANY', `${where} has more than ${MOST_TASKS} instants in that time`, {
            hint: 'Fill a shorter time; then the next.',
          })
        }
        drafts.push(draftOfHand(template, id, `${id}@${isoTime(at)}`, at, false))
      }
      let made = 0
      for (let at = 0; at < drafts.length; at += PAGE) {
        const page = drafts.slice(at, at + PAGE)
        const known = await KnownTasks.of(
          page.map((draft) => draft.id),
          store,
          ledger,
        )
        const admitted = await admission.admit(page.filter((draft) => !known.has(draft.id)))
        made += admitted.filter(({ created }) => created).length
      }
      if (made > 0) {
        almanac.step(schedule, { type: 'backfilled', now: ledger.now(), count: made })
        almanac.write(schedule)
        await ledger.commit.durable()
      }
      return made
    })
  }

  async #template(schedule: Scheduled, rules: DraftRules): Promise<Draft> {
    try {
      return await draftOfTemplate(rules, schedule.plan.task, undefined)
    } catch (error) {
      throw naming(`schedule '${schedule.id}': task`, error)
    }
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#parts.admission.inTurn([turnOf(id)], work)
  }
}
