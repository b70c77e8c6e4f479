/** The shapes of what goes in and out, once: requests are checked by them and /openapi.json is made of them. */
import { STORED_STATES } from '../model/record.js'

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const count = { type: 'integer', minimum: 0 } as const
const time = { type: 'string', format: 'date-time' } as const
const anything = {} as const

const duration = { type: ['string', 'integer', 'number'], description: "milliseconds, or text such as '10m'" } as const
const instant = {
  type: ['string', 'integer', 'number'],
  description: 'ISO 8601 with a zone, or milliseconds since 1970',
} as const
const name = { type: 'string', description: '1 to 128 characters out of A-Z a-z 0-9 . _ : @ / + -' } as const
const state = { enum: STORED_STATES } as const

function object(properties: object, required: readonly string[] = [], more: object = {}) {
  return { type: 'object', additionalProperties: false, properties, required, ...more }
}

/** An answer: what is not named here may come with a later version. */
function answer(properties: object, required: readonly string[] = []) {
  return { type: 'object', properties, required }
}

const retry = object({
  attempts: { type: 'integer' },
  delay: duration,
  backoff: { enum: ['exponential', 'linear', 'constant'] },
  maxDelay: duration,
  jitter: { type: 'number' },
})

const options = {
  runAt: instant,
  in: duration,
  priority: { type: 'integer', description: '0 to 9, higher first; 4 unless told' },
  route: name,
  group: { type: ['string', 'null'], description: 'a label that verbs can select by; of a follow-up, null leaves it' },
  key: { ...text, description: 'while a task of this kind and key has not ended, that one is answered' },
  expiresIn: duration,
  retry,
  timeout: duration,
  heartbeat: duration,
  delivery: { enum: ['at-least-once', 'at-most-once'] },
  durability: {
    enum: ['commit', 'lazy'],
    description: 'lazy may be lost in a cut: it is answered before it is on disk',
  },
  concurrencyKey: text,
  replace: flag,
  debounce: {
    anyOf: [duration, { type: 'object', additionalProperties: false, properties: { wait: duration, max: duration } }],
  },
  throttle: duration,
  paused: flag,
} as const

const followUps = {
  anyOf: [{ $ref: 'FollowUp#' }, { type: 'array', items: { $ref: 'FollowUp#' }, maxItems: 100 }],
}
const ids = { type: 'array', items: name, maxItems: 1000 } as const
const dependsOn = {
  anyOf: [ids, object({ tasks: ids, failed: { enum: ['cancel', 'run', 'wait'] } }, ['tasks'])],
  description: 'tasks that have to end first',
}
const links = { onSuccess: followUps, onFailure: followUps }

const missed = { enum: ['skip', 'first', 'last', 'all'] } as const

const errorParts = { name: text, message: text, code: text }
const causeError = answer(errorParts, ['name', 'message'])
const stack = { ...text, description: 'of at most 8,193 characters; only of one task, to who may do everything' }
const taskError = answer({ ...errorParts, stack }, ['name', 'message'])

/** Named shapes: components of the document. */
export const COMPONENTS = [
  {
    $id: 'FollowUp',
    ...object({ kind: text, input: anything, ...options, ...links }, ['kind']),
  },
  {
    $id: 'NewTask',
    ...object({ kind: text, input: anything, id: name, fingerprint: text, ...options, dependsOn, ...links }, ['kind']),
  },
  {
    $id: 'Task',
    ...answer(
      {
        id: text,
        kind: text,
        state,
        route: text,
        priority: count,
        input: anything,
        attempt: count,
        attempts: count,
        result: anything,
        error: taskError,
        reason: { enum: ['cancelled', 'timeout', 'awol', 'expired', 'superseded', 'interrupted'] },
        retryAt: time,
        runAt: time,
        paused: flag,
        pending: count,
        dependsOn: { type: 'array', items: text },
        group: text,
        key: text,
        concurrencyKey: text,
        schedule: text,
        scheduledAt: time,
        device: text,
        deviceEvent: text,
        deviceAt: time,
        cause: answer({ id: text, state, result: anything, error: causeError }, ['id', 'state']),
        progress: anything,
        history: { type: 'array', items: answer({ state: text, at: time }, ['state', 'at']) },
        createdAt: time,
        endedAt: time,
        machine: answer({ value: anything, context: anything, timers: { type: 'array', items: anything } }),
      },
      ['id', 'kind', 'state', 'route', 'priority', 'attempt', 'attempts', 'runAt', 'paused', 'history', 'createdAt'],
    ),
  },
  {
    $id: 'NewSchedule',
    ...object(
      {
        cron: text,
        timezone: text,
        every: duration,
        from: instant,
        rrule: text,
        at: { type: 'array', items: instant },
        task: { $ref: 'FollowUp#' },
        overlap: { enum: ['skip', 'queue', 'allow', 'replace'] },
        queueLimit: { type: 'integer' },
        missed: {
          anyOf: [missed, object({ policy: missed, window: duration, limit: { type: 'integer' } }, ['policy'])],
        },
        jitter: duration,
        until: instant,
        count: { type: 'integer' },
        paused: flag,
        clock: { enum: ['wall', 'monotonic'] },
      },
      ['task'],
      { description: 'one of cron, every, rrule and at says when; task what' },
    ),
  },
  {
    $id: 'Schedule',
    ...answer(
      {
        id: text,
        source: { enum: ['code', 'api'] },
        state: text,
        cron: text,
        timezone: text,
        every: count,
        from: time,
        rrule: text,
        at: { type: 'array', items: time },
        task: { type: 'object' },
        overlap: text,
        missed: { type: 'object' },
        clock: text,
        jitter: count,
        until: time,
        count,
        paused: flag,
        next: time,
        last: time,
        waiting: count,
        counters: { type: 'object' },
        createdAt: time,
        history: { type: 'array', items: answer({ type: text, at: time }, ['type', 'at']) },
      },
      ['id', 'source', 'state', 'task', 'overlap', 'missed', 'clock', 'paused', 'counters', 'history'],
    ),
  },
  {
    $id: 'Kind',
    ...answer(
      {
        name: text,
        processor: text,
        version: count,
        route: text,
        aliases: { type: 'array', items: text },
        api: flag,
        retired: flag,
        held: { type: 'array', items: text },
        settings: { type: 'object' },
        settingsError: text,
        concurrency: anything,
        rateLimit: anything,
      },
      ['name', 'processor', 'version', 'route', 'retired', 'settings'],
    ),
  },
  {
    $id: 'Device',
    ...answer(
      {
        id: text,
        type: text,
        link: { enum: ['seeking', 'ready', 'faulty', 'stopped'] },
        state: { ...text, description: 'open, on, above …; only while it is ready' },
        value: { type: ['boolean', 'number', 'string', 'null'], description: 'null while it is not known' },
        unit: text,
        since: time,
        readAt: time,
        fault: answer({ code: text, message: text, hint: text, since: time }, ['code', 'message', 'hint', 'since']),
        lines: { type: 'array', items: answer({ chip: text, offset: count, name: text }) },
        outputs: { type: 'array', items: text, description: 'of an interlock' },
        simulated: flag,
        commands: { type: 'array', items: text },
        news: { type: 'array', items: { $ref: 'DeviceNews#' }, description: 'the latest, the newest last' },
        counts: answer({ edges: count, missed: count, floods: count, faults: count, misreads: count }),
      },
      ['id', 'type', 'link', 'value', 'simulated', 'commands', 'news', 'counts'],
    ),
  },
  {
    $id: 'DeviceNews',
    ...answer(
      {
        device: text,
        type: { ...text, description: 'open, press, on, above, fault …' },
        at: time,
        edge: { enum: ['rise', 'fall'] },
        whileAway: { ...flag, description: 'it happened while the daemon was down, or the device was gone' },
      },
      ['device', 'type', 'at'],
    ),
  },
  {
    $id: 'Problem',
    ...answer(
      {
        type: text,
        title: text,
        status: { type: 'integer' },
        detail: text,
        code: text,
        hint: text,
        issues: { type: 'array', items: answer({ path: text, message: text }) },
      },
      ['type', 'title', 'status', 'detail', 'code', 'hint'],
    ),
  },
  {
    $id: 'EmittedEvent',
    ...answer({ seq: count, taskId: text, kind: text, runId: text, at: time, event: { type: 'object' } }, [
      'seq',
      'taskId',
      'kind',
      'runId',
      'at',
      'event',
    ]),
  },
  {
    $id: 'LeasedTask',
    ...answer(
      {
        lease: text,
        id: text,
        kind: text,
        input: anything,
        attempt: count,
        group: text,
        cause: anything,
        settings: { type: 'object' },
        heartbeatMs: count,
        timeoutMs: count,
      },
      ['lease', 'id', 'kind', 'input', 'attempt', 'heartbeatMs'],
    ),
  },
] as const

/** What can be changed of a task that waits. */
export const RESCHEDULE = object({
  runAt: instant,
  in: duration,
  priority: { type: 'integer' },
  route: name,
  input: anything,
})

export const EVENT = {
  type: 'object',
  properties: { type: text },
  required: ['type'],
  additionalProperties: true,
} as const

export const TASK = { description: 'the task', $ref: 'Task#' } as const
export const shapes = { text, flag, count, time, anything, duration, instant, name, state, object, answer }

/** Parameters that name one thing in the path. */
export function named(parameter: string) {
  return { type: 'object', properties: { [parameter]: { type: 'string', minLength: 1 } }, required: [parameter] }
}

/** Answers by status, with the problem that every endpoint may answer instead. */
export function answers(good: Readonly<Record<number, object>>) {
  return { ...good, default: PROBLEM }
}

const PROBLEM = {
  description: 'what went wrong',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
} as const

export const IDEMPOTENT = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'the same key with the same request does nothing twice',
    },
  },
} as const
