/**
 * A pure machine, stepped without an actor of its own. A transition needs a scope; one that keeps nothing serves all
 * steps of all machines, and what a step asks for through named actions is collected.
 */
import type { AnyActorScope } from 'xstate'

const nothing = () => undefined

/** A scope whose actions are given to `collect` as data instead of being run. */
export function pureScope(name: string, collect: (type: string, params: unknown) => void): AnyActorScope {
  return {
    id: name,
    sessionId: name,
    self: { id: name, sessionId: name, send: nothing, _parent: undefined },
    system: { _sendInspectionEvent: nothing, scheduler: { schedule: nothing, cancel: nothing, cancelAll: nothing } },
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: ({ type, params }: { type: string; params: unknown }) => collect(type, params),
  } as unknown as AnyActorScope
}
