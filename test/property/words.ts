/** The words in which the model and the runtime are told the same story. Lengths are milliseconds. */

export interface Moment {
  readonly wall: number
  readonly steady: number
}

export type Kind = 'work' | 'flow'
export type FlowEvent = 'POKE' | 'GO' | 'BACK' | 'BREAK'
export type Verb = 'pause' | 'resume' | 'cancel' | 'retry' | 'remove'
/** How a process ends: with power and boot unharmed, with the power, or in good order. */
export type CrashKind = 'kill' | 'power' | 'stop'

/** A task to be made when another one ends. */
export interface Follow {
  readonly kind: Kind
  readonly input?: unknown
  readonly route?: string
  readonly priority?: number
  readonly key?: string
  readonly group?: string
  readonly in?: number
  readonly runAt?: number
  readonly expiresIn?: number
  readonly paused?: boolean
}

/** A task to be made by hand; `runAt` and `in` exclude each other. */
export interface Spec extends Follow {
  readonly id?: string
  readonly attempts?: number
  readonly delay?: number
  readonly timeout?: number
  readonly heartbeat?: number
  readonly atMostOnce?: boolean
  readonly onSuccess?: readonly Follow[]
  readonly onFailure?: readonly Follow[]
}

/** `pick` counts round the tasks, or runs, that there are. */
export type Story =
  | { readonly do: 'enqueue'; readonly spec: Spec; readonly runIn?: number }
  | { readonly do: 'enqueueMany'; readonly specs: readonly Spec[] }
  | { readonly do: 'finish'; readonly pick: number; readonly drafts: readonly Spec[] }
  | {
      readonly do: 'fail'
      readonly pick: number
      readonly how: 'error' | 'terminal' | 'after'
      readonly after: number
      readonly drafts: readonly Spec[]
    }
  | { readonly do: 'snooze'; readonly pick: number; readonly ms: number; readonly thrown: boolean }
  | { readonly do: 'job'; readonly pick: number; readonly ok: boolean }
  | { readonly do: 'late'; readonly pick: number; readonly ok: boolean }
  | { readonly do: Verb; readonly pick: number }
  | { readonly do: 'group'; readonly verb: Verb; readonly group: string }
  | {
      readonly do: 'reschedule'
      readonly pick: number
      readonly in?: number
      readonly runIn?: number
      readonly priority?: number
      readonly route?: string
    }
  | { readonly do: 'send'; readonly pick: number; readonly event: FlowEvent }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'step'; readonly ms: number }
  | { readonly do: 'end'; readonly how: CrashKind; readonly offFor: number; readonly slow: number }
  | {
      /**
       * The power goes while the commit of a command is in flight; `tear`: it did not reach the disk. With `blip` the
       * disk fails, the process lives, and the disk is back when it is tried again.
       */
      readonly do: 'cut'
      readonly during: Story
      readonly tear: boolean
      readonly how: 'kill' | 'power' | 'blip'
    }
