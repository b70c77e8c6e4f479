/** A task as the model has it: plain data. */
import type { FlowEvent, Follow, Moment } from './words.js'

export interface Task {
  /** Arrival. */
  seq: number
  id: string | undefined
  kind: 'work' | 'flow'
  input: unknown
  state: string
  route: string
  priority: number
  runAt: number
  due: { hand: keyof Moment; at: number } | null
  expires: number | null
  attempt: number
  failures: number
  deaths: number
  paused: boolean
  retryAt: number | null
  history: string[]
  group: string | undefined
  key: string | undefined
  cause: { seq: number; state: string } | undefined
  result?: unknown
  error?: { name: string; message: string }
  reason?: string
  spec: {
    attempts: number
    delay: number
    timeout: number | undefined
    heartbeat: number | undefined
    atMostOnce: boolean
    onSuccess: readonly Follow[] | undefined
    onFailure: readonly Follow[] | undefined
  }
  deadline: number | null
  silentAt: number | null
  /** A run that was stopped and has not settled holds a slot of the route it began on. */
  late: { route: string; forgotten?: boolean } | null
  mail: FlowEvent[]
  /** When it last began, in the order of beginnings. */
  began: number
  flow: {
    value: string
    pokes: number
    patience: number | null
    job: 'none' | 'wanted' | 'reserved' | 'started'
  } | null
}

export interface Failure {
  error: { name: string; message: string }
  terminal?: boolean
  after?: number
}

export const CONCURRENCY: Record<string, number> = { one: 1, two: 2, three: 3 }
export const DEATHS = 3
/** How long a flow waits before it gives up: each its own time, so that no two of them end in one millisecond. */
export function patienceOf(input: unknown): number {
  const { tag = 0 } = (input ?? {}) as { tag?: number }
  return 40_000 + (tag % 1_000) * 16
}

export const FIRST = 8
export const LATEST = 24

/** Whose turn is first within a route. */
export function inOrder(a: Task, b: Task): number {
  return b.priority - a.priority || a.runAt - b.runAt || a.seq - b.seq
}
