/**
 * The keeper of one device: its machine is played behind the output gate, like those of tasks, and its steps go the way to
 * the disk (passage.ts). What is kept of it is the machine's memory; a restart begins the machine anew with that.
 *
 * When a commit fails nobody knows what of it is on disk: the device stays as it is, and when the disk is back it begins
 * again with what is kept there, as after a restart. But an output that was to change by itself, by the end of a pulse or of
 * the time that it may be on, goes off when that is due (term.ts): it need not be on disk for that, and nobody else would
 * do it.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { DeviceError } from '../../machines/index.js'
import type { Alarm } from '../kernel/clock.js'
import { durable } from '../kernel/durable.js'
import { type Ending, Stage, type Step } from '../kernel/stage.js'
import { tell } from '../kernel/telemetry.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceCommand, DeviceNews } from '../runtime/devices.js'
import type { PartDesk } from '../runtime/part-desk.js'
import { Screen } from '../runtime/shows.js'
import type { Bindings } from './bindings.js'
import type { CheckedDevice } from './definition.js'
import { type Driven, type Driver, type DriverHost, deviceError } from './driver.js'
import { type Pace, Passage } from './passage.js'
import { Readers } from './readers.js'
import { type DeviceRecord, decodeDevice, encodeDevice, type Keyed, withKey, withNews } from './record.js'
import { Term } from './term.js'

/** How long a device is left alone whose machine failed. */
const PAUSE_MS = 5_000

interface Event {
  readonly type: string
  readonly error?: DeviceError
}

/** What a device was left with. */
type Left = Pick<DeviceRecord, 'memory' | 'fault' | 'faultSince'>

export interface KeeperParts {
  readonly name: string
  readonly device: CheckedDevice
  readonly desk: PartDesk
  readonly bindings: Bindings
  readonly driver: (host: DriverHost) => Driver
  /** A step is on disk, where it is kept, and what it asked for was done. */
  readonly moved: (keeper: Keeper) => void
  /** Somebody sent its actor a command. */
  readonly command: (command: DeviceCommand) => void
}

export class Keeper implements DriverHost {
  readonly name: string
  readonly device: CheckedDevice
  readonly driver: Driver
  readonly #desk: PartDesk
  readonly #moved: (keeper: Keeper) => void
  readonly #command: (command: DeviceCommand) => void
  readonly #machine: AnyStateMachine
  readonly #passage: Passage
  /** Of an output alone: inputs count from what they hear. */
  readonly #term: Term | undefined
  readonly #readers = new Readers<Event>()
  #stage: Stage | undefined
  #alarm: Alarm | undefined
  /** As of the last step that is on disk. */
  screen: Screen | undefined
  #news: readonly DeviceNews[] = []
  /** As of the last step of all. */
  #memory = 'null'
  #faultSince: number | null = null
  #latest: readonly DeviceNews[] = []
  #keys: readonly Keyed[] = []
  /** What the step is known by that is being made. */
  #key: Keyed | undefined
  #faults = 0
  #misreads = 0

  constructor({ name, device, desk, bindings, driver: made, moved, command }: KeeperParts) {
    this.name = name
    this.device = device
    this.#desk = desk
    this.#moved = moved
    this.#command = command
    this.#passage = new Passage(name, desk, bindings, {
      landed: (pace) => this.#landed(pace),
      done: ({ news }) => this.#told(news),
      halted: () => this.#halt(),
      refused: (error, message) => this.#fault(error, message),
    })
    const driver = made(this)
    this.driver = driver
    const switched = device.lines?.direction === 'output'
    const term = switched || device.dial ? new Term(desk.clock, driver, switched) : undefined
    this.#term = term
    this.#machine = durable(
      device.machine.provide({
        actions: {
          seek: (_: unknown, at: Driven) => driver.seek(at),
          release: () => driver.release(),
          write: (_: unknown, { levels }: { levels: readonly boolean[] }) => term?.write(levels),
          dial: (_: unknown, { duty }: { duty: number }) => driver.dial(duty),
          read: () => driver.read(),
        },
      } as never),
    )
  }

  get clock() {
    return this.#desk.clock
  }

  /** As it is on disk. */
  get shown(): AnyMachineSnapshot | undefined {
    return this.screen?.getSnapshot()
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

  /** A commit failed, and the disk is not back. */
  get halted(): boolean {
    return this.#passage.halted
  }

  /** When its lines went off, on the steady hand; now, where a step is on its way that may be what turns them off. */
  get offAt(): number | undefined {
    return this.#passage.busy ? this.clock.steady() : this.#term?.offAt
  }

  now() {
    return this.#desk.now()
  }

  /** Begins with what is kept. `again`: an output goes on as it was, whatever it does at a start. */
  async begin(again = false): Promise<void> {
    const text = await this.#desk.kept(this.name)
    let left: Left = { memory: null, fault: null, faultSince: null }
    try {
      const stored = text === undefined ? undefined : decodeDevice(this.name, text)
      this.#news = this.#latest = stored?.news ?? []
      this.#keys = stored?.keys ?? []
      // One that was something else before remembers nothing of it.
      if (stored && stored.type === this.device.type) left = stored
    } catch (error) {
      this.#desk.log.warn(`device '${this.name}' begins anew: ${(error as Error).message}`)
    }
    this.#memory = JSON.stringify(left.memory)
    this.#faultSince = left.faultSince
    this.#passage.reopen()
    this.#play(left, again)
  }

  /** Told by its driver, and by whoever commands it. */
  tell(event: Event): void {
    if (event.type === 'misread') this.#misreads++
    if (!this.halted) this.#stage?.send(event)
    this.#readers.heard(event)
  }

  /** True for a command that came before. @throws ERR_KEY_REUSED when another one came with its key */
  knows({ key, print }: Keyed): boolean {
    const known = this.#keys.find((each) => each.key === key)
    if (known && known.print !== print)
      throw new HoldfastError('ERR_KEY_REUSED', `another command came to ${this.name} with this key`)
    return known !== undefined
  }

  /** Resolves when what an event leads to is on disk, and done. @throws ERR_COMMIT_UNKNOWN */
  async ask(event: Event, keyed?: Keyed): Promise<void> {
    this.#key = keyed
    this.tell(event)
    this.#key = undefined
    await this.settled()
  }

  /** Resolves when all that was begun is on disk, and done. @throws ERR_COMMIT_UNKNOWN */
  settled(): Promise<void> {
    return this.#passage.settled()
  }

  /** Takes a reading, or waits for the one that is being taken; of what has none, nothing. @throws ERR_READING */
  async read(signal?: AbortSignal): Promise<void> {
    if (!this.device.source) return
    const told = await this.#readers.ask(() => this.driver.read(), signal)
    await this.settled()
    if (told.type !== 'misread' || !told.error) return
    throw new HoldfastError('ERR_READING', `${this.name}: ${told.error.message}`, { hint: told.error.hint })
  }

  /** The runtime stops: what is driven goes to its safe level, and everything is given back. */
  async end(): Promise<void> {
    if (this.#stage) await this.ask({ type: 'stop', now: this.now() } as never).catch(() => undefined)
    // On a disk that fails nothing can be kept, but nothing has to be: what must not stay on is off.
    if (this.halted && this.device.options.onStop === 'safe') this.driver.calm()
    this.#quit()
    this.driver.release()
    // A reading that was given up is told by nobody.
    this.#readers.heard({ type: 'lost' })
    await this.driver.gone()
  }

  #play({ memory, fault, faultSince }: Left, again: boolean): void {
    const { name, device, clock } = this
    this.#quit()
    const options = again && 'initial' in device.options ? { ...device.options, initial: 'restore' } : device.options
    const stage: Stage = new Stage(
      this.#machine,
      {
        id: `device:${name}`,
        steady: () => clock.steady(),
        stepped: (step) => this.#stepped(stage, step),
        ended: (ending, step) => this.#ended(stage, ending, step),
      },
      { input: { name, options, memory, fault, faultSince, now: this.now() } },
    )
    this.#stage = stage
    stage.start()
  }

  #quit(): void {
    this.#alarm?.clear()
    this.#alarm = undefined
    const stage = this.#stage
    this.#stage = undefined
    this.#term?.forget()
    stage?.close()
  }

  #stepped(stage: Stage, step: Step): void {
    if (stage !== this.#stage) return
    this.#join(stage, step)
    // On a disk that fails it may have ended with this step.
    if (stage === this.#stage) this.#arm(stage)
  }

  #arm(stage: Stage): void {
    this.#alarm?.clear()
    const due = Math.min(stage.nextDue ?? Number.POSITIVE_INFINITY, this.#term?.due ?? Number.POSITIVE_INFINITY)
    this.#alarm = Number.isFinite(due) ? this.clock.alarm('steady', due, () => this.#ring(stage)) : undefined
  }

  /** A timer is due, of its machine or of what is driven while its machine is ahead of that. */
  #ring(stage: Stage): void {
    stage.fireDue(this.clock.steady())
    if (stage !== this.#stage) return
    if (this.#passage.busy) this.#term?.end()
    this.#arm(stage)
  }

  #ended(stage: Stage, ending: Ending, step: Step): void {
    if (stage !== this.#stage) return
    this.#join(stage, step)
    if (ending.type === 'done') return
    // It should not: it is said loudly, and the device begins again.
    this.#fault(ending.error, 'has a machine that failed')
    this.#quit()
    const again = () => void this.begin(true).catch((error) => this.#fault(error, 'cannot begin again'))
    this.#alarm = this.clock.alarm('steady', this.clock.steady() + PAUSE_MS, again)
  }

  #join(stage: Stage, { held, emits }: Step): void {
    const snapshot = stage.root.getSnapshot() as AnyMachineSnapshot
    const { memory, fault, faultSince } = snapshot.context as Left
    const text = JSON.stringify(memory)
    // Of a spell of faults its begin and its end are kept: each is told once, whoever restarts in between.
    const kept = text !== this.#memory || faultSince !== this.#faultSince || this.#key !== undefined
    const news = (emits as readonly { type: string; at: number }[]).map(({ at, ...rest }) => ({
      device: this.name,
      ...rest,
      at: isoTime(at),
    }))
    this.#memory = text
    this.#faultSince = faultSince
    this.#latest = withNews(this.#latest, news)
    this.#keys = withKey(this.#keys, this.#key)
    const { type } = this.device
    const record = { type, memory, news: this.#latest, fault, faultSince, keys: this.#keys }
    const latest = this.#latest
    const timers = this.#term ? stage.timers : []
    this.#term?.set(snapshot, timers)
    this.#passage.join({
      snapshot,
      held,
      news,
      latest,
      text: kept ? encodeDevice(record) : undefined,
      timers,
    })
  }

  /** What is driven now is known; how it goes on is not. */
  #halt(): void {
    this.#quit()
    const term = this.#term
    if (!term) return
    // One that was found just now is driven already, but nothing of it is on disk.
    const due = this.shown?.matches('ready') ? term.due : this.clock.steady()
    if (due !== undefined) this.#alarm = this.clock.alarm('steady', due, () => term.end())
  }

  #landed({ snapshot, latest, timers }: Pace): void {
    this.#term?.land(timers)
    if (this.#term && this.#stage) this.#arm(this.#stage)
    if (this.screen) this.screen.show(snapshot)
    else {
      this.screen = new Screen(`device:${this.name}`, snapshot, (event) => this.#command(event as DeviceCommand))
      this.#desk.introduce(this.screen.id, this.screen)
    }
    this.#news = latest
    tell('device.moved', () => ({ device: this.name, state: snapshot.value }))
  }

  #told(news: readonly DeviceNews[]): void {
    for (const each of news) {
      tell('device.news', () => each)
      if (each.type === 'fault') {
        this.#faults++
        this.#fault(each.error, 'is faulty')
      }
      this.#desk.observers.device(each)
    }
    this.#desk.observers.stepped(this.name, news)
    this.#moved(this)
  }

  #fault(error: unknown, message: string): void {
    const told = deviceError(error)
    this.#desk.log.warn(`device '${this.name}' ${message}: ${told.message}`, { code: told.code, hint: told.hint })
    tell('device.fault', () => ({ device: this.name, error: told }))
  }
}
