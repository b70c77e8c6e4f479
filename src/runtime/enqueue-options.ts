/** What is said of one task when it is made. */
import type { Duration, Instant } from '../model/duration.js'
import type { DependsOn } from './depends-on.js'

/** How failed attempts are repeated. Defaults: 1 attempt; then 1 s, exponential, at most 1 h, jitter 0.2. */
export interface RetryOptions {
  readonly attempts?: number
  readonly delay?: Duration
  readonly backoff?: 'exponential' | 'linear' | 'constant'
  readonly maxDelay?: Duration
  /** 0 to 1: the delay is spread over ± this part of itself. */
  readonly jitter?: number
}

/**
 * At most `limit` starts per `per`: a token bucket that is spent evenly and keeps up to `burst` tokens (default `limit`).
 * No window of length `per` sees more than `limit` + `burst` starts; `burst: 1` spaces them evenly.
 */
export interface RateLimitOptions {
  /** 1 to 1,000,000. */
  readonly limit: number
  /** 1 ms or more. */
  readonly per: Duration
  /** 1 to 1,000,000. Default `limit`. */
  readonly burst?: number
}

/**
 * How many tasks of a kind run at once, in all routes together: a number for the whole kind, or a limit for each key.
 * `by` gives the key of a task whose enqueue names no `concurrencyKey`; without a key a task is not limited so.
 */
export type ConcurrencyOptions<Input = never> =
  | number
  | {
      /** Tasks of one key at once, 1 to 10,000. Default 1. */
      readonly limit?: number
      /** Called when the task is made, follow-ups included; 1 to 512 characters. It has to be pure and quick. */
      by?(input: Input): string | undefined
    }

/** A task to be made when another one ends. Without `input` it gets the parent's result (onSuccess) or error (onFailure). */
export interface FollowUp extends Omit<EnqueueOptions, 'dependsOn'> {
  readonly kind: string
  readonly input?: unknown
}

/** When a task is on disk: before enqueue resolves, or with the next commit. */
export type Durability = 'commit' | 'lazy'

/** Options of one task; what is left out comes from its definition. */
export interface EnqueueOptions {
  /** 1 to 128 characters; a fresh, sortable one when left out. */
  readonly id?: string
  /** Not before this time on the wall clock. A time in the past runs at once. */
  readonly runAt?: Instant
  /** Not before this much time has passed (monotonic: a clock step does not fire it). */
  readonly in?: Duration
  /** 0 to 9, higher first. Default 4. */
  readonly priority?: number
  readonly route?: string
  /** A label that verbs can select by. What a task makes is of its group; `null` leaves it. */
  readonly group?: string | null
  /** While a task of this kind with the same key has not ended, enqueue returns that one. */
  readonly key?: string
  /**
   * No more tasks of this kind with the same concurrency key run at once than its definition says, 1 when it says
   * nothing: one upload a camera at a time. 1 to 512 characters.
   */
  readonly concurrencyKey?: string
  /** With `key`: the task of that key that waits becomes this one; one that runs goes on, and another is made. */
  readonly replace?: boolean
  /**
   * With `key`: runs when this much time has passed without another such call (monotonic), and at the latest `max` after
   * the first; the last input wins.
   */
  readonly debounce?: Duration | { readonly wait: Duration; readonly max?: Duration }
  /** With `key`: at most one task in so much time (monotonic). Within it, enqueue returns the last one, ended or not. */
  readonly throttle?: Duration
  /** The ids of tasks that have to end first: FINISHED, or as `failed` says. At most 1,000. */
  readonly dependsOn?: readonly string[] | DependsOn
  /** TERMINATED `expired` when it has not started within this time. */
  readonly expiresIn?: Duration
  readonly onSuccess?: FollowUp | readonly FollowUp[]
  /** Made once, when the task is dead: not at each failed attempt. */
  readonly onFailure?: FollowUp | readonly FollowUp[]
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly heartbeat?: Duration
  /** `at-most-once` never starts twice, whatever the outcome, except by hand. Default `at-least-once`. */
  readonly delivery?: 'at-least-once' | 'at-most-once'
  /**
   * `lazy` is for what may be lost in a cut (readings): enqueue resolves before it is on disk, and it gets there with the
   * next commit of others, or within 5 s. Not together with at-most-once. Default `commit`.
   */
  readonly durability?: Durability
  readonly paused?: boolean
  /** With `id`: 1 to 64 characters. A task with the same id and another fingerprint is another one: ERR_DUPLICATE_ID. */
  readonly fingerprint?: string
}
