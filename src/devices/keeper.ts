/**
 * The keeper of one device: its machine is played behind the output gate, like those of tasks. What a step changes of the
 * machine's memory, and the tasks that its news make, are one commit; the line is written, and anybody told, after it. A
 * step that changes nothing that is kept costs no commit.
 *
 * When a commit fails nobody knows what of it is on disk: the device stays as it is, and when the disk is back it begins
 * again with what is kept there, as after a restart.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { Alarm } from '../kernel/clock.js'
import { durable } from '../kernel/durable.js'
import { type Ending, playAll, Stage, type Step } from '../kernel/stage.js'
import { tell } from '../kernel/telemetry.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'
import type { PartDesk } from '../runtime/part-desk.js'
import type { Bindings } from './bindings.js'
import type { CheckedDevice } from './definition.js'
import { deviceError, type Driver, type DriverHost } from './driver.js'
import { decodeDevice, encodeDevice, withNews } from './record.js'

/** Steps that wait for their tasks to be looked up. */
const MOST_WAITING = 1_000
/** How long a device is left alone whose machine failed. */
const PAUSE_MS = 5_000

/** A step on its way to the disk. */
interface Pace {
  readonly snapshot: AnyMachineSnapshot
  readonly held: Step['held']
  readonly news: readonly DeviceNews[]
  /** What is to be kept, where it changed. */
  readonly memory: string | undefined
  readonly waiters: Waiter[]
}

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

export interface KeeperParts {
  readonly name: string
  readonly device: CheckedDevice
  readonly desk: PartDesk
  readonly bindings: Bindings
  readonly driver: (host: DriverHost) => Driver
  /** A step is on disk, where it is kept, and what it asked for was done. */
  readonly landed: (keeper: Keeper) => void
}

export class Keeper implements DriverHost {
  readonly name: string
  readonly device: CheckedDevice
  readonly driver: Driver
  readonly #parts: KeeperParts
  readonly #machine: AnyStateMachine
  #stage: Stage | undefined
  /** As of the last step that is on disk. */
  #shown: AnyMachineSnapshot | undefined
  #news: readonly DeviceNews[] = []
  /** The memory that was last handed to a commit. */
  #memory = 'null'
  #waiting: Pace[] = []
  #pumping = false
  /** Steps that are on their way. */
  #flying = 0
  /** A commit failed: nothing counts until the disk is back. */
  #halted = false
  #alarm: Alarm | undefined
  #faults = 0
  #misreads = 0

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.name = parts.name
    this.device = parts.device
    this.driver = parts.driver(this)
    const { driver } = this
    this.#machine = durable(
      parts.device.machine.provide({
        actions: {
          seek: (_: unknown, { levels }: { levels?: readonly boolean[] }) => driver.seek(levels),
          release: () => driver.release(),
          write: (_: unknown, { levels }: { levels: readonly boolean[] }) => driver.write(levels),
          dial: (_: unknown, { duty }: { duty: number }) => driver.dial(duty),
          read: () => driver.read(),
        },
      } as never),
    )
  }

  get clock() {
    return this.#parts.desk.clock
  }

  /** As it is on disk. */
  get shown(): AnyMachineSnapshot | undefined {
    return this.#shown
  }

  /** As it is about to be. */
  get ahead(): AnyMachineSnapshot | undefined {
    return this.#stage?.root.getSnapshot() as AnyMachineSnapshot | undefined
  }

  get news(): readonly DeviceNews[] {
    return this.#news
  }

  get counts() {
    return { ...this.driver.counts, faults: this.#faults, misreads: this.#misreads }
  }

  now() {
    return this.#parts.desk.now()
  }

  /** Begins with what is kept. `again`: an output goes on as it was, whatever it does at a start. */
  async begin(again = false): Promise<void> {
    const { desk } = this.#parts
    const { name, device } = this
    const text = await desk.kept(name)
    let memory: unknown = null
    try {
      const stored = text === undefined ? undefined : decodeDevice(name, text)
      this.#news = stored?.news ?? []
      // One that was something else before remembers nothing of it.
      if (stored?.type === device.type) memory = stored.memory
    } catch (error) {
      desk.log.warn(`device '${name}' begins anew: ${(error as Error).message}`)
    }
    this.#memory = JSON.stringify(memory)
    this.#halted = false
    this.#play(memory, again)
  }

  /** Told by its driver, and by whoever commands it. */
  tell(event: { readonly type: string }): void {
    if (event.type === 'misread') this.#misreads++
    if (!this.#halted) this.#stage?.send(event)
  }

  /** Resolves when the steps that an event leads to are on disk, and played. @throws ERR_COMMIT_UNKNOWN */
  async ask(event: { readonly type: string }): Promise<void> {
    this.tell(event)
    const last = this.#last
    if (!last || this.#halted) return
    await new Promise<void>((resolve, reject) => last.waiters.push({ resolve, reject }))
  }

  /** The latest step that has not landed. */
  #last: Pace | undefined

  /** The runtime stops: what is driven goes to its safe level, and everything is given back. */
  async end(): Promise<void> {
    await this.ask({ type: 'stop', now: this.now() } as never).catch(() => undefined)
    this.#quit()
    this.driver.release()
  }

  #play(memory: unknown, again: boolean): void {
    const { name, device, clock } = this
    const options = again && 'initial' in device.options ? { ...device.options, initial: 'restore' } : device.options
    const input = { name, options, memory, now: this.now() }
    this.#quit()
    const stage = new Stage(
      this.#machine,
      {
        id: `device:${name}`,
        steady: () => clock.steady(),
        stepped: (step) => this.#stepped(stage, step),
        ended: (ending, step) => this.#ended(stage, ending, step),
      },
      { input },
    )
    this.#stage = stage
    stage.start()
  }

  #quit(): void {
    this.#alarm?.clear()
    this.#alarm = undefined
    const stage = this.#stage
    this.#stage = undefined
    stage?.close()
  }

  #stepped(stage: Stage, { held, emits }: Step): void {
    if (stage !== this.#stage) return
    this.#join(stage.root.getSnapshot() as AnyMachineSnapshot, held, emits as never)
    this.#wait(stage)
  }

  #ended(stage: Stage, ending: Ending, { held, emits }: Step): void {
    if (stage !== this.#stage) return
    this.#join(stage.root.getSnapshot() as AnyMachineSnapshot, held, emits as never)
    if (ending.type === 'done') return
    // It should not: it is said loudly, and the device begins again.
    const { desk } = this.#parts
    this.#fault(ending.error, `the machine of device '${this.name}' failed`)
    this.#quit()
    this.#alarm = desk.clock.alarm('steady', desk.clock.steady() + PAUSE_MS, () => void this.begin(true).catch(() => undefined))
  }

  #wait(stage: Stage): void {
    this.#alarm?.clear()
    const due = stage.nextDue
    this.#alarm = due === undefined ? undefined : this.clock.alarm('steady', due, () => stage.fireDue(this.clock.steady()))
  }

  #join(snapshot: AnyMachineSnapshot, held: Step['held'], emits: readonly { type: string; at?: number }[]): void {
    const memory = JSON.stringify(snapshot.context.memory)
    const changed = memory !== this.#memory
    this.#memory = memory
    const news = emits.map(({ at, ...rest }) => ({ device: this.name, ...rest, at: isoTime(at ?? this.clock.wall()) }))
    for (const { type } of news) if (type === 'fault') this.#faults++
    const pace: Pace = { snapshot, held, news, memory: changed ? memory : undefined, waiters: [] }
    if (this.#waiting.length >= MOST_WAITING) return this.#crowded(pace)
    this.#last = pace
    this.#waiting.push(pace)
    void this.#pump()
  }

  /** It makes steps faster than its tasks can be made: the news of this one make none. */
  #crowded(pace: Pace): void {
    this.#fault(new HoldfastError('ERR_OVERLOADED'), `device '${this.name}' does more than its tasks can follow`)
    this.#waiting.push({ ...pace, news: [] })
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    for (let pace = this.#waiting[0]; pace; pace = this.#waiting[0]) {
      if (this.#parts.bindings.bound(pace.news)) await this.#commitWithTasks(pace)
      else this.#commit(pace)
      // A halt has emptied it.
      if (this.#waiting[0] === pace) this.#waiting.shift()
    }
    this.#pumping = false
  }

  async #commitWithTasks(pace: Pace): Promise<void> {
    const { bindings, desk } = this.#parts
    const refused = (error: unknown) => this.#fault(error, `device '${this.name}' made no task`)
    const drafts = await bindings.drafts(pace.news, refused)
    if (this.#halted) return
    let joined = false
    const within = () => {
      joined = true
      this.#keep(pace)
    }
    try {
      await desk.make(drafts, within)
    } catch (error) {
      if (joined || this.#halted) return
      refused(error)
      this.#keep(pace)
    }
  }

  #commit(pace: Pace): void {
    if (pace.memory === undefined && this.#flying === 0) this.#land(pace)
    else this.#keep(pace)
  }

  #keep(pace: Pace): void {
    const { desk, device } = this.#parts
    this.#news = withNews(this.#news, pace.news)
    if (pace.memory !== undefined) {
      desk.keep(this.name, encodeDevice({ type: device.type, memory: JSON.parse(pace.memory), news: this.#news }))
    }
    this.#flying++
    desk.after(
      () => {
        this.#flying--
        this.#land(pace)
      },
      (error) => {
        this.#flying--
        this.#halt(error)
        for (const waiter of pace.waiters) waiter.reject(error)
      },
    )
  }

  #land(pace: Pace): void {
    const { observers } = this.#parts.desk
    const { snapshot, news } = pace
    if (pace === this.#last) this.#last = undefined
    this.#shown = snapshot
    tell('device.moved', () => ({ device: this.name, state: snapshot.value }))
    playAll(pace.held)
    for (const each of news) {
      tell('device.news', () => each)
      if (each.type === 'fault') this.#fault(each.error ?? each, `device '${this.name}' is faulty`)
      observers.device(each)
    }
    this.#parts.landed(this)
    for (const waiter of pace.waiters) waiter.resolve()
  }

  /** Nothing is done any more that is not on disk. */
  #halt(error: HoldfastError): void {
    if (this.#halted) return
    this.#halted = true
    this.#quit()
    for (const { waiters } of this.#waiting.splice(0)) for (const waiter of waiters) waiter.reject(error)
    this.#last = undefined
  }

  get halted(): boolean {
    return this.#halted
  }

  #fault(error: unknown, message: string): void {
    const told = deviceError(error)
    this.#parts.desk.log.warn(`${message}: ${told.message}`, { device: this.name, code: told.code, hint: told.hint })
    tell('device.fault', () => ({ device: this.name, error: told }))
  }
}
