/** What the daemon's inspector says, as far as the page listens: docs/reference/inspect.md has it all. */
export interface Snapshot {
  readonly status: string
  readonly value?: unknown
  readonly context?: unknown
  readonly output?: unknown
  readonly error?: unknown
  /** The context is left out: so many bytes it has. */
  readonly left?: number
}

export interface Timer {
  readonly id: string
  readonly due: string
  readonly event?: unknown
}

interface Told {
  readonly at: string
  readonly step?: number | string
  /** It happened before anybody looked. */
  readonly past?: boolean
}

export interface ActorTold extends Told {
  readonly type: 'actor'
  readonly id: string
  readonly what: 'task' | 'machine' | 'child' | 'supervisor' | 'schedule'
  readonly name: string
  readonly began: 'started' | 'restored' | 'present'
  readonly snapshot: Snapshot
  readonly timers?: readonly Timer[]
  readonly parent?: string
  readonly task?: string
  readonly kind?: string
  readonly machine?: string
  readonly src?: string
  readonly cause?: string | { readonly id: string }
}

export interface SnapshotTold extends Told {
  readonly type: 'snapshot'
  readonly of: string
  readonly snapshot: Snapshot
  readonly event?: string
  readonly timers?: readonly Timer[]
}

export interface EventTold extends Told {
  readonly type: 'event'
  readonly to: string
  readonly from?: string
  readonly event: { readonly type: string; readonly [key: string]: unknown }
}

export interface EmittedTold extends Told {
  readonly type: 'emitted'
  readonly of: string
  readonly seq: number
  readonly event: { readonly type: string; readonly [key: string]: unknown }
}

export type Message =
  | ActorTold
  | SnapshotTold
  | EventTold
  | EmittedTold
  | (Told & { readonly type: 'restore'; readonly of: string })
  | (Told & {
      readonly type: 'microstep'
      readonly of: string
      readonly event: string
      readonly transitions: readonly { readonly source: string; readonly target?: string }[]
    })
  | (Told & { readonly type: 'action'; readonly of: string; readonly action: string })
  | (Told & { readonly type: 'gone'; readonly id: string })
  | (Told & { readonly type: 'dropped'; readonly count: number })
  | (Told & { readonly type: 'caught-up'; readonly name: string; readonly actors: number; readonly more?: boolean })

/** What a view asks for. */
export interface Subscription {
  readonly tasks?: readonly string[]
  readonly kinds?: readonly string[]
  readonly supervisors?: boolean
  readonly schedules?: boolean
  readonly all?: boolean
  readonly messages?: readonly Message['type'][]
  readonly past?: boolean
  readonly limit?: number
}
