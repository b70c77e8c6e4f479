/**
 * A draft: a task that was checked through and through but not made yet. Follow-ups wait as drafts for the outcome
 * they belong to, so that making them cannot fail; their relative times count from the moment they are made.
 */
import { begun, type Due, type Now, type TaskContext } from '../../machines/index.js'
import { durationMs, instantMs } from '../model/duration.js'
import { HoldfastError, shown } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { TaskExtras } from '../model/record.js'
import { freshTaskId } from '../model/task-id.js'
import { checkKey, checkName, invalid, onlyKnown, whole } from './checks.js'
import { type Needs, needsOf } from './depends-on.js'
import type { EnqueueOptions, FollowUp } from './enqueue-options.js'
import { checkDurability, type Kind, type Kinds } from './kinds.js'
import { retryPolicy } from './options.js'
import { type Repeat, repeatOf } from './repeat.js'
import { validate } from './schema.js'

export interface Draft {
  readonly id: string
  /** The caller chose the id: it has to be looked up. */
  readonly named: boolean
  readonly kind: Kind
  readonly input: string
  readonly route: string
  readonly priority: number
  readonly paused: boolean
  readonly atMostOnce: boolean
  readonly runAt: number | undefined
  readonly inMs: number | undefined
  readonly expiresMs: number | undefined
  /** Nothing was said of a group: it has that of the task that makes it. */
  readonly inherits: boolean
  /** What becomes of the task of its key that is there. */
  readonly repeat: Repeat | undefined
  /** The tasks that have to end first. */
  readonly needs: Needs | undefined
  readonly extras: TaskExtras
}

const OPTIONS = [
  'id', 'runAt', 'in', 'priority', 'route', 'group', 'key', 'expiresIn', 'onSuccess', 'onFailure', 'retry', 'timeout',
  'heartbeat', 'delivery', 'durability', 'paused', 'concurrencyKey', 'replace', 'debounce', 'throttle', 'dependsOn',
  'fingerprint',
] // biome-ignore format: a table
/** A follow-up waits for the task that it follows, and for no other. */
const FOLLOW_UP_OPTIONS = ['kind', 'input', ...OPTIONS.filter((name) => name !== 'dependsOn')]
const DEEPEST_CHAIN = 20
const LAZY = { lazy: true } as const

export interface DraftRules {
  readonly kinds: Kinds
  /** Asked from outside the process: hidden kinds and their tasks are not there. */
  readonly outside?: boolean
  readonly inputLimit: number
  readonly hasRoute: (name: string) => boolean
  readonly steady: () => number
}

/**
 * Checks a task. Gives a promise only when the schema of the kind does.
 * @throws ERR_UNKNOWN_KIND, ERR_KIND_RETIRED, ERR_INVALID_INPUT, ERR_NOT_JSON, ERR_TOO_LARGE, ERR_INVALID_OPTION,
 * ERR_INVALID_ID, ERR_INVALID_DURATION, ERR_INVALID_DATE
 */
export function draftOf(
  rules: DraftRules,
  kindName: string,
  input: unknown,
  options: EnqueueOptions = {},
): Draft | Promise<Draft> {
  const kind = rules.kinds.taking(kindName, rules.outside)
  const text = jsonText(input, 'input', rules.inputLimit)
  onlyKnown(options, OPTIONS, `task '${kindName}'`)
  const draft = checkedDraft(rules, kind, text, options)
  const checked = validate(kind.definition.schema, input === undefined ? null : input, kindName)
  if (!kind.by) return checked instanceof Promise ? checked.then(() => draft) : draft
  return checked instanceof Promise ? checked.then(() => keyed(draft, input)) : keyed(draft, input)
}

/** The draft with the concurrency key that its kind gives it. @throws ERR_INVALID_INPUT */
function keyed(draft: Draft, input: unknown): Draft {
  const { kind, extras } = draft
  if (!kind.by || extras.concurrencyKey !== undefined) return draft
  let key: unknown
  try {
    key = kind.by(input)
    if (key === undefined) return draft
    checkKey(key, 'the key')
  } catch (cause) {
    const message = `input of '${kind.name}': concurrency.by: ${cause instanceof Error ? cause.message : shown(cause)}`
    const hint =
      'It has to give a text of 1 to 512 characters, or undefined, for every input that the schema lets pass.'
    throw new HoldfastError('ERR_INVALID_INPUT', message, { hint, cause })
  }
  return { ...draft, extras: { ...extras, concurrencyKey: key as string } }
}

function checkedDraft(rules: DraftRules, kind: Kind, input: string, options: EnqueueOptions): Draft {
  if (options.runAt !== undefined && options.in !== undefined) throw invalid('in', 'either `runAt` or `in`', options.in)
  if (options.paused !== undefined && typeof options.paused !== 'boolean')
    throw invalid('paused', 'true or false', options.paused)
  const delivery = options.delivery ?? (kind.atMostOnce ? 'at-most-once' : 'at-least-once')
  if (delivery !== 'at-least-once' && delivery !== 'at-most-once') {
    throw invalid('delivery', "'at-least-once' or 'at-most-once'", delivery)
  }
  const durability = options.durability ?? (kind.lazy ? 'lazy' : 'commit')
  checkDurability(durability, delivery === 'at-most-once', 'durability')
  const repeat = repeatOf(options)
  const needs = needsOf(options.dependsOn, rules.outside)
  return {
    id: options.id === undefined ? freshTaskId(rules.steady()) : checkName(options.id, 'id'),
    named: options.id !== undefined,
    kind,
    input,
    route: routeOf(rules, options.route ?? kind.route),
    priority: options.priority === undefined ? kind.priority : whole(options.priority, 'priority', 0, 9),
    paused: options.paused ?? false,
    atMostOnce: delivery === 'at-most-once',
    runAt: options.runAt === undefined ? undefined : instantMs(options.runAt, 'runAt'),
    inMs:
      repeat?.type === 'debounce' ? repeat.waitMs : options.in === undefined ? undefined : durationMs(options.in, 'in'),
    expiresMs: options.expiresIn === undefined ? undefined : durationMs(options.expiresIn, 'expiresIn'),
    inherits: options.group === undefined,
    repeat,
    needs,
    extras:
      durability === 'lazy' ? { ...extrasOf(rules, kind, options, 0), ...LAZY } : extrasOf(rules, kind, options, 0),
  }
}

function routeOf(rules: DraftRules, route: string): string {
  if (!rules.hasRoute(route)) throw invalid('route', 'a configured route', route)
  return route
}

function extrasOf(rules: DraftRules, kind: Kind, options: EnqueueOptions, depth: number): TaskExtras {
  const extras: { -readonly [Name in keyof TaskExtras]: TaskExtras[Name] } = {}
  if (options.group !== undefined && options.group !== null) extras.group = checkName(options.group, 'group')
  if (options.key !== undefined) extras.key = checkKey(options.key)
  if (options.concurrencyKey !== undefined) {
    extras.concurrencyKey = checkKey(options.concurrencyKey, 'concurrencyKey')
  }
  if (options.onSuccess !== undefined) extras.onSuccess = followUps(rules, options.onSuccess, 'onSuccess', depth)
  if (options.onFailure !== undefined) extras.onFailure = followUps(rules, options.onFailure, 'onFailure', depth)
  if (options.retry !== undefined) extras.retry = retryPolicy(options.retry, kind.retry, 'retry')
  if (options.timeout !== undefined) extras.timeoutMs = durationMs(options.timeout, 'timeout')
  if (options.heartbeat !== undefined) extras.heartbeatMs = durationMs(options.heartbeat, 'heartbeat')
  if (options.fingerprint !== undefined) extras.print = checkFingerprint(options)
  return extras
}

function checkFingerprint({ id, fingerprint }: EnqueueOptions): string {
  if (id === undefined) throw invalid('fingerprint', 'an `id` beside it', fingerprint)
  if (typeof fingerprint === 'string' && fingerprint.length > 0 && fingerprint.length <= 64) return fingerprint
  throw invalid('fingerprint', 'a text of 1 to 64 characters', fingerprint)
}

/** Follow-ups are checked with the task they follow: when it ends there is nobody left to tell. */
function followUps(rules: DraftRules, given: FollowUp | readonly FollowUp[], where: string, depth: number): object[] {
  const list = Array.isArray(given) ? (given as readonly FollowUp[]) : [given as FollowUp]
  if (depth >= DEEPEST_CHAIN || list.length > 100) throw invalid(where, 'at most 100 follow-ups, 20 deep', list.length)
  return list.map((template) => {
    onlyKnown(template, FOLLOW_UP_OPTIONS, where)
    const { kind: name, input, ...options } = template
    const kind = rules.kinds.taking(name, rules.outside)
    const text = input === undefined ? undefined : jsonText(input, `${where}.input`, rules.inputLimit)
    if (options.id !== undefined) throw invalid(`${where}.id`, 'no id: a follow-up gets a fresh one', options.id)
    checkedDraft(rules, kind, 'null', { ...options, onSuccess: [], onFailure: [] })
    const extras = extrasOf(rules, kind, options, depth + 1)
    return {
      ...options,
      kind: name,
      ...(text === undefined ? {} : { input: JSON.parse(text) }),
      ...instants(options),
      ...links(extras),
    }
  })
}

function instants({ runAt }: EnqueueOptions): object {
  return runAt === undefined ? {} : { runAt: instantMs(runAt, 'runAt') }
}

function links({ onSuccess, onFailure }: TaskExtras): object {
  return { ...(onSuccess ? { onSuccess } : {}), ...(onFailure ? { onFailure } : {}) }
}

/**
 * The draft of a stored follow-up; its schema is checked at the run, and what follows it when it is its turn.
 * @throws ERR_KIND_RETIRED
 */
export function draftOfFollowUp(rules: DraftRules, template: FollowUp, input: unknown): Draft {
  const { kind: name, input: own, onSuccess, onFailure, ...options } = template
  const kind = rules.kinds.taking(name)
  const known = { ...rules, hasRoute: () => true }
  const text = JSON.stringify(own === undefined ? (input ?? null) : own)
  const draft = checkedDraft(known, kind, text, options)
  const linked = { ...draft, extras: { ...draft.extras, ...links({ onSuccess, onFailure } as TaskExtras) } }
  return kind.by ? keyedAnyhow(linked, JSON.parse(text)) : linked
}

/** Nobody is left to tell that an input has no key: those that have none share one that nobody can choose. */
function keyedAnyhow(draft: Draft, input: unknown): Draft {
  try {
    return keyed(draft, input)
  } catch {
    return { ...draft, extras: { ...draft.extras, concurrencyKey: '' } }
  }
}

/** What a task waits for from now on: null when it is due at once. Where both are given, `inMs` counts. */
export function dueOf({ runAt, inMs }: Pick<Draft, 'runAt' | 'inMs'>, now: Now): Due | null {
  if (inMs !== undefined && inMs > 0) return { hand: 'steady', at: now.steady + inMs }
  return runAt !== undefined && runAt > now.wall ? { hand: 'wall', at: runAt } : null
}

/** The context with which a draft enters NONE. */
export function contextOf(draft: Draft, now: Now, seq: number, pending = 0): TaskContext {
  const { runAt, inMs, expiresMs } = draft
  return {
    id: draft.id,
    kind: draft.kind.name,
    version: draft.kind.version,
    route: draft.route,
    priority: draft.priority,
    seq,
    createdAt: now.wall,
    runAt: runAt ?? now.wall + (inMs ?? 0),
    due: dueOf(draft, now),
    expires: expiresMs === undefined ? null : now.steady + expiresMs,
    deadline: null,
    attempt: 0,
    failures: 0,
    interruptions: 0,
    atMostOnce: draft.atMostOnce,
    paused: draft.paused,
    pending,
    // Said from the start: an end that adds them makes an object of three kilobytes.
    result: undefined,
    error: undefined,
    reason: undefined,
    retryAt: null,
    endedAt: null,
    history: begun(now),
  }
}
