/**
 * The task machine, stepped without an actor of its own: simple edges by their table, all others by its transition.
 * That needs a scope, and one scope serves all, because the machine is pure. Building an XState actor for each step would cost more than the step; the actor of a
 * task is made when somebody asks for it (task-actor.ts). test/unit holds both ways equal.
 */
import type { SnapshotFrom } from 'xstate'
import {
  type Reason,
  simpleEdge,
  type TaskContext,
  type TaskEvent,
  type TaskState,
  taskMachine,
} from '../../machines/index.js'
import { pureScope } from '../kernel/pure.js'

export type TaskSnapshot = SnapshotFrom<typeof taskMachine>

/** What a step asks for beyond the record; played after its commit. */
export type Port =
  | { readonly type: 'run' }
  | { readonly type: 'abort'; readonly reason: Reason | 'drained' | 'gate' }
  | { readonly type: 'settle' }

let ports: Port[] = []
const NONE: readonly Port[] = []
const PORTS = { run: [{ type: 'run' }], settle: [{ type: 'settle' }] } as const

const scope = pureScope('task', (type, params) => {
  ports.push({ type, ...(params as object | undefined) } as Port)
})

/** Resolving a state value costs as much as a transition: each state is resolved once and its snapshot copied. */
const templates = new Map<TaskState, TaskSnapshot>()

/** The snapshot of a task in some state with some context. */
export function snapshotOf(state: TaskState, context: TaskContext): TaskSnapshot {
  let template = templates.get(state)
  if (!template) {
    template = taskMachine.resolveState({ value: state, context })
    templates.set(state, template)
  }
  return { ...template, context } as TaskSnapshot
}

/** The same for whoever looks at the task from outside: other tasks have its history, too, and a look may write into it. */
export function shownOf(state: TaskState, context: TaskContext): TaskSnapshot {
  return snapshotOf(state, { ...context, history: context.history.map((entry) => ({ ...entry })) })
}

/** Where a task stands in its life. The snapshot of XState is made of it when somebody wants to look at one. */
export interface Standing {
  readonly state: TaskState
  readonly context: TaskContext
}

/** What a step leads to, and what it asks for. */
export interface Advance extends Standing {
  readonly ports: readonly Port[]
}

/** The next standing and what it asks for, or `undefined` when the event means nothing in this state. */
export function advance(state: TaskState, context: TaskContext, event: TaskEvent): Advance | undefined {
  const edge = simpleEdge(state, context, event)
  if (edge) return { state: edge.state, context: edge.context, ports: edge.port ? PORTS[edge.port] : NONE }
  const snapshot = snapshotOf(state, context)
  if (snapshot.status !== 'active') return undefined
  ports = []
  const next = taskMachine.transition(snapshot, event, scope as never)
  if (next === snapshot) return undefined
  return { state: next.value, context: next.context, ports: ports.length > 0 ? ports : NONE }
}

/** True when a task is queued and nobody holds it. */
export function mayStart({ state, context }: Standing): boolean {
  return state === 'QUEUED' && !context.paused
}
