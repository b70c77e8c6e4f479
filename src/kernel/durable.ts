/**
 * The output gate. A durable machine computes its next snapshot as any machine does, and every effect on the way is
 * held: custom actions, log lines, emitted events, the start and the stop of promises, callbacks and observables,
 * and events sent to callbacks. The stage (stage.ts) commits the snapshot with its timers and plays what was held
 * only after that. What stays inside the actor tree (raise, sendTo, spawn, stop, cancel, a child's done event) is
 * computation, runs at once, and so parent and child always move in one commit.
 *
 * Actor logic is a record of functions, so all of this is decoration of an unmodified machine: `definition`,
 * `implementations` and `getPersistedSnapshot` stay what they are. Decorate last: provide() gives a plain machine.
 */
import type {
  AnyActorLogic,
  AnyActorRef,
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
} from 'xstate'
import type { StageSystem } from './system.js'

type Scope = AnyActorScope
type Action = Parameters<Scope['actionExecutor']>[0]
/** XState does not export this event's type, but its name is part of persisted machines. */
const STOP = 'xstate.stop'
/** What one event may lead to; `options.maxIterations` of a machine says otherwise. */
const MOST_MICROSTEPS = 1000
/** What the children's own logic tells itself; pure, and no effect. */
const OWN_EVENTS = /^xstate\.(promise|observable)\./

/** The machine with its outputs gated, and every machine and actor below it. */
export function durable<Machine extends AnyStateMachine>(machine: Machine): Machine {
  const actors: Record<string, AnyActorLogic> = {}
  for (const [src, logic] of Object.entries(machine.implementations.actors)) {
    actors[src] = gatedActor(logic as AnyActorLogic)
  }
  const inner = bounded(ownContext(machine.provide({ actors } as never)))
  const inOrder = hasRegions(inner.root) ? documentOrder : (snapshot: AnyMachineSnapshot) => snapshot
  return Object.create(inner, {
    transition: {
      value: (snapshot: never, event: never, scope: Scope) =>
        inOrder(inner.transition(snapshot, event, gatedScope(scope) as never)),
    },
    getInitialSnapshot: {
      value: (scope: Scope, input: never) => inOrder(inner.getInitialSnapshot(gatedScope(scope) as never, input)),
    },
    restoreSnapshot: {
      value: (snapshot: never, scope: Scope) => inOrder(inner.restoreSnapshot(snapshot, scope as never)),
    },
  }) as Machine
}

/**
 * XState asks the regions of a parallel state in the order in which their states were entered, which no snapshot keeps:
 * a restart would change which goes first. Between steps it is always that of the document.
 */
function documentOrder(snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  snapshot._nodes.sort((a, b) => a.order - b.order)
  return snapshot
}

function hasRegions(node: AnyStateNode): boolean {
  return node.type === 'parallel' || Object.values(node.states).some((child) => hasRegions(child as AnyStateNode))
}

export function isMachine(logic: unknown): logic is AnyStateMachine {
  return typeof logic === 'object' && logic !== null && '__xstatenode' in logic
}

/** True for logic that acts on the world: promises, callbacks, observables. A reducer (fromTransition) has no start. */
export function isExternal(logic: unknown): boolean {
  return typeof (logic as { start?: unknown }).start === 'function' && !isMachine(logic)
}

function gatedActor(logic: AnyActorLogic): AnyActorLogic {
  if (isMachine(logic)) return durable(logic)
  return isExternal(logic) ? gatedExternal(logic) : logic
}

/** XState gives a context written as data to every actor of the machine: each of ours gets its own copy. */
function ownContext(machine: AnyStateMachine): AnyStateMachine {
  const context: unknown = machine.config.context
  if (typeof context === 'object' && context !== null) {
    const config = { ...machine.config, context: () => structuredClone(context) }
    Object.defineProperty(machine, 'config', { value: config })
  }
  return machine
}

/** Transitions that lead to each other for ever would hold the process for ever, and each process after it. */
function bounded(machine: AnyStateMachine): AnyStateMachine {
  if (machine.options.maxIterations === Number.POSITIVE_INFINITY) machine.options.maxIterations = MOST_MICROSTEPS
  return machine
}

/** Everything that leaves the tree is held; built-in actions go their usual way, inside it. */
function gatedScope(scope: Scope): Scope {
  const system = scope.system as unknown as StageSystem
  return {
    ...scope,
    emit: (event: AnyEventObject) => system.emitted(event),
    logger: (...args: unknown[]) => system.hold('log', () => scope.logger(...args)),
    actionExecutor: (action: Action) => {
      if (action.type.startsWith('xstate.')) {
        scope.actionExecutor(action)
        return
      }
      system.tape?.acted(scope.self, action)
      if (action.exec) system.hold(action.type, () => action.exec?.(action.info as never, action.params as never))
    },
  }
}

/** A promise, callback or observable that starts, hears and stops only after the commit that says so. */
function gatedExternal(logic: AnyActorLogic): AnyActorLogic {
  const begun = new WeakSet<AnyActorRef>()
  return Object.create(logic, {
    start: {
      value: (_: unknown, scope: Scope) => {
        const self = scope.self as unknown as Running
        ;(scope.system as unknown as StageSystem).holdStart(self as unknown as AnyActorRef, () => {
          begun.add(self as unknown as AnyActorRef)
          try {
            logic.start?.(self._snapshot as never, scope as never)
          } catch (error) {
            self._snapshot = { ...self._snapshot, status: 'error', error }
            self._error(error)
          }
        })
      },
    },
    transition: {
      value: (snapshot: Running['_snapshot'], event: { type: string }, scope: Scope) => {
        if (OWN_EVENTS.test(event.type)) return logic.transition(snapshot, event as never, scope as never)
        const system = scope.system as unknown as StageSystem
        const inner = () => {
          if (begun.has(scope.self as AnyActorRef)) logic.transition(snapshot, event as never, scope as never)
        }
        system.hold(event.type === STOP ? 'stop' : 'deliver', inner)
        return event.type === STOP ? { ...snapshot, status: 'stopped' } : snapshot
      },
    },
  })
}

/** The part of XState's Actor that a failing start goes through; the contract tests hold it still. */
interface Running {
  _snapshot: { readonly status: string; readonly error?: unknown }
  _error(error: unknown): void
}
