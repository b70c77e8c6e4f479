/**
 * What one client is told: scenes that it wants, within its bounds. Above them nothing is made: it is counted, and told
 * how it came out when there is room again, read anew. So whoever looks may miss steps, never where they led.
 */
import { nextTokenAt, type Rate, rateOf, spent, tokens } from '../../machines/index.js'
import type { Alarm, Clock } from '../kernel/clock.js'
import { isoTime } from '../model/duration.js'
import type { Address } from './address.js'
import { type Interest, wants, wantsMessage } from './interest.js'
import { type Message, subjectOf, type Told } from './messages.js'
import type { Present } from './present.js'
import { nameOf, type Scene, type Subject } from './scene.js'

export const MESSAGES_PER_SECOND = 1_000
const AT_ONCE = 2_000
const RATE: Rate = rateOf(MESSAGES_PER_SECOND, 1_000, AT_ONCE)
/** Actors that a client is known to know; those that were told of longest ago are told of again. */
const MOST_KNOWN = 10_000
/** Subjects of which something was not told; of more the latest is not sent afterwards. */
const MOST_STALE = 1_000
/** Read anew at a time: what happens meanwhile has to wait. */
const STALE_AT_ONCE = 50
/** Scenes that wait while a client is told of what is there. */
const MOST_HELD = 200
const AGAIN_MS = 1_000

/** How messages get to a client. */
export interface Wire {
  /** Told messages. */
  tell(messages: readonly Message[]): void
  /** So many steps were not told. */
  dropped(count: number, at: string): void
  /** Resolves when there is room for more. */
  ready(): Promise<void>
  readonly closed: boolean
}

export class Feed {
  readonly #wire: Wire
  readonly #clock: Clock
  readonly #present: Present
  readonly #supervisors: () => Promise<readonly Scene[]>
  readonly #interests = new Map<string, Interest>()
  readonly #known = new Set<Address>()
  readonly #stale = new Map<string, Subject>()
  #tat = 0
  #dropped = 0
  #paused = false
  /** Who has something to tell when the client wants to hear again. */
  readonly #waiting: (() => void)[] = []
  #again: Alarm | undefined
  /** What happens while the client is told of what is there. */
  #held: Scene[] | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(wire: Wire, clock: Clock, present: Present, supervisors: () => Promise<readonly Scene[]>) {
    this.#wire = wire
    this.#clock = clock
    this.#present = present
    this.#supervisors = supervisors
  }

  get interests(): ReadonlyMap<string, Interest> {
    return this.#interests
  }

  wants(subject: Subject): boolean {
    for (const interest of this.#interests.values()) if (wants(interest, subject)) return true
    return false
  }

  /** Whether a scene should be made for it; one that should not is counted. */
  takes(subject: Subject): boolean {
    if (!this.wants(subject)) return false
    if (this.free) return true
    this.miss(subject)
    return false
  }

  /** It has room for a scene more. */
  get free(): boolean {
    return !this.#paused && this.#room() && (this.#held?.length ?? 0) < MOST_HELD
  }

  /** Something that it wants is not told; it will be told where that led. */
  miss(subject: Subject): void {
    this.#dropped++
    if (subject.group !== 'store' && this.#stale.size < MOST_STALE) this.#stale.set(nameOf(subject), subject)
    this.#soon()
  }

  show(scene: Scene): void {
    if (this.#held) this.#held.push(scene)
    else this.#tell(scene)
  }

  /** From now on it wants this, too; what is there is told first. Gives how many actors that were, and whether there are more. */
  subscribe(name: string, interest: Interest): Promise<{ actors: number; more: boolean }> {
    this.#interests.set(name, interest)
    return this.#inTurn(async () => {
      const before = this.#told
      const more = await this.#tellPresent(name, interest)
      return { actors: this.#told - before, more }
    })
  }

  unsubscribe(name: string): void {
    this.#interests.delete(name)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    for (const goOn of this.#waiting.splice(0)) goOn()
    this.#recover()
  }

  close(): void {
    this.#again?.clear()
    for (const goOn of this.#waiting.splice(0)) goOn()
    this.#interests.clear()
    this.#stale.clear()
  }

  /** Actors that it was told of. */
  #told = 0

  async #tellPresent(name: string, interest: Interest): Promise<boolean> {
    const still = () => this.#interests.get(name) === interest && !this.#wire.closed
    const { all, supervisors, schedules, devices, tasks, kinds, past, limit } = interest
    const tell = async (scene: Scene) => {
      await this.#ready()
      this.#tell(scene, interest)
    }
    if (all || supervisors) for (const scene of await this.#supervisors()) await tell(scene)
    if (all || schedules)
      for await (const scene of this.#present.schedules(past)) {
        if (!still()) return false
        await tell(scene)
      }
    if (all || devices) for (const scene of this.#present.devices(past)) await tell(scene)
    for (const id of tasks) {
      if (!still()) return false
      for await (const scene of this.#present.task(id, past)) await tell(scene)
    }
    if (!all && kinds.size === 0) return false
    const pages = this.#present.tasks(all ? undefined : [...kinds], limit, past)
    for (let next = await pages.next(); ; next = await pages.next()) {
      if (next.done) return next.value
      if (!still()) return false
      await tell(next.value)
    }
  }

  async #ready(): Promise<void> {
    await this.#wire.ready()
    if (this.#paused && !this.#wire.closed) await new Promise<void>((goOn) => void this.#waiting.push(goOn))
  }

  /** One thing after the other; what happens meanwhile is told behind it. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#telling.then(async () => {
      this.#held = []
      try {
        return await work()
      } finally {
        const held = this.#held
        this.#held = undefined
        for (const scene of held) {
          if (this.#paused) this.miss(scene.subject)
          else if (!this.#wire.closed) this.#tell(scene)
        }
      }
    })
    this.#telling = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  /** With `asked` for whom it was made, else for all that want it. */
  #tell({ subject, messages, cast, asIs, at, step, over }: Scene, asked?: Interest): void {
    const interests = asked ? [asked] : [...this.#interests.values()].filter((each) => wants(each, subject))
    const wanted = (type: string) => interests.some((each) => wantsMessage(each, type))
    const now = isoTime(this.#clock.wall())
    const told: Message[] = []
    const put = (message: Told, when = now) =>
      told.push({ ...message, at: when, ...(step === undefined ? {} : { step }) })
    const introduce = (address: Address): boolean => {
      const introduction = this.#known.has(address) ? undefined : cast.get(address)
      if (!introduction) return false
      this.#know(address)
      this.#told++
      if (wanted('actor')) put(introduction())
      return wanted('actor')
    }
    if (messages.length === 0) for (const address of cast.keys()) introduce(address)
    for (const message of messages) {
      if (message.type === 'gone' && !this.#known.delete(message.id)) continue
      const address = message.type === 'gone' ? undefined : subjectOf(message)
      const introduced = address !== undefined && introduce(address)
      if (wanted(message.type) && !(introduced && asIs)) put(message, at?.(message))
    }
    for (const address of over ?? []) this.#known.delete(address)
    if (told.length === 0) return
    for (const _ of told) this.#tat = spent(RATE, this.#tat, Math.floor(this.#clock.steady()))
    this.#wire.tell(told)
  }

  #know(address: Address): void {
    this.#known.add(address)
    const [oldest] = this.#known
    if (this.#known.size > MOST_KNOWN) this.#known.delete(oldest as Address)
  }

  #room(): boolean {
    return tokens(RATE, this.#tat, Math.floor(this.#clock.steady())) > 0
  }

  /** When there is room again, or a little later: what came out of much is told at once. */
  #soon(): void {
    if (this.#paused || this.#again) return
    const at = Math.max(this.#clock.steady() + AGAIN_MS, nextTokenAt(RATE, this.#tat))
    this.#again = this.#clock.alarm('steady', at, () => {
      this.#again = undefined
      if (!this.#paused) this.#recover()
    })
  }

  /** How much was not told, and how it came out. */
  #recover(): void {
    if (this.#wire.closed) return
    if (this.#dropped > 0) this.#wire.dropped(this.#dropped, isoTime(this.#clock.wall()))
    this.#dropped = 0
    const stale = [...this.#stale].slice(0, STALE_AT_ONCE)
    for (const [name] of stale) this.#stale.delete(name)
    if (this.#stale.size > 0) this.#soon()
    this.#inTurn(async () => {
      for (const [name, subject] of stale) {
        if (this.#wire.closed) return
        if (!this.wants(subject)) continue
        if (!this.#room()) {
          this.#stale.set(name, subject)
          this.#soon()
          continue
        }
        await this.#ready()
        if (subject.group === 'supervisor') for (const scene of await this.#supervisors()) this.#tell(scene)
        else if (subject.group === 'task')
          for await (const scene of this.#present.task(subject.id, false)) this.#tell(scene)
        else if (subject.group === 'device')
          for (const scene of this.#present.device(subject.id, false)) this.#tell(scene)
        else if (subject.group === 'schedule')
          for await (const scene of this.#present.schedules(false))
            if (nameOf(scene.subject) === nameOf(subject)) this.#tell(scene)
      }
    }).catch(() => undefined)
  }
}
