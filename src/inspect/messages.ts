/** What is told to those who look in: the messages of `holdfast.inspect.v1`. docs/reference/inspect.md says what they mean. */
import type { Crossing } from '../kernel/tape.js'
import type { StateView } from '../runtime/machine-view.js'
import type { Address } from './address.js'

export const PROTOCOL = 'holdfast.inspect.v1'

export interface SnapshotView {
  readonly status: string
  readonly value?: unknown
  readonly context?: unknown
  /** Bytes of a context that was left out. */
  readonly left?: number
  readonly output?: unknown
  readonly error?: unknown
}

export interface TimerView {
  readonly id: string
  readonly due: string
  /** The type of the event that it sends. */
  readonly event: string
}

export interface ActorMessage {
  readonly type: 'actor'
  readonly id: Address
  readonly what: 'task' | 'machine' | 'child' | 'supervisor' | 'schedule' | 'device'
  readonly name: string
  readonly began: 'started' | 'restored' | 'present'
  readonly parent?: Address
  readonly task?: string
  readonly kind?: string
  readonly version?: number
  readonly machine?: string
  readonly src?: string
  readonly cause?: Address
  readonly schedule?: Address
  readonly definition?: StateView
  readonly snapshot: SnapshotView
  readonly timers?: readonly TimerView[]
}

export interface SnapshotMessage {
  readonly type: 'snapshot'
  readonly of: Address
  readonly event?: string
  readonly snapshot: SnapshotView
  readonly timers?: readonly TimerView[]
  readonly past?: true
}

/** What an actor did, or what became of it. */
export type Told =
  | ActorMessage
  | SnapshotMessage
  | { readonly type: 'restore'; readonly of: Address }
  | {
      readonly type: 'event'
      readonly to: Address
      readonly from?: Address
      readonly event: unknown
      readonly past?: true
    }
  | {
      readonly type: 'microstep'
      readonly of: Address
      readonly event: string
      readonly transitions: readonly Crossing[]
    }
  | { readonly type: 'action'; readonly of: Address; readonly action: string; readonly params?: unknown }
  | {
      readonly type: 'emitted'
      readonly of: Address
      readonly seq: number
      readonly event: unknown
      readonly past?: true
    }
  | { readonly type: 'gone'; readonly id: Address }
  | { readonly type: 'commit'; readonly ops: number; readonly bytes: number }

/** A message with its time; `step` joins those of one committed step. */
export type Message = Told & { readonly at: string; readonly step?: number }

/** Whom a message is about. */
export function subjectOf(told: Told): Address | undefined {
  if ('of' in told) return told.of
  if ('to' in told) return told.to
  return 'id' in told ? told.id : undefined
}
