/** One batch of a group commit: who has joined it, what it writes, and what happens when it is on disk. */
import type { HoldfastError } from '../model/errors.js'
import type { Op } from './store.js'

/** Somebody whose latest state has to be on disk before its effects run. */
export interface Participant {
  /** The number of the batch that it joined last; 0 for none. */
  joined: number
  /** Adds the puts and dels that keep the state as it is now. Called once a batch. */
  write(batch: Batch): void
}

/** What happens when a batch is on disk. */
export interface Effect {
  run(): void
  /** While it is on its way: what can be made ready without anybody seeing it. Throws nothing. */
  ready?(): void
  /** Nobody can know whether it is. */
  readonly lost?: ((error: HoldfastError) => void) | undefined
}

/** What is done when nothing waits for it. */
export interface Chore {
  run(): void
}

let batches = 0

/** What leaves for the disk in one piece. */
export class Batch {
  readonly ops: Op[] = []
  /** Each of them once. */
  readonly participants: Participant[] = []
  readonly effects: Effect[] = []
  readonly chores: Chore[] = []
  readonly #number = ++batches

  join(participant: Participant): void {
    if (participant.joined === this.#number) return
    participant.joined = this.#number
    this.participants.push(participant)
  }

  put(key: string, value: string): void {
    this.ops.push({ type: 'put', key, value })
  }

  del(key: string): void {
    this.ops.push({ type: 'del', key })
  }

  /** Runs when this batch is on disk. */
  after(run: () => void, lost?: (error: HoldfastError) => void): void {
    this.effects.push({ run, lost })
  }

  /** As telemetry tells of it. */
  get measure(): { readonly ops: number; readonly steps: number } {
    return { ops: this.ops.length, steps: this.participants.length }
  }

  get size(): number {
    return this.ops.length + this.participants.length + this.effects.length + this.chores.length
  }
}
