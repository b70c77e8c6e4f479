/** A new task and the events of its life, both sides of every guard. */
import { type Now, type RetryPolicy, type TaskContext, type TaskEvent, taskMachine } from '../../machines/index.js'
import { walk } from './walk.js'

const START = Date.UTC(2026, 0, 1)

/** The n-th moment of a test: ten seconds apart, the steady hand far from the wall. */
export const moment = (n: number): Now => ({ wall: START + n * 10_000, steady: 500 + n * 10_000 })

/** Gives the n-th event of a walk its own moment. */
export const stamp = (event: TaskEvent, n: number): TaskEvent => ({ ...event, now: moment(n) })

export const fresh: TaskContext = {
  id: 't1',
  kind: 'upload',
  version: 1,
  route: 'default',
  priority: 4,
  seq: 1,
  createdAt: START,
  runAt: START,
  due: null,
  expires: null,
  deadline: null,
  attempt: 0,
  failures: 0,
  interruptions: 0,
  atMostOnce: false,
  paused: false,
  pending: 0,
  retryAt: null,
  endedAt: null,
  history: [],
}

export const policy = (attempts: number): RetryPolicy => ({
  attempts,
  delayMs: 2_000,
  backoff: 'exponential',
  maxDelayMs: 600_000,
  jitter: 0.2,
})

const now = moment(0)
const retry = policy(2)
const random = 0.75
const error = { name: 'Error', message: 'no route to host' }
const later = { hand: 'steady', at: 3_600_000 } as const

const interrupt = (counted: boolean, forgiven: boolean, resumes: boolean) =>
  ({ type: 'interrupt', now, counted, forgiven, resumes, limit: 1 }) as const

const asked = {
  type: 'replace', now, runAt: START + 1, priority: 7, route: 'network', version: 2, atMostOnce: false, paused: false,
} as const // biome-ignore format: two lines read better

/** Named, representative events. `fail` and its kin have attempts left once; `interrupt` bears one death. */
export const events = {
  accept: { type: 'accept', now },
  due: { type: 'due', now },
  start: { type: 'start', now, timeoutMs: null },
  startTimed: { type: 'start', now, timeoutMs: 120_000 },
  finish: { type: 'finish', now, result: { etag: 'e1' } },
  fail: { type: 'fail', now, retry, random, error },
  failTerminal: { type: 'fail', now, retry, random, error, terminal: true },
  failAfter: { type: 'fail', now, retry, random, error, afterMs: 30_000 },
  timeout: { type: 'timeout', now, retry, random },
  silent: { type: 'silent', now, retry, random },
  snooze: { type: 'snooze', now, due: later, runAt: START + 3_600_000 },
  drain: { type: 'drain', now },
  killed: interrupt(true, false, false),
  killedResumes: interrupt(true, false, true),
  powerCut: interrupt(false, false, false),
  powerCutResumes: interrupt(false, false, true),
  stopped: interrupt(false, true, false),
  stoppedResumes: interrupt(false, true, true),
  step: { type: 'step', now },
  forgive: { type: 'forgive', now },
  cancel: { type: 'cancel', now },
  supersede: { type: 'supersede', now },
  expire: { type: 'expire', now },
  pause: { type: 'pause', now },
  resume: { type: 'resume', now },
  later: { type: 'reschedule', now, due: later, runAt: START + 3_600_000 },
  atOnce: { type: 'reschedule', now, due: null, runAt: START },
  amend: { type: 'amend', now, priority: 9, route: 'network' },
  met: { type: 'met', now },
  replaceNow: { ...asked, due: null, expires: null },
  replaceLater: { ...asked, due: later, expires: 7_200_000 },
  retry: { type: 'retry', now, byHand: false },
  retryByHand: { type: 'retry', now, byHand: true },
} as const satisfies Record<string, TaskEvent>

export type EventName = keyof typeof events

export const pick = (...names: EventName[]): TaskEvent[] => names.map((name) => events[name])

/** What has become of a fresh task after these events, ten seconds apart, and which ports it called. */
export function life(story: readonly (EventName | TaskEvent)[], input: Partial<TaskContext> = {}) {
  const told = story.map((each) => (typeof each === 'string' ? events[each] : each))
  const trace = walk({ machine: taskMachine, input: { ...fresh, ...input }, stamp }, told)
  const steps = trace.map(
    (step) => JSON.parse(step) as { value: string; context: TaskContext; ports: [string, never][] },
  )
  const { value: state, context: task } = steps.at(-1) as (typeof steps)[number]
  return {
    state,
    task,
    /** The ports of the last event. */
    last: steps.at(-1)?.ports,
    /** All ports by name, in order. */
    ports: steps.flatMap(({ ports }) => ports.map(([port]) => port)),
    /** The states it went through, as its history has them. */
    states: task.history.map((entry) => entry.state),
  }
}

export const running: EventName[] = ['accept', 'due', 'start']
