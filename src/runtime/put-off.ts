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
  /** In their order, with those that have been written since. They stay in memory: only there is the step. */
  #units: TaskUnit[] = []
  #left = 0
  readonly #host: Host
  #writing: Promise<void> | undefined

  constructor(host: Host) {
    this.#host = host
  }

  /** `effects`: what is told of the step when it is on disk. */
  add(unit: TaskUnit, effects: readonly (() => void)[]): void {
    unit.pins++
    unit.putOff = effects.length === 0 ? NONE : effects
    this.#units.push(unit)
    this.#left++
  }

  /** The unit has joined a commit: its step is part of it, and comes first. */
  joined(unit: TaskUnit): void {
    const effects = unit.putOff
    if (!effects) return
    unit.putOff = undefined
    unit.pins--
    if (--this.#left === 0) this.#units = []
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
    for (const unit of this.#units) unit.putOff = undefined
    this.#units = []
    this.#left = 0
  }

  async #write(): Promise<void> {
    let from = 0
    while (this.#left > 0) {
      const before = this.#left
      // A worker starts what it can with one commit, and what it hears of then with the next.
      for (let commits = 0; commits < 2; commits++) await this.#host.commit.durable()
      if (this.#left < before) continue
      const units = this.#units
      for (let left = PORTION; left > 0 && from < units.length; from++) {
        const unit = units[from] as TaskUnit
        if (!unit.putOff) continue
        this.#host.join(unit)
        left--
      }
    }
  }
}
