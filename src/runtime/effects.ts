/** What follows the commit of nearly every step, as objects: a function for each would cost more than what it does. */
import { tell } from '../kernel/telemetry.js'
import type { Chore, Effect } from '../store/batch.js'
import type { LedgerPorts } from './ledger.js'
import type { Run } from './run.js'
import type { Ready, Runs } from './runs.js'
import type { TaskUnit } from './unit.js'

/** A step is on disk. */
export class Committed implements Effect {
  readonly #fact: object

  constructor(fact: object) {
    this.#fact = fact
  }

  run(): void {
    tell('task.committed', () => this.#fact)
  }
}

/** An end is on disk. */
export class Settled implements Effect {
  readonly #ports: LedgerPorts
  readonly #unit: TaskUnit

  constructor(ports: LedgerPorts, unit: TaskUnit) {
    this.#ports = ports
    this.#unit = unit
  }

  run(): void {
    this.#ports.settle(this.#unit)
  }
}

/** A start is on disk: its processor is called. */
export class Started implements Effect {
  readonly #runs: Runs
  readonly #unit: TaskUnit
  #ready: Ready | undefined

  constructor(runs: Runs, unit: TaskUnit) {
    this.#runs = runs
    this.#unit = unit
    unit.starting = true
  }

  ready(): void {
    this.#ready = this.#runs.ready(this.#unit)
  }

  run(): void {
    this.#unit.starting = false
    this.#runs.start(this.#unit, this.#unit.wasInterrupted, this.#ready)
  }
}

/** What a run came to is on disk. */
export class Over implements Chore {
  readonly #runs: Runs
  readonly #run: Run

  constructor(runs: Runs, run: Run) {
    this.#runs = runs
    this.#run = run
  }

  run(): void {
    this.#runs.over(this.#run)
  }
}
