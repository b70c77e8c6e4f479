/**
 * Knows when nothing moves any more, without waiting for time to pass: nothing is on its way to or from the store, no
 * file is being read or written, and no fact was told for some turns of the loop.
 */
import { AssertionError } from 'node:assert'
import { channel } from 'node:diagnostics_channel'
import { POINTS } from '../kernel/telemetry.js'

/** Turns of the loop without any fact told before all is held to be quiet. */
const QUIET = 8
/** Some minutes of turns: what moves for so long while no time passes moves in a circle. */
const MOST_TURNS = 10_000_000
/** So many facts are no work any more, while no time passes. */
const MOST_FACTS = 500_000

export class Quiet {
  #facts = 0
  #last = ''
  readonly #channels = Object.keys(POINTS).map((point) => {
    const heard = () => {
      this.#facts++
      this.#last = point
    }
    const source = channel(`holdfast:${point}`)
    source.subscribe(heard)
    return { source, heard }
  })

  /**
   * Resolves when nothing moves any more; what `busy` is asked about counts as movement.
   * @throws AssertionError when it never comes to rest
   */
  async settled(busy: () => boolean = () => false): Promise<void> {
    const begun = this.#facts
    let turns = 0
    for (let quiet = 0, seen = begun; quiet < QUIET; quiet++) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      if (this.#facts === seen && !busy() && !filesBusy()) continue
      if (++turns > MOST_TURNS || this.#facts - begun > MOST_FACTS) throw this.#restless()
      quiet = -1
      seen = this.#facts
    }
  }

  close(): void {
    for (const { source, heard } of this.#channels) source.unsubscribe(heard)
  }

  #restless(): AssertionError {
    const message = `it never comes to rest while no time passes; the last that was told is ${this.#last}`
    return new AssertionError({ message, operator: 'settled' })
  }
}

/** A processor that works with files is at work though nobody hears of it. */
function filesBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq') || name === 'CloseReq')
}
