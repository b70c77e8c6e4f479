/** Devices as a part of a runtime: a keeper for each, on one backend of lines and one of sensors. */
import { createHash } from 'node:crypto'
import { HoldfastError } from '../model/errors.js'
import { type DeviceCommand, type Devices, type DeviceView, noDevice } from '../runtime/devices.js'
import type { Part } from '../runtime/part.js'
import type { PartDesk } from '../runtime/part-desk.js'
import type { Runtime } from '../runtime/runtime.js'
import { Bindings } from './bindings.js'
import { commandFor } from './commands.js'
import type { CheckedDevice } from './definition.js'
import { DialDriver } from './dial-driver.js'
import type { Driver, DriverHost } from './driver.js'
import type { Hardware } from './hardware.js'
import { Keeper } from './keeper.js'
import { LineDriver } from './line-driver.js'
import { checkPlaces } from './places.js'
import { simulate } from './simulation.js'
import { SourceDriver } from './source-driver.js'
import { stateOf, viewOf } from './view.js'

export class DevicesPart implements Part, Devices {
  readonly name = 'devices'
  readonly #devices: ReadonlyMap<string, CheckedDevice>
  readonly #open: () => Promise<Hardware>
  readonly #keepers = new Map<string, Keeper>()
  #hardware: Hardware | undefined
  #desk: PartDesk | undefined
  #leave: (() => void) | undefined

  constructor(devices: ReadonlyMap<string, CheckedDevice>, open: () => Promise<Hardware>) {
    this.#devices = devices
    this.#open = open
  }

  /**
   * Every device is looked for once before work is taken; one that is not there is faulty, and found later.
   * @throws ERR_INVALID_DEVICE for a line that there is none of, or a binding that cannot make its task; ERR_NO_LINES
   */
  async start(_: Runtime, desk: PartDesk): Promise<void> {
    const hardware = await this.#open()
    this.#hardware = hardware
    this.#desk = desk
    checkPlaces(this.#devices, hardware.lines, desk.log)
    for (const [name, device] of this.#devices) {
      const bindings = new Bindings(device.bindings, desk)
      await bindings.check(`devices.${name}`)
      const driver = (host: DriverHost) => driverOf(hardware, device, host)
      const moved = (keeper: Keeper) => this.#signal(keeper)
      const command = (told: DeviceCommand) => {
        const refused = (error: Error) =>
          desk.log.warn(`device '${name}' did not take '${told.type}': ${error.message}`)
        this.command(name, told).catch(refused)
      }
      this.#keepers.set(name, new Keeper({ name, device, desk, bindings, driver, moved, command }))
    }
    for (const keeper of this.#keepers.values()) await keeper.begin()
    for (const keeper of this.#keepers.values()) await keeper.settled()
    this.#leave = hardware.lines.watch(() => this.#appeared())
  }

  /** The disk is back: those whose steps were on their way begin again with what is on it. */
  async resume(): Promise<void> {
    for (const keeper of this.#keepers.values()) if (keeper.halted) await keeper.begin(true)
  }

  async stop(): Promise<void> {
    this.#leave?.()
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.end()))
    this.#hardware?.lines.close()
    this.#hardware?.sources.close()
  }

  list(): DeviceView[] {
    return [...this.#keepers.values()].map((keeper) => this.#view(keeper))
  }

  get(id: string): DeviceView {
    return this.#view(this.#keeper(id))
  }

  async command(id: string, command: DeviceCommand, key?: string): Promise<DeviceView> {
    const keeper = this.#keeper(id)
    if (command?.type === 'simulate') return this.#simulate(keeper, command)
    if (command?.type === 'read') return this.read(id)
    const wanted = commandFor(id, keeper.device.type, command)
    const keyed = key === undefined ? undefined : { key, print: printOf(wanted) }
    if (keyed && keeper.knows(keyed)) {
      await keeper.settled()
      return this.#view(keeper)
    }
    assertReady(keeper)
    const { offAt } = keeper
    const event = { type: 'command', command: wanted, now: keeper.now(), ...(offAt === undefined ? {} : { offAt }) }
    if (!keeper.ahead?.can(event)) {
      throw new HoldfastError('ERR_INVALID_COMMAND', `${id} does not take '${wanted.type}' with these options`)
    }
    await keeper.ask(event, keyed)
    // What it was told is done after the commit: then the line may have turned out to be gone.
    assertReady(keeper)
    return this.#view(keeper)
  }

  async read(id: string, signal?: AbortSignal): Promise<DeviceView> {
    const keeper = this.#keeper(id)
    assertReady(keeper)
    await keeper.read(signal)
    assertReady(keeper)
    return this.#view(keeper)
  }

  async #simulate(keeper: Keeper, command: DeviceCommand): Promise<DeviceView> {
    const simulation = this.#hardware?.simulation
    if (!simulation) {
      throw new HoldfastError('ERR_INVALID_COMMAND', `${keeper.name} is real`, {
        hint: "Only with `gpio: { backend: 'simulated' }` can what is outside be told what to do.",
      })
    }
    await simulate(simulation, keeper.name, keeper.device, command)
    await keeper.settled()
    return this.#view(keeper)
  }

  #view(keeper: Keeper): DeviceView {
    const simulated = this.#hardware?.simulation !== undefined
    const { source, lines } = keeper.device
    const moved = simulated && (source || lines?.direction === 'input')
    return viewOf(keeper, simulated, [...(source ? ['read'] : []), ...(moved ? ['simulate'] : [])])
  }

  #signal(keeper: Keeper): void {
    const { name, shown } = keeper
    const { state, value, fault } = this.#view(keeper)
    if (!shown) return
    const reason = state === undefined ? { reason: `${name}: ${fault?.message ?? 'it is being looked for'}` } : {}
    this.#desk?.signals.set(name, { state: state === undefined ? undefined : stateOf(shown), value, ...reason })
  }

  #appeared(): void {
    for (const keeper of this.#keepers.values()) keeper.tell({ type: 'appeared', now: keeper.now() } as never)
  }

  #keeper(id: string): Keeper {
    return this.#keepers.get(id) ?? noDevice(id)
  }
}

function driverOf({ lines, sources }: Hardware, device: CheckedDevice, host: DriverHost): Driver {
  if (device.lines) return new LineDriver(host, lines, device.lines, device.floodLimit)
  if (device.dial) return new DialDriver(host, sources, device.dial)
  if (device.source) return new SourceDriver(host, sources, device.source)
  throw new HoldfastError('ERR_INTERNAL', `device '${host.name}' is made of nothing`)
}

/** A command in short, to tell it from another one of the same key. */
function printOf(command: object): string {
  return createHash('sha256').update(JSON.stringify(command)).digest('base64url').slice(0, 12)
}

/** @throws ERR_DEVICE_FAULTY */
function assertReady({ name, ahead, halted }: Keeper): void {
  if (halted) throw new HoldfastError('ERR_DEGRADED')
  if (ahead?.matches('ready')) return
  const { fault } = (ahead?.context ?? {}) as { fault?: { message: string; hint: string } }
  const why = fault ? `: ${fault.message}` : ' is being looked for'
  throw new HoldfastError('ERR_DEVICE_FAULTY', `${name}${why}`, fault ? { hint: fault.hint } : {})
}
