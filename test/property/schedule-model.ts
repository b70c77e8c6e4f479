/**
 * What a schedule comes to, told naively: its instants are an array, everything is looked at one by one. It knows
 * nothing of spans, of due keys, or of how the real one walks.
 */
export interface Rules {
  readonly instants: readonly number[]
  readonly overlap: 'skip' | 'queue' | 'allow' | 'replace'
  readonly queueLimit: number
  readonly missed: {
    readonly policy: 'skip' | 'first' | 'last' | 'all'
    readonly windowMs: number
    readonly limit: number
  }
  readonly until: number | null
  readonly count: number | null
}

const ON_TIME_MS = 60_000
const MOST_COUNTED = 1000

export class Model {
  rules: Rules
  state: 'active' | 'paused' | 'ended' = 'active'
  /** The instants that have a task, in the order in which they were made. */
  readonly made: number[] = []
  readonly counters = { made: 0, skipped: 0, missed: 0 }
  waiting: number[] = []
  /** Tasks that have not ended. */
  open: number[] = []
  #seen: number
  readonly #lived: [after: number, upTo: number][] = []

  constructor(rules: Rules, now: number) {
    this.rules = rules
    this.#seen = now
    this.#endIfOver()
  }

  /** The schedule is looked at. */
  look(now: number): void {
    if (this.state !== 'active') return
    // A clock that was set back: what was not dealt with may come again.
    if (now < this.#seen) this.#seen = now
    const due = this.#candidates(now)
    const latest = due.at(-1)
    if (latest === undefined) return
    const wanted = this.#wanted(due, latest, now)
    this.counters.missed += Math.min(due.length, MOST_COUNTED) - wanted.length
    // What was lived through is lived through, whatever the times are by then; what was passed over is not.
    this.#lived.push([due.length === wanted.length ? this.#seen : (wanted[0] ?? latest) - 1, latest])
    this.#seen = latest
    this.#make(wanted.filter((at) => !this.made.includes(at)))
    this.#endIfOver()
  }

  /** The task that runs longest ends. */
  finish(): number | undefined {
    const ended = this.open.shift()
    this.#next()
    return ended
  }

  pause(): void {
    if (this.state === 'active') this.state = 'paused'
  }

  resume(now: number): void {
    if (this.state !== 'paused') return
    this.counters.skipped += Math.min(this.#candidates(now).length, MOST_COUNTED)
    this.#seen = now
    this.state = 'active'
    this.#next()
    this.#endIfOver()
  }

  /** Other times, from now on. */
  change(rules: Rules, now: number): void {
    this.rules = rules
    this.#seen = Math.max(this.#seen, now)
    if (this.state === 'ended' && !this.#full()) this.state = 'active'
    if (this.state === 'active') this.#endIfOver()
  }

  #dealt(at: number): boolean {
    return this.#lived.some(([after, upTo]) => at > after && at <= upTo)
  }

  #candidates(now: number): number[] {
    const { instants, until } = this.rules
    return instants.filter((at) => at > this.#seen && at <= now && (until === null || at <= until) && !this.#dealt(at))
  }

  #wanted(due: readonly number[], latest: number, now: number): number[] {
    const { policy, windowMs, limit } = this.rules.missed
    const onTime = now - latest <= ON_TIME_MS ? [latest] : []
    const near = due.filter((at) => at >= now - windowMs)
    if (policy === 'skip' || near.length === 0) return onTime
    if (policy === 'last') return [latest]
    if (policy === 'all') return near.slice(-limit)
    return [...new Set([near[0] as number, ...onTime])]
  }

  #make(instants: readonly number[]): void {
    const { overlap, queueLimit, count } = this.rules
    const room = count === null ? instants.length : Math.max(0, count - this.counters.made - this.waiting.length)
    const wanted = instants.slice(0, room)
    if (overlap === 'allow') this.#begin(wanted)
    else if (overlap === 'skip') {
      if (this.open.length > 0) this.counters.skipped += wanted.length
      else this.#begin(wanted)
    } else if (overlap === 'replace') {
      if (wanted.length === 0) return
      this.open = []
      this.counters.skipped += wanted.length - 1
      this.#begin(wanted.slice(-1))
    } else {
      for (const at of wanted) {
        if (this.open.length === 0 && this.waiting.length === 0) this.#begin([at])
        else if (this.waiting.length < queueLimit) this.waiting.push(at)
        else this.counters.skipped++
      }
    }
  }

  #begin(instants: readonly number[]): void {
    this.made.push(...instants)
    this.open.push(...instants)
    this.counters.made += instants.length
  }

  #next(): void {
    if (this.state !== 'active' || this.open.length > 0) return
    const at = this.waiting.shift()
    if (at !== undefined) this.#begin([at])
    this.#endIfOver()
  }

  #full(): boolean {
    return this.rules.count !== null && this.counters.made >= this.rules.count
  }

  #endIfOver(): void {
    const { instants, until } = this.rules
    const more = instants.some((at) => at > this.#seen && (until === null || at <= until) && !this.#dealt(at))
    if (!this.#full() && (more || this.waiting.length > 0)) return
    this.state = 'ended'
    this.waiting = []
  }
}
