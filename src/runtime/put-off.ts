/**
 * Steps that are written with the next one of their task. A hundred thousand runs that a cut interrupted are queued
 * again and started again within seconds: one record each is enough. Until then the record says RUNNING, as it did: a
 * cut finds the same again. What no start takes along is written by itself, a portion at a time.
 */
import type { GroupCommit } from '../store/commit.js'
import type { TaskUnit } from './unit.js'

/** Written by themselves in one commit. */
const PORTION = 5000

const NONE: readonly (() => void)[] = []

interface Host {
  readonly commit: GroupCommit
  join(unit: TaskUnit): void
}

export class PutOff {
  /** Each with what is told of its step when that is on disk. They stay in memory: only there is the step. */
  readonly #units = new Map<TaskUnit, readonly (() => void)[]>()
  readonly #host: Host
  #writing: Promise<void> | undefined

  constructor(host: Host) {
    this.#host = host
  }

  add(unit: TaskUnit, effects: readonly (() => void)[]): void {
    unit.pins++
    this.#units.set(unit, effects.length === 0 ? NONE : effects)
  }

  /** The unit has joined a commit: its step is part of it, and comes first. */
  joined(unit: TaskUnit): void {
    const effects = this.#units.get(unit)
    if (!effects) return
    this.#units.delete(unit)
    unit.pins--
    for (const effect of effects) this.#host.commit.after(effect)
  }

  /** Resolves when all of them are written, or lost with a failing disk, which says what they were. */
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
    this.#units.clear()
  }

  async #write(): Promise<void> {
    while (this.#units.size > 0) {
      const before = this.#units.size
      // A worker starts what it can with one commit, and what it hears of then with the next.
      for (let commits = 0; commits < 2; commits++) await this.#host.commit.durable()
      if (this.#units.size < before) continue
      let left = PORTION
      for (const unit of this.#units.keys()) {
        if (left-- === 0) break
        this.#host.join(unit)
      }
    }
  }
}
