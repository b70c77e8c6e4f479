/** What the page says to the inspector and hears of it: the daemon's own words, and those about a subscription. */
import type { Message as Told } from '../messages.js'

export type { ActorMessage, SnapshotView, TimerView } from '../messages.js'

interface Timed {
  readonly at: string
}

export type Message =
  | Told
  | (Timed & { readonly type: 'dropped'; readonly count: number })
  | (Timed & { readonly type: 'caught-up'; readonly name: string; readonly actors: number; readonly more?: boolean })

export type Said = Message | (Timed & { readonly type: 'hello'; readonly state: string }) | Answered

/** To what the page itself sends by this connection. */
interface Answered {
  readonly type: 'answer' | 'refused'
}

/** What a view asks for. */
export interface Subscription {
  readonly tasks?: readonly string[]
  readonly kinds?: readonly string[]
  readonly supervisors?: boolean
  readonly schedules?: boolean
  readonly devices?: boolean
  readonly all?: boolean
  readonly messages?: readonly Told['type'][]
  readonly past?: boolean
  readonly limit?: number
}
