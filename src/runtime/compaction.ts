/**
 * Compaction: after much was removed the store is asked to give the space back. It rewrites what lies between the
 * least and the greatest id that went: ids sort by the time they were made, so that is mostly what is gone. Seldom,
 * because it writes; never while work waits.
 */
import type { Alarm, Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { keyOf } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { TaskLog } from './log.js'

/** So many removed tasks are worth it. */
const MANY = 50_000
/** Fewer are worth it when they were a quarter of what there was; fewer than these never are. */
const FEW = 5_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

export interface CompactionPorts {
  /** How many ended tasks there are. */
  total(): number
  /** Work waits, or a sweep is on its way. */
  busy(): boolean
}

export class Compaction {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: TaskLog
  readonly #ports: CompactionPorts
  #removed = 0
  #least = ''
  #greatest = ''
  #ran = Number.NEGATIVE_INFINITY
  #alarm: Alarm | undefined

  constructor(store: Store, clock: Clock, log: TaskLog, ports: CompactionPorts) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#ports = ports
  }

  /** A task was removed. */
  note(id: string): void {
    if (this.#removed === 0 || id < this.#least) this.#least = id
    if (this.#removed === 0 || id > this.#greatest) this.#greatest = id
    this.#removed++
    if (this.#removed >= FEW && !this.#alarm && this.#worthIt()) this.#arm()
  }

  /** Memory is forgotten: the store is closed, or about to be. */
  clear(): void {
    this.#alarm?.clear()
    this.#alarm = undefined
  }

  #worthIt(): boolean {
    return this.#removed >= MANY || this.#removed * 3 >= this.#ports.total()
  }

  #arm(): void {
    const at = Math.max(this.#clock.steady() + MINUTE_MS, this.#ran + HOUR_MS)
    this.#alarm = this.#clock.alarm('steady', at, () => {
      this.#alarm = undefined
      if (this.#ports.busy()) this.#arm()
      else void this.#run()
    })
  }

  async #run(): Promise<void> {
    const [least, greatest] = [this.#least, this.#greatest]
    const began = this.#clock.steady()
    this.#ran = began
    this.#removed = 0
    try {
      for (const kind of ['ended', 'input'] as const) {
        await this.#store.compact(keyOf(kind, least), keyOf(kind, greatest))
      }
    } catch (error) {
      // A disk that fails says so at the next write; nothing here was acknowledged.
      this.#log.warn('the space of removed tasks was not given back', { error: String(error) })
      return
    }
    tell('store.compacted', () => ({ tookMs: this.#clock.steady() - began }))
  }
}
