/**
 * What the actors on a stage did in one step, as data: noted while somebody inspects, told with the step's commit. Without
 * a listener a stage has no tape.
 */
import type { AnyActorRef, AnyEventObject } from 'xstate'

/** The ids from the root of a stage down to an actor; [] is the root. */
export type Path = readonly string[]

export interface Crossing {
  /** `#door.open`. */
  readonly source: string
  /** None for a transition that stays. */
  readonly target: readonly string[]
}

export type Noted =
  /** `from` is the actor that sent it; what came from outside has none. */
  | { readonly type: 'event'; readonly to: Path; readonly from?: Path; readonly event: AnyEventObject }
  | {
      readonly type: 'microstep'
      readonly of: Path
      readonly event: string
      readonly transitions: readonly Crossing[]
    }
  | { readonly type: 'action'; readonly of: Path; readonly action: string; readonly params?: unknown }

/** What of XState's inspection events is noted. */
interface Inspected {
  readonly type: string
  readonly actorRef: AnyActorRef
  readonly event?: AnyEventObject
  readonly action?: { readonly type: string; readonly params?: unknown }
  readonly _transitions?: readonly { readonly source: { id: string }; readonly target?: readonly { id: string }[] }[]
}

/** More of one step is not noted. */
const MOST = 1_000

export class Tape {
  #noted: Noted[] = []

  /** What was noted since it was taken last. */
  take(): readonly Noted[] {
    const noted = this.#noted
    this.#noted = []
    return noted
  }

  sent(from: AnyActorRef | undefined, to: AnyActorRef, event: AnyEventObject): void {
    this.#note({ type: 'event', to: pathOf(to), ...(from ? { from: pathOf(from) } : {}), event })
  }

  acted(by: AnyActorRef, { type, params }: { readonly type: string; readonly params?: unknown }): void {
    this.#note({ type: 'action', of: pathOf(by), action: type, ...(params === undefined ? {} : { params }) })
  }

  /** What XState tells of the inside of a transition; events are noted where they are passed. */
  inspected({ type, actorRef, event, action, _transitions = [] }: Inspected): void {
    if (type === '@xstate.action' && action) this.acted(actorRef, action)
    if (type !== '@xstate.microstep') return
    const transitions = _transitions.map(({ source, target = [] }) => ({
      source: `#${source.id}`,
      target: target.map(({ id }) => `#${id}`),
    }))
    this.#note({ type: 'microstep', of: pathOf(actorRef), event: event?.type ?? '', transitions })
  }

  #note(noted: Noted): void {
    if (this.#noted.length < MOST) this.#noted.push(noted)
  }
}

/** Where an actor is on its stage. */
export function pathOf(actor: AnyActorRef): string[] {
  const ids: string[] = []
  let at = actor as AnyActorRef & { _parent?: AnyActorRef & { _parent?: AnyActorRef; id?: string } }
  while (at._parent?.id !== undefined) {
    ids.unshift(at.id)
    at = at._parent as typeof at
  }
  return ids
}
