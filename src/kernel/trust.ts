/**
 * Whether the wall clock can be believed. A board without a battery boots in the past: what is due by the time of day
 * holds until a time service says that the clock is right, or it is no longer behind the highest time that was ever
 * seen (which is kept in the store), or the hold is over. Relative waits go on meanwhile.
 *
 * Nobody is asked while nothing waits for the time of day: the first such wait says `want()`.
 */
import type { Alarm, Clock } from './clock.js'
import { type Synced, TimeService } from './synced.js'
import { tell } from './telemetry.js'

/** A clock is behind when it is so much less than the highest time seen. */
const BEHIND_MS = 2_000
/** While in doubt the clock is looked at this often: nothing tells a process that it was set. */
const LOOK_MS = 30_000
/** Before this nobody had this program: a board that boots in 1970 is in doubt at its very first start, too. */
const EARLIEST = Date.UTC(2020, 0, 1)

export interface TrustPorts {
  /** The clock is believed, or not any more. `behind`: it was set back, and is right. */
  verdict(trusted: boolean, behind: boolean): void
  log(message: string): void
}

export class Trust {
  readonly #clock: Clock
  readonly #holdMs: number
  readonly #service: TimeService
  readonly #ports: TrustPorts
  #state: 'unknown' | 'trusted' | 'doubted' = 'unknown'
  #highest = EARLIEST
  #looking: Promise<void> | undefined
  #again = false
  #alarms: Alarm[] = []
  #unwatch: (() => void) | undefined
  /** The hold was over once: that no service has set the clock is no news any more. */
  #patient = true
  #since = 0
  /** It was found to be right, below the highest time: whoever had gone ahead is being set back. */
  #lowering = false
  #closed = false

  constructor(clock: Clock, holdMs: number, ports: TrustPorts, service: TimeService = new TimeService()) {
    this.#clock = clock
    this.#holdMs = holdMs
    this.#ports = ports
    this.#service = service
  }

  get trusted(): boolean {
    return this.#state === 'trusted'
  }

  /** The highest time that is known to have been, for the store. A clock in doubt raises nothing. */
  get highest(): number {
    if (this.#state !== 'doubted' && !this.#lowering) this.#highest = Math.max(this.#highest, this.#clock.wall())
    return this.#highest
  }

  /** What was kept of the life before. */
  resume(highest: number | undefined): void {
    this.#highest = Math.max(EARLIEST, highest ?? 0)
  }

  /** Something waits for the time of day: resolves when it is known whether that can be believed. */
  async want(): Promise<void> {
    if (this.#state === 'unknown') await this.examine()
  }

  /** Looks again. At once where there is nobody to ask. */
  examine(): Promise<void> | undefined {
    if (this.#closed) return undefined
    if (!this.#service.present) {
      this.#judge('unknown')
      return undefined
    }
    // What is being looked at may have changed behind the look.
    this.#again = this.#looking !== undefined
    this.#looking ??= this.#look()
    return this.#looking
  }

  async #look(): Promise<void> {
    let sync: Synced
    do {
      this.#again = false
      sync = await this.#service.look()
    } while (this.#again)
    this.#looking = undefined
    if (!this.#closed) this.#judge(sync)
  }

  /** The clock was found to have stepped. */
  stepped(): void {
    if (this.#state !== 'unknown') void this.examine()
  }

  /** Whoever had gone ahead has been set back: the present is the highest time now. */
  lowered(): void {
    if (!this.#lowering) return
    this.#lowering = false
    this.#highest = Math.max(EARLIEST, this.#clock.wall())
  }

  close(): void {
    this.#closed = true
    this.#rest()
  }

  #judge(sync: Synced): void {
    const wall = this.#clock.wall()
    const behind = wall < this.#highest - BEHIND_MS
    const reason =
      sync === 'yes' ? undefined : behind ? 'behind' : sync === 'no' && this.#patient ? 'unsynced' : undefined
    if (reason === undefined) this.#believe(sync === 'yes' ? 'synced' : 'plausible', behind)
    else if (this.#state === 'doubted' && this.#clock.steady() - this.#since >= this.#holdMs) this.#giveIn(behind)
    else if (this.#holdMs === 0) this.#believe('held', behind)
    else if (!this.#lowering) this.#doubt(reason, wall)
  }

  #doubt(reason: string, wall: number): void {
    const known = this.#state === 'doubted'
    this.#state = 'doubted'
    if (!known) this.#since = this.#clock.steady()
    this.#rest()
    const again = () => void this.examine()
    this.#alarms = [
      this.#clock.alarm('steady', this.#since + this.#holdMs, again),
      // A wait on the wall hand makes the clock look whether it was set.
      this.#clock.alarm('wall', reason === 'behind' ? this.#highest : wall + LOOK_MS, again),
    ]
    this.#unwatch = this.#service.watch(again)
    if (known) return
    const highest = this.#highest
    tell('clock.doubted', () => ({ reason, wall, highest }))
    const why =
      reason === 'behind'
        ? `it is behind ${new Date(highest).toISOString()}`
        : 'no time service has set it since the boot'
    this.#ports.log(
      `the wall clock is not trusted (${why}): schedules by the time of day hold, for ${this.#holdMs} ms at most`,
    )
    this.#ports.verdict(false, false)
  }

  #giveIn(behind: boolean): void {
    this.#patient = false
    this.#believe('held', behind)
  }

  #believe(reason: 'synced' | 'plausible' | 'held', behind: boolean): void {
    const before = this.#state
    this.#rest()
    this.#state = 'trusted'
    if (behind) this.#lowering = true
    if (before === 'doubted' || behind) {
      const wall = this.#clock.wall()
      tell('clock.trusted', () => ({ reason, wall }))
      const why =
        reason === 'held'
          ? 'it was held long enough'
          : reason === 'synced'
            ? 'a time service has set it'
            : 'it has caught up'
      this.#ports.log(`the wall clock is trusted: ${why}`)
    }
    if (before !== 'trusted' || behind) this.#ports.verdict(true, behind)
  }

  #rest(): void {
    for (const alarm of this.#alarms) alarm.clear()
    this.#alarms = []
    this.#unwatch?.()
    this.#unwatch = undefined
  }
}
