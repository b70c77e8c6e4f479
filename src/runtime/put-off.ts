/**
 * Steps that are written with the next one of their task. A hundred thousand runs that a cut interrupted are queued
 * again and started again within seconds: one record each is enough. Until then the record says RUNNING, as it did: a
 * cut finds the same again. What no start takes along is written by itself, a portion at a time.
 */
import type { TaskContext, TaskState } from '../../machines/index.js'
import type { GroupCommit } from '../store/commit.js'
import type { TaskUnit } from './unit.js'

/** Written by themselves in one commit. */
const PORTION = 5000
/** Fewer starts than these in two commits are no reason to wait for the others. */
const STREAM = 1000

/** A step as it is told when it is on disk. */
export interface Step {
  readonly event: string
  readonly from: TaskState
  readonly to: TaskState
  readonly context: TaskContext
}

interface Host {
  readonly commit: GroupCommit
  join(unit: TaskUnit): void
}

export class PutOff {
  /** In their order, with those that have been written since. They stay in memory: only there is the step. */
  #units: TaskUnit[] = []
  #left = 0
  readonly #host: Host
  #writing: Promise<void> | undefined

  constructor(host: Host) {
    this.#host = host
  }

  add(unit: TaskUnit, step: Step): void {
    unit.pins++
    unit.putOff = step
    this.#units.push(unit)
    this.#left++
  }

  /** The unit joins a commit, and its step is part of it: gives that. */
  take(unit: TaskUnit): Step | undefined {
    const step = unit.putOff
    if (!step) return undefined
    unit.putOff = undefined
    unit.pins--
    this.#left--
    return step
  }

  /** Resolves when all of them are on disk, or lost with a failing one, which says what they were. */
  write(): Promise<void> {
    this.#writing ??= this.#write()
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined
      })
    return this.#writing
  }

  /** The store is about to be read again. */
  clear(): void {
    for (const unit of this.#units) unit.putOff = undefined
    this.#units = []
    this.#left = 0
  }

  async #write(): Promise<void> {
    if (this.#left === 0) return
    const units = this.#units
    let from = 0
    while (this.#left > 0 && from < units.length) {
      const before = this.#left
      // A worker starts what it can with one commit, and what it hears of then with the next.
      for (let commits = 0; commits < 2; commits++) await this.#host.commit.durable()
      if (before - this.#left >= STREAM) continue
      for (let left = PORTION; left > 0 && from < units.length; from++) {
        const unit = units[from] as TaskUnit
        if (!unit.putOff) continue
        this.#host.join(unit)
        left--
      }
    }
    this.#units = []
    await this.#host.commit.durable()
  }
}
