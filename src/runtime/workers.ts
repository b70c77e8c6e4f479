/** The workers in other processes, as far as they have shown themselves since the start: who they are, and who is gone. */
import { isoTime } from '../model/duration.js'

/** A worker as it is listed. */
export interface WorkerView {
  readonly worker: string
  /** What it asked for last. */
  readonly kinds: readonly string[]
  /** `waiting` for work, `working`, `idle` (seen lately), or `gone`. */
  readonly state: 'waiting' | 'working' | 'idle' | 'gone'
  readonly leases: number
  readonly seenAt: string
}

interface Seen {
  kinds: readonly string[]
  polls: number
  leases: number
  seenAt: number
  /** It hung up while it waited. */
  left: boolean
}

/** Longer than the longest wait for work: silence beyond it is absence. */
const GONE_MS = 90_000
const MOST = 1_000

export class Workers {
  readonly #workers = new Map<string, Seen>()
  readonly #clock: { wall(): number; steady(): number }

  constructor(clock: { wall(): number; steady(): number }) {
    this.#clock = clock
  }

  arrive(name: string, kinds: readonly string[]): void {
    const seen = this.#workers.get(name) ?? { kinds, polls: 0, leases: 0, seenAt: 0, left: false }
    this.#workers.delete(name)
    this.#workers.set(name, seen)
    seen.kinds = kinds
    seen.polls++
    this.#saw(seen)
    if (this.#workers.size > MOST) this.#forgetOne()
  }

  /** It waits no longer; `hungUp` when its connection was gone. */
  leave(name: string, hungUp: boolean): void {
    const seen = this.#workers.get(name)
    if (!seen) return
    seen.polls--
    if (hungUp) seen.left = true
    else this.#saw(seen)
  }

  sign(name: string): void {
    const seen = this.#workers.get(name)
    if (seen) this.#saw(seen)
  }

  leased(name: string, by: 1 | -1): void {
    const seen = this.#workers.get(name)
    if (seen) seen.leases += by
  }

  list(): WorkerView[] {
    const ahead = this.#clock.wall() - this.#clock.steady()
    return [...this.#workers].map(([worker, seen]) => ({
      worker,
      kinds: seen.kinds,
      state: this.#stateOf(seen),
      leases: seen.leases,
      seenAt: isoTime(seen.seenAt + ahead),
    }))
  }

  #stateOf({ polls, leases, left, seenAt }: Seen): WorkerView['state'] {
    if (polls > 0) return 'waiting'
    if (left || this.#clock.steady() - seenAt > GONE_MS) return 'gone'
    return leases > 0 ? 'working' : 'idle'
  }

  #saw(seen: Seen): void {
    seen.seenAt = this.#clock.steady()
    seen.left = false
  }

  /** The one that has been silent longest and holds nothing. */
  #forgetOne(): void {
    for (const [name, { polls, leases }] of this.#workers) {
      if (polls > 0 || leases > 0) continue
      this.#workers.delete(name)
      return
    }
  }
}
