/**
 * The way of a device's steps to the disk, in their order. What a step changes of what is kept, and the tasks that its news
 * make, are one commit; what it asked for is done after it. A step that changes nothing of that costs no commit: it is
 * done at once, or when those before it are done.
 */
import type { AnyMachineSnapshot } from 'xstate'
import { playAll, type Step } from '../kernel/stage.js'
import type { Timer } from '../kernel/system.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'
import type { PartDesk } from '../runtime/part-desk.js'
import type { Bindings } from './bindings.js'

/** Steps that wait for their tasks to be looked up. */
const MOST_WAITING = 1_000

/** A step of a device. */
export interface Pace {
  readonly snapshot: AnyMachineSnapshot
  readonly held: Step['held']
  readonly news: readonly DeviceNews[]
  /** The latest news, these included. */
  readonly latest: readonly DeviceNews[]
  /** What is to be kept, where it changed. */
  readonly text: string | undefined
  /** The timers of its machine, where they are those of an output. */
  readonly timers: readonly Timer[]
}

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

export interface PassagePorts {
  /** It is on disk; what it asked for is about to be done. */
  landed(pace: Pace): void
  /** What it asked for was done. */
  done(pace: Pace): void
  /** A commit failed: nobody knows what of it is on disk. */
  halted(): void
  refused(error: unknown, message: string): void
}

export class Passage {
  readonly #name: string
  readonly #desk: PartDesk
  readonly #bindings: Bindings
  readonly #ports: PassagePorts
  readonly #waiters = new Map<Pace, Waiter[]>()
  #waiting: Pace[] = []
  #pumping = false
  /** What a step asked for is being done: what follows of that comes after it. */
  #landing = false
  /** Steps that joined a commit which has not landed. */
  #flying = 0
  /** The latest step that has not landed. */
  #last: Pace | undefined
  #halted = false
  /** How often it was reopened: a step of before must not be kept after it. */
  #age = 0

  constructor(name: string, desk: PartDesk, bindings: Bindings, ports: PassagePorts) {
    this.#name = name
    this.#desk = desk
    this.#bindings = bindings
    this.#ports = ports
  }

  get halted(): boolean {
    return this.#halted
  }

  /** A step has joined that is not on disk, or not done. */
  get busy(): boolean {
    return this.#last !== undefined
  }

  /** The disk is back. */
  reopen(): void {
    this.#halted = false
    this.#age++
  }

  join(pace: Pace): void {
    if (this.#halted) return
    this.#last = pace
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(pace)
    else {
      this.#ports.refused(new HoldfastError('ERR_OVERLOADED'), 'does more than its tasks can follow')
      this.#last = { ...pace, news: [] }
      this.#waiting.push(this.#last)
    }
    void this.#pump()
  }

  /** Resolves when all that has joined is on disk, and done. @throws ERR_COMMIT_UNKNOWN */
  async settled(): Promise<void> {
    const last = this.#last
    if (!last) return
    await new Promise<void>((resolve, reject) => {
      const waiters = this.#waiters.get(last) ?? []
      this.#waiters.set(last, waiters)
      waiters.push({ resolve, reject })
    })
  }

  async #pump(): Promise<void> {
    if (this.#pumping || this.#landing) return
    this.#pumping = true
    for (let pace = this.#waiting[0]; pace; pace = this.#waiting[0]) {
      if (this.#bindings.bound(pace.news)) await this.#commitWithTasks(pace)
      else if (pace.text === undefined && this.#flying === 0) this.#land(pace)
      else this.#commit(pace)
      // A halt has emptied it.
      if (this.#waiting[0] === pace) this.#waiting.shift()
    }
    this.#pumping = false
  }

  async #commitWithTasks(pace: Pace): Promise<void> {
    const age = this.#age
    const over = () => this.#halted || this.#age !== age
    const refused = (error: unknown) => this.#ports.refused(error, 'made no task')
    const drafts = await this.#bindings.drafts(pace.news, refused)
    let joined = false
    const within = () => {
      if (over()) throw new HoldfastError('ERR_DEGRADED')
      joined = true
      this.#commit(pace)
    }
    try {
      if (!over()) await this.#desk.make(drafts, within)
    } catch (error) {
      if (joined || over()) return
      refused(error)
      this.#commit(pace)
    }
  }

  #commit(pace: Pace): void {
    if (pace.text !== undefined) this.#desk.keep(this.#name, pace.text)
    this.#flying++
    this.#desk.after(
      () => {
        this.#flying--
        this.#land(pace)
      },
      (error) => {
        this.#flying--
        this.#halt(error)
      },
    )
  }

  #land(pace: Pace): void {
    if (pace === this.#last) this.#last = undefined
    this.#landing = true
    try {
      this.#ports.landed(pace)
      playAll(pace.held)
      this.#ports.done(pace)
    } finally {
      this.#landing = false
    }
    const waiters = this.#waiters.get(pace) ?? []
    this.#waiters.delete(pace)
    for (const waiter of waiters) waiter.resolve()
    void this.#pump()
  }

  /** Nothing is done any more that is not on disk. */
  #halt(error: HoldfastError): void {
    if (this.#halted) return
    this.#halted = true
    this.#waiting = []
    this.#last = undefined
    const waiters = [...this.#waiters.values()].flat()
    this.#waiters.clear()
    this.#ports.halted()
    for (const waiter of waiters) waiter.reject(error)
  }
}
