/** Knows when nothing moves any more, without waiting for time to pass. */
import { channel } from 'node:diagnostics_channel'
import { POINTS } from '../../src/kernel/telemetry.js'
import type { PowerLossStore } from '../support/power-loss-store.js'

/** Turns of the loop without any fact told before all is held to be quiet. */
const QUIET = 8

export class Quiet {
  #facts = 0
  readonly #heard = () => void this.#facts++
  readonly #channels = Object.keys(POINTS).map((point) => channel(`holdfast:${point}`))

  constructor() {
    for (const each of this.#channels) each.subscribe(this.#heard)
  }

  /** Resolves when nothing is in flight and nobody has told anything for some turns of the loop. */
  async settled(store: PowerLossStore): Promise<void> {
    for (let quiet = 0, seen = this.#facts; quiet < QUIET; quiet++) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      if (this.#facts === seen && store.inFlight === 0) continue
      quiet = -1
      seen = this.#facts
    }
  }

  close(): void {
    for (const each of this.#channels) each.unsubscribe(this.#heard)
  }
}
