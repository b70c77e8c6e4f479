/**
 * Group commit. Every actor with a step to keep joins the batch that is filling; one batch at a time is written and
 * fsynced; when it is on disk its effects run, in the order of the steps. While one batch is in flight the next fills,
 * so under load thousands of steps share an fsync and an idle system writes nothing. Chores, for which nobody waits, are
 * done while the disk has the next one to write.
 *
 * A step joined is not yet written: participants are asked for their records only when the batch leaves, so several
 * steps of one actor in one batch cost one put. When a batch fails nobody can know what of it is on disk: everything
 * that waits is told so, and nothing more is taken until `reopen`.
 *
 * How soon a batch leaves is up to who joins it: at once; after the window that it may wait for company; or, when all
 * that joined may be lost, with the next batch that somebody else asks for, and after five seconds by itself.
 */
import { HoldfastError } from '../model/errors.js'
import { Batch, type Chore, type Effect, type Participant } from './batch.js'
import type { Store } from './store.js'

export interface CommitHooks {
  /** Called before a batch leaves: the last chance to join it. */
  beforeLeaving(batch: Batch): void
  /** Everybody has written into it: what sums it up is added now. Nothing is written when it is empty. */
  written(batch: Batch): void
  /** Calls `fire` after some time, unless it is cleared before. */
  later(ms: number, fire: () => void): { clear(): void }
  /** Milliseconds on a hand that never steps. */
  now(): number
  begun(batch: Batch): void
  /** It is on its way; nothing of it waits for what is done here. */
  departed(batch: Batch): void
  /** On disk; its effects have not run. */
  ended(batch: Batch): void
  /** On disk, and its effects have run; no other has left since. */
  landed(batch: Batch): void
  /** The same, when nobody waits for what is done here: the next one is on its way, or there is none, or it failed. */
  tidy(batch: Batch): void
  failed(error: HoldfastError): void
  effectFailed(error: unknown): void
}

/** Beyond this many waiting steps a caller is told to wait (back-pressure). */
const CROWDED = 20_000
/** Beyond this many waiting callers they are refused. */
const MOST_WAITING = 100_000
/** A batch of this size waits for nobody. */
const FULL = 5_000
/** Beyond this size whoever is in no hurry keeps out of the way. */
const BUSY = 2_000
/** What may be lost is on disk after this long. */
const LATE_MS = 5_000

interface Waiting {
  clear(): void
}

export class GroupCommit {
  readonly #store: Store
  readonly #hooks: CommitHooks
  /** How long a batch waits for company. */
  readonly #windowMs: number
  /** Nothing waits for company any more. */
  #hasty = false
  #filling = new Batch()
  #flying: Batch | undefined
  /** Landed, and not tidied up after. */
  #landed: Batch | undefined
  #departedAt = 0
  #scheduled = false
  /** The filling batch leaves as soon as none is in flight. */
  #urgent = false
  /** What joins just now may be lost. */
  #lazy = false
  #window: Waiting | undefined
  #late: Waiting | undefined
  /** Somebody wants to join the next batch when it leaves; kept while one is in flight. */
  #nudged = false
  #broken: HoldfastError | undefined
  #rooms: { resolve: () => void; reject: (error: HoldfastError) => void }[] = []
  #idle: (() => void)[] = []

  /** `windowMs`: how long a batch waits for company. */
  constructor(store: Store, hooks: CommitHooks, windowMs = 0) {
    this.#store = store
    this.#hooks = hooks
    this.#windowMs = windowMs
  }

  /** Much waits already: whoever is in no hurry lets it pass. */
  get busy(): boolean {
    return this.#filling.size > BUSY
  }

  /** The participant's state as of the batch's leaving becomes part of the filling batch. */
  join(participant: Participant): void {
    this.#filling.join(participant)
    this.#schedule()
  }

  /** One more put of its own in the filling batch. */
  put(key: string, value: string): void {
    this.#filling.put(key, value)
    this.#schedule()
  }

  del(key: string): void {
    this.#filling.del(key)
    this.#schedule()
  }

  /** Runs when the filling batch is on disk; `lost` when nobody can know whether it is. */
  after(run: () => void, lost?: (error: HoldfastError) => void): void {
    this.effect({ run, lost })
  }

  /** The same, for what there is one of for every step: an object is cheaper than its functions. */
  effect(effect: Effect): void {
    if (this.#broken) {
      effect.lost?.(this.#broken)
      return
    }
    this.#filling.effects.push(effect)
    this.#schedule()
  }

  /** Runs some time after the effects of the filling batch, while the disk has the next one to write. */
  chore(chore: Chore): void {
    if (this.#broken) return
    this.#filling.chores.push(chore)
    this.#schedule()
  }

  /** Does the chores of the batch that landed last, for whoever cannot wait until they are done. */
  tidy(): void {
    const batch = this.#landed
    if (!batch) return
    this.#landed = undefined
    for (const chore of batch.chores) this.#attempt(chore)
    this.#attempt({ run: () => this.#hooks.tidy(batch) })
  }

  /** Lets the next batch leave even if nothing has joined it yet: somebody will, in beforeLeaving. */
  nudge(): void {
    if (!this.#lazy) this.#nudged = true
    this.#schedule()
  }

  /** What joins within `work` may be lost: it hurries no batch. */
  lazily<T>(work: () => T): T {
    const before = this.#lazy
    this.#lazy = true
    try {
      return work()
    } finally {
      this.#lazy = before
    }
  }

  /** The filling batch leaves now, or when the one in flight has landed, whatever it waited for. */
  hurry(): void {
    this.#urgent = true
    this.#nudged = true
    this.#depart()
  }

  /** From now on no batch waits, neither for company nor because it may be late: the runtime stops. */
  hasten(): void {
    this.#hasty = true
    if (this.#filling.size > 0) this.hurry()
  }

  /** For how long, in milliseconds, the batch in flight has been on its way; 0 when none is. */
  get flyingMs(): number {
    return this.#flying ? this.#hooks.now() - this.#departedAt : 0
  }

  /** Something is on its way to the disk, or waits for it. */
  get pending(): boolean {
    return this.#flying !== undefined || this.#filling.size > 0
  }

  /** The keys of a class that are about to be written. */
  touched(prefix: string): Set<string> {
    const ops = [...(this.#flying?.ops ?? []), ...this.#filling.ops]
    return new Set(ops.flatMap(({ key }) => (key.startsWith(prefix) ? [key] : [])))
  }

  /** Resolves when all that has joined so far is on disk. @throws ERR_COMMIT_UNKNOWN */
  durable(): Promise<void> {
    return new Promise((resolve, reject) => this.after(resolve, reject))
  }

  /** The same, without waiting for company. */
  flush(): Promise<void> {
    const kept = this.durable()
    this.hurry()
    return kept
  }

  /** Back-pressure: a promise to await before joining when too much waits already. @throws ERR_OVERLOADED */
  room(): Promise<void> | undefined {
    if (this.#filling.size < CROWDED) return undefined
    if (this.#rooms.length >= MOST_WAITING) throw new HoldfastError('ERR_OVERLOADED')
    return new Promise((resolve, reject) => this.#rooms.push({ resolve, reject }))
  }

  /** Resolves when nothing is in flight and nothing waits. */
  async drained(): Promise<void> {
    while (!this.#broken && (this.#flying || this.#filling.size > 0)) {
      if (this.#filling.size > 0) this.hurry()
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
  }

  /** Takes steps again after a failure, when the store has been reopened and read. */
  reopen(): void {
    this.#broken = undefined
    this.#filling = new Batch()
    this.#forgetWaits()
  }

  /** Everything that waits is lost: the runtime is about to read the store again. */
  fail(error: HoldfastError): void {
    this.#broken = error
    this.tidy()
    const lost = [...(this.#flying?.effects ?? []), ...this.#filling.effects]
    const rooms = this.#rooms
    this.#filling = new Batch()
    this.#forgetWaits()
    this.#rooms = []
    for (const effect of lost) effect.lost?.(error)
    for (const room of rooms) room.reject(error)
    this.#wakeIdle()
  }

  #schedule(): void {
    if (this.#urgent || this.#broken) return
    if (this.#filling.size < FULL && !this.#hasty) {
      if (this.#lazy) {
        this.#late ??= this.#hooks.later(LATE_MS, () => this.hurry())
        return
      }
      if (this.#windowMs > 0) {
        this.#window ??= this.#hooks.later(this.#windowMs, () => this.hurry())
        return
      }
    }
    this.#urgent = true
    this.#depart()
  }

  #depart(): void {
    if (this.#scheduled || this.#flying || this.#broken) return
    this.#scheduled = true
    // After the microtasks of this turn: an outcome and the enqueue that its caller makes next share the batch.
    setImmediate(() => {
      this.#scheduled = false
      if (!this.#flying && !this.#broken) void this.#leave()
    })
  }

  async #leave(): Promise<void> {
    this.#nudged = false
    this.#hooks.beforeLeaving(this.#filling)
    const batch = this.#filling
    this.#filling = new Batch()
    this.#flying = batch
    this.#departedAt = this.#hooks.now()
    this.#forgetWaits()
    if (this.#nudged) this.#schedule()
    try {
      for (const participant of batch.participants) participant.write(batch)
      if (batch.ops.length > 0) this.#hooks.written(batch)
      this.#hooks.begun(batch)
      const written = batch.ops.length > 0 ? this.#store.batch(batch.ops, true) : undefined
      this.#hooks.departed(batch)
      this.tidy()
      for (const effect of batch.effects) effect.ready?.()
      await written
    } catch (cause) {
      if (this.#broken) return
      const error = new HoldfastError('ERR_COMMIT_UNKNOWN', undefined, { cause })
      this.fail(error)
      this.#flying = undefined
      this.#hooks.failed(error)
      return
    }
    if (this.#broken) return
    this.#flying = undefined
    this.#hooks.ended(batch)
    this.#play(batch)
    if (this.#broken) return
    this.#hooks.landed(batch)
    this.#landed = batch
    if (this.#urgent) this.#depart()
    else {
      this.tidy()
      this.#wakeIdle()
    }
    const rooms = this.#rooms
    this.#rooms = []
    for (const room of rooms) room.resolve()
  }

  #play(batch: Batch): void {
    for (const effect of batch.effects) {
      this.#attempt(effect)
      if (this.#broken) return
    }
  }

  #attempt(chore: Chore): void {
    try {
      chore.run()
    } catch (error) {
      this.#hooks.effectFailed(error)
    }
  }

  #forgetWaits(): void {
    this.#urgent = false
    this.#window?.clear()
    this.#late?.clear()
    this.#window = undefined
    this.#late = undefined
  }

  #wakeIdle(): void {
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
