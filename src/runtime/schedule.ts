/** A schedule as users write it, checked through and through when it is made. */
import { type Duration, durationMs, type Instant, instantMs } from '../model/duration.js'
import { HoldfastError, shown } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import { recurrenceOf, type ScheduleTimes } from '../model/recurrence.js'
import type { SchedulePlan } from '../model/schedule-record.js'
import { checkName, onlyKnown } from './checks.js'
import { type Draft, type DraftRules, draftOf } from './draft.js'
import type { EnqueueOptions } from './enqueue-options.js'

/** What is made at each tick. */
export interface ScheduledTask
  extends Omit<EnqueueOptions, 'id' | 'runAt' | 'paused' | 'dependsOn' | 'replace' | 'throttle' | 'debounce'> {
  readonly kind: string
  readonly input?: unknown
}

export type MissedName = 'skip' | 'first' | 'last' | 'all'

/** A schedule: when, what, and what becomes of ticks that collide or were missed. */
export type ScheduleDefinition = ScheduleTimes & {
  readonly task: ScheduledTask
  /** While a task of this schedule has not ended, a tick is skipped (default), queued, made all the same, or replaces it. */
  readonly overlap?: 'skip' | 'queue' | 'allow' | 'replace'
  /** Ticks that may wait with `overlap: 'queue'`, 1 to 1,000. Default 100; beyond it they are skipped, `full`. */
  readonly queueLimit?: number
  /**
   * What becomes of ticks that passed while nothing ran. Default `last`, within a window of one day; `all` makes the
   * latest `limit` (default 100, at most 1,000). A tick made up to a minute late is on time.
   */
  readonly missed?: MissedName | { readonly policy: MissedName; readonly window?: Duration; readonly limit?: number }
  /** Each task starts within this time after its instant, spread evenly; its id keeps the instant. */
  readonly jitter?: Duration
  /** No tick after this time on the wall clock. */
  readonly until?: Instant
  /** Ends when so many tasks were made. */
  readonly count?: number
  /** Begins paused. */
  readonly paused?: boolean
  /** The hand of the clock. Default `wall`; `monotonic` for `every` without `from`, which a step of the clock does not move. */
  readonly clock?: 'wall' | 'monotonic'
}

const TIMES = ['cron', 'every', 'rrule', 'at'] as const
const WITH: Record<string, readonly string[]> = { cron: ['timezone'], every: ['from'], rrule: ['timezone'], at: [] }
const RULES = ['task', 'overlap', 'queueLimit', 'missed', 'jitter', 'until', 'count', 'paused', 'clock']
/** What a template of a task may say. */
export const TEMPLATE = [
  'kind', 'input', 'route', 'priority', 'group', 'key', 'retry', 'timeout', 'heartbeat', 'delivery', 'expiresIn',
  'onSuccess', 'onFailure', 'in', 'durability', 'concurrencyKey',
] // biome-ignore format: a table
const DAY_MS = 86_400_000
/** The id of a tick has its instant behind that of its schedule. */
const LONGEST_ID = 90
/** Bytes of a definition beside the input of its task: ten thousand dates fit. */
const LARGEST = 256 * 1024

/** @throws ERR_INVALID_ID */
export function checkScheduleId(value: unknown, option: string): string {
  const id = checkName(value, option)
  if (id.length <= LONGEST_ID && !id.includes('@')) return id
  throw new HoldfastError('ERR_INVALID_ID', `${option}: ${shown(id)} is not a usable name of a schedule`, {
    hint: `At most ${LONGEST_ID} characters and no '@': the id of each task is SCHEDULE@INSTANT.`,
  })
}

/**
 * The definition as it is kept. `where` names the schedule in messages.
 * @throws ERR_INVALID_SCHEDULE, ERR_INVALID_OPTION, ERR_INVALID_DURATION, ERR_INVALID_DATE, ERR_NOT_JSON, ERR_TOO_LARGE
 */
export function planOfSchedule(given: ScheduleDefinition, where: string, inputLimit: number): SchedulePlan {
  onlyKnown(given, [...TIMES, 'timezone', 'from', ...RULES], where)
  const times = timesOf(given, where)
  const { overlap = 'skip', queueLimit = 100, jitter = 0, count, until, paused = false } = given
  if (!['skip', 'queue', 'allow', 'replace'].includes(overlap))
    throw wrong(where, 'overlap', "'skip', 'queue', 'allow' or 'replace'", overlap)
  if (typeof paused !== 'boolean') throw wrong(where, 'paused', 'true or false', paused)
  const plan: SchedulePlan = {
    times,
    task: taskOf(given.task, where, inputLimit),
    overlap,
    queueLimit: wholeOf(queueLimit, where, 'queueLimit', 1, 1000),
    missed: missedOf(given.missed, where),
    jitterMs: durationMs(jitter, `${where}.jitter`),
    until: until === undefined ? null : instantMs(until, `${where}.until`),
    count: count === undefined ? null : wholeOf(count, where, 'count', 1, 2 ** 31),
    paused,
    clock: clockOf(given, times, where),
  }
  if ('every' in times && times.from !== undefined && plan.until !== null && plan.until < (times.from as number))
    throw wrong(where, 'until', 'a time that is not before `from`', given.until)
  if (plan.clock === 'monotonic' && plan.until !== null)
    throw wrong(where, 'until', "no `until` with clock: 'monotonic': it is a time of the day", given.until)
  const { input: _, ...rest } = plan.task
  jsonText({ ...plan, task: rest }, where, LARGEST)
  return plan
}

/** Checks the template as a task; a promise only when the schema of the kind gives one. @throws what enqueue throws */
export function draftOfTemplate(
  rules: DraftRules,
  { kind, input, ...options }: SchedulePlan['task'],
  id: string | undefined,
): Draft | Promise<Draft> {
  return draftOf(rules, kind, input, { ...options, ...(id === undefined ? {} : { id }) } as EnqueueOptions)
}

/** Where a definition is at fault, said of its schedule. */
export function naming(where: string, error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.message.startsWith(where)) return error
  const { code, message, hint, cause, issues } = error
  return new HoldfastError(code, `${where}: ${message}`, { hint, cause, ...(issues ? { issues } : {}) })
}

function timesOf(given: ScheduleDefinition, where: string): ScheduleTimes {
  const forms = TIMES.filter((name) => name in given && (given as Record<string, unknown>)[name] !== undefined)
  const [form] = forms
  if (form === undefined || forms.length > 1)
    throw wrong(where, 'times', `one of ${TIMES.join(', ')}`, forms.join(', '))
  const all = given as unknown as Record<string, unknown>
  for (const name of ['timezone', 'from'])
    if (all[name] !== undefined && !WITH[form]?.includes(name))
      throw wrong(where, name, `no \`${name}\` with \`${form}\``, all[name])
  switch (form) {
    case 'every':
      return {
        every: durationMs(all.every as Duration, `${where}.every`),
        ...(all.from === undefined ? {} : { from: instantMs(all.from as Instant, `${where}.from`) }),
      }
    case 'at':
      if (!Array.isArray(all.at)) throw wrong(where, 'at', 'a list of points in time', all.at)
      return { at: all.at.map((at, i) => instantMs(at as Instant, `${where}.at[${i}]`)) }
    default: {
      if (typeof all[form] !== 'string') throw wrong(where, form, 'text', all[form])
      const zone = all.timezone === undefined ? {} : { timezone: all.timezone as string }
      return form === 'cron' ? { cron: all.cron as string, ...zone } : { rrule: all.rrule as string, ...zone }
    }
  }
}

/** Checks that times can be counted. @throws ERR_INVALID_SCHEDULE */
export function checkTimes(plan: SchedulePlan, anchor: number, where: string): void {
  try {
    const times = recurrenceOf(plan.times, anchor)
    const first = times.next(anchor)
    // One that leads nowhere is found here, and not when its first tick is due.
    if (first !== undefined) times.next(first)
  } catch (error) {
    throw naming(where, error)
  }
}

function taskOf(task: ScheduledTask, where: string, inputLimit: number): SchedulePlan['task'] {
  onlyKnown(task, TEMPLATE, `${where}.task`)
  if (typeof task.kind !== 'string') throw wrong(where, 'task.kind', 'the name of a kind', task.kind)
  const { input, ...options } = task
  const plain = JSON.parse(jsonText(dated(options), `${where}.task`, LARGEST)) as SchedulePlan['task']
  return input === undefined
    ? plain
    : { ...plain, input: JSON.parse(jsonText(input, `${where}.task.input`, inputLimit)) }
}

/** Follow-ups may have points in time in them. */
function dated<T>(value: T): T {
  if (value instanceof Date) return instantMs(value, 'runAt') as T
  if (Array.isArray(value)) return value.map(dated) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'input' ? each : dated(each)]),
  ) as T
}

function missedOf(given: ScheduleDefinition['missed'], where: string): SchedulePlan['missed'] {
  const asked = typeof given === 'string' || given === undefined ? { policy: given ?? 'last' } : given
  onlyKnown(asked, ['policy', 'window', 'limit'], `${where}.missed`)
  const { policy, window = DAY_MS, limit = 100 } = asked as { policy: MissedName; window?: Duration; limit?: number }
  if (!['skip', 'first', 'last', 'all'].includes(policy))
    throw wrong(where, 'missed', "'skip', 'first', 'last' or 'all'", policy)
  return {
    policy,
    windowMs: durationMs(window, `${where}.missed.window`),
    limit: wholeOf(limit, where, 'missed.limit', 1, 1000),
  }
}

function clockOf({ clock }: ScheduleDefinition, times: ScheduleTimes, where: string): 'wall' | 'monotonic' {
  const relative = 'every' in times && times.from === undefined
  const hand = clock ?? (relative ? 'monotonic' : 'wall')
  if (hand !== 'wall' && hand !== 'monotonic') throw wrong(where, 'clock', "'wall' or 'monotonic'", hand)
  if (hand === 'monotonic' && !relative)
    throw wrong(where, 'clock', "'wall': only `every` without `from` can be monotonic", hand)
  return hand
}

function wholeOf(value: unknown, where: string, name: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw wrong(where, name, `a whole number from ${least} to ${most}`, value)
}

function wrong(where: string, name: string, expected: string, found: unknown): HoldfastError {
  return new HoldfastError('ERR_INVALID_SCHEDULE', `${where}.${name}: expected ${expected}, found ${shown(found)}`)
}
