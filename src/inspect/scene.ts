/** What is told at once: the messages of one step, or of one actor as it is, with those who appear in it. */
import type { Address } from './address.js'
import type { ActorMessage, Told } from './messages.js'

/** Whose it is, which is what clients choose by. */
export type Subject =
  | { readonly group: 'task'; readonly id: string; readonly kind: string }
  | { readonly group: 'supervisor' }
  | { readonly group: 'schedule'; readonly id: string }
  | { readonly group: 'device'; readonly id: string }
  | { readonly group: 'store' }

export interface Scene {
  readonly subject: Subject
  readonly messages: readonly Told[]
  /** Actors of the scene, for those who were not told of them yet. */
  readonly cast: ReadonlyMap<Address, () => ActorMessage>
  /** Its snapshots say no more than the introductions of those who appear in it. */
  readonly asIs?: true
  /** When it was, where that is not now. */
  readonly at?: (message: Told) => string | undefined
  /** It belongs to one committed step. */
  readonly step?: number
  /** Nothing more is expected of these. */
  readonly over?: readonly Address[]
}

export const NOBODY: Scene['cast'] = new Map()

/** One line for each subject. */
export function nameOf(subject: Subject): string {
  return 'id' in subject ? `${subject.group}:${subject.id}` : subject.group
}
