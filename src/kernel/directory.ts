/**
 * The directory of live actors: who is in memory, by address. It is bounded: a tenth beyond its capacity the actors that
 * came longest ago are put to sleep, except those that are pinned (with a step that is not on disk yet, running, watched).
 */
import { HoldfastError } from '../model/errors.js'
import { tell } from './telemetry.js'

export interface Resident {
  readonly id: string
  /** How many use it across a wait just now. */
  pins: number
  /** Must stay: its state in memory is ahead of the disk, or something in memory depends on it. */
  pinned(): boolean
  /** Leaves memory; called once. */
  passivated(): void
}

/** An actor that is being read, and who wants to hold it when it comes. */
interface Loading<Actor> {
  readonly actor: Promise<Actor | undefined>
  readonly holds: ((actor: Actor) => void)[]
}

/**
 * Room is made when there are so many more than the capacity, for all of them at once: each look begins among those that
 * came longest ago, and has to pass the places of who is gone. Until then newcomers may go to sleep by themselves.
 */
const OVERFULL = 1.1

export class Directory<Actor extends Resident> {
  readonly #actors = new Map<string, Actor>()
  readonly #loading = new Map<string, Loading<Actor>>()
  readonly #capacity: number
  /** Room is made beyond this many. */
  #brim: number
  readonly #read: (ids: readonly string[]) => Promise<(Actor | undefined)[]>

  /** `read` gives the actors of ids as the store has them, `undefined` for those it has not. */
  constructor(capacity: number, read: (ids: readonly string[]) => Promise<(Actor | undefined)[]>) {
    this.#capacity = capacity
    this.#brim = capacity * OVERFULL
    this.#read = read
  }

  get size(): number {
    return this.#actors.size
  }

  /** The live actor of an address, if it is in memory. */
  resident(id: string): Actor | undefined {
    return this.#actors.get(id)
  }

  /** It is being read just now. */
  loading(id: string): boolean {
    return this.#loading.has(id)
  }

  residents(): IterableIterator<Actor> {
    return this.#actors.values()
  }

  /** A new actor takes its address. */
  admit(actor: Actor): void {
    this.#actors.set(actor.id, actor)
    if (this.#actors.size > this.#brim) this.#makeRoom(actor)
  }

  /** More are in memory than should be. */
  get full(): boolean {
    return this.#actors.size > this.#capacity
  }

  drop(id: string): void {
    this.#actors.delete(id)
  }

  /**
   * The live actors of some addresses, read back where they sleep; `undefined` for what does not exist. `hold` hears
   * of each before anything can put it to sleep again: whoever changes actors takes them with `use`.
   */
  activate(ids: readonly string[], hold?: (actor: Actor) => void): Promise<(Actor | undefined)[]> {
    const absent = ids.filter((id) => !this.#actors.has(id) && !this.#loading.has(id))
    if (absent.length > 0) {
      const read = this.#read(absent)
      absent.forEach((id, i) => {
        const loading: Loading<Actor> = {
          actor: read.then((actors) => this.#arrived(id, loading, actors[i])),
          holds: [],
        }
        this.#loading.set(id, loading)
        // Whoever awaits the whole hears of a failure; the single promise is only for those who come meanwhile.
        loading.actor.catch(() => this.#loading.get(id) === loading && this.#loading.delete(id))
      })
    }
    return Promise.all(
      ids.map((id) => {
        const actor = this.#actors.get(id)
        if (actor) hold?.(actor)
        else if (hold) this.#loading.get(id)?.holds.push(hold)
        return actor ?? this.#loading.get(id)?.actor
      }),
    )
  }

  /** Activates and keeps everybody in memory until `work` is done with them. */
  async use<Result>(
    ids: readonly string[],
    work: (actors: readonly (Actor | undefined)[]) => Promise<Result>,
  ): Promise<Result> {
    const held: Actor[] = []
    try {
      const actors = await this.activate(ids, (actor) => {
        actor.pins++
        held.push(actor)
      })
      return await work(actors)
    } finally {
      for (const actor of held) actor.pins--
    }
  }

  /** Forgets everybody: the store is about to be read again. */
  clear(): Actor[] {
    const all = [...this.#actors.values()]
    this.#actors.clear()
    this.#loading.clear()
    return all
  }

  #arrived(id: string, loading: Loading<Actor>, actor: Actor | undefined): Actor | undefined {
    // Everybody was forgotten while it was read: it may be older than what will be read next.
    if (this.#loading.get(id) !== loading) throw new HoldfastError('ERR_DEGRADED')
    this.#loading.delete(id)
    const present = this.#actors.get(id)
    const found = present ?? actor
    for (const hold of loading.holds) if (found) hold(found)
    if (present) return present
    if (!actor) return undefined
    tell('task.activated', () => ({ id }))
    this.admit(actor)
    return actor
  }

  /** The newcomer stays: whoever admits it is about to change it. Where nearly all are pinned, the next try can wait. */
  #makeRoom(newcomer: Actor): void {
    for (const [id, actor] of this.#actors) {
      if (this.#actors.size <= this.#capacity) break
      if (actor === newcomer || actor.pinned()) continue
      this.#actors.delete(id)
      actor.passivated()
      tell('task.passivated', () => ({ id }))
    }
    this.#brim = Math.max(this.#capacity, this.#actors.size) * OVERFULL
  }
}
