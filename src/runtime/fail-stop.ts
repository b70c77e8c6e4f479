/**
 * Fail-stop: after a failed commit nobody knows what of it is on disk. What is in memory is forgotten, nothing is
 * taken or acknowledged, the store is reopened (LevelDB refuses every write after a failed one until then), a write
 * proves that the disk is back, and then the store is read like at a start.
 */
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import type { HoldfastError } from '../model/errors.js'
import type { Store } from '../store/store.js'

const FIRST_MS = 500
const LONGEST_MS = 30_000

export interface FailStopPorts {
  /** Forgets what is in memory; the runs of functions go on. */
  forget(error: HoldfastError): void
  /** A synced write that has to succeed. */
  probe(): Promise<void>
  /** Reads the store and takes up what it says. */
  goOn(): Promise<void>
  /** Work is taken again. */
  release(): void
}

export class FailStop {
  readonly #store: Store
  readonly #clock: Clock
  readonly #ports: FailStopPorts
  /** When the disk failed, on the steady hand; until all of it has been read again. */
  #since: number | undefined
  #failures = 0
  #closed = false
  #wake: (() => void) | undefined
  #attempt: Promise<void> | undefined

  constructor(store: Store, clock: Clock, ports: FailStopPorts) {
    this.#store = store
    this.#clock = clock
    this.#ports = ports
  }

  get degraded(): boolean {
    return this.#since !== undefined
  }

  /** A commit failed. */
  begin(error: HoldfastError): void {
    if (this.#closed) return
    this.#since ??= this.#clock.steady()
    this.#failures++
    tell('store.degraded', () => ({ error }))
    this.#ports.forget(error)
    this.#attempt ??= this.#recover()
  }

  /** Gives up; resolves when no attempt is under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#wake?.()
    await this.#attempt
  }

  async #recover(): Promise<void> {
    for (let delay = FIRST_MS; !this.#closed; delay = Math.min(2 * delay, LONGEST_MS)) {
      await this.#sleep(delay)
      if (this.#closed) return
      try {
        await this.#store.close()
        await this.#store.open()
        await this.#ports.probe()
      } catch {
        continue
      }
      const failures = this.#failures
      try {
        await this.#ports.goOn()
      } catch {
        continue
      }
      // A commit may have failed again while the store was read.
      if (this.#failures > failures) continue
      const afterMs = this.#clock.steady() - (this.#since as number)
      this.#since = undefined
      // In one go with the above: the next failure has to begin an attempt of its own.
      this.#attempt = undefined
      this.#ports.release()
      tell('store.recovered', () => ({ afterMs }))
      return
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      this.#clock.alarm('steady', this.#clock.steady() + ms, resolve)
    })
  }
}
