/** Which hardware a runtime works with, found out at its start: the kernel's, or one in memory. */
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { PartDesk } from '../runtime/part-desk.js'
import { placeOf } from './addresses.js'
import type { Backend } from './backend.js'
import type { CheckedDevice } from './definition.js'
import { type CheckedGpio, hasChips, isPi, noLines } from './gpio.js'
import { asItWas, type Simulation } from './simulation.js'
import type { SourceBackend } from './source.js'

/** What devices are made of on this machine. */
export interface Hardware {
  readonly lines: Backend
  readonly sources: SourceBackend
  /** The hands of the world outside, where it is simulated. */
  readonly simulation: Simulation | undefined
}

/** @throws ERR_NO_LINES when there are none and `chardev` was asked for */
export async function openHardware(
  gpio: CheckedGpio,
  devices: ReadonlyMap<string, CheckedDevice>,
  desk: PartDesk,
): Promise<Hardware> {
  const { backend, dev, sysfs } = gpio
  if (backend === 'chardev' && !hasChips(dev)) throw noLines(dev)
  if (backend === 'chardev' || (backend === 'auto' && (isPi() || hasChips(dev)))) {
    const { chardev } = await import('./chardev.js')
    const lines = await chardev({ directory: dev })
    if (backend === 'chardev' || isPi() || knows(lines, devices)) {
      const { Sysfs } = await import('./sources/sysfs.js')
      return { lines, sources: new Sysfs({ root: sysfs, clock: desk.clock }), simulation: undefined }
    }
    lines.close()
  }
  const why = backend === 'auto' ? 'this machine has no such lines' : "gpio.backend is 'simulated'"
  const level = backend === 'auto' ? 'warn' : 'info'
  desk.log[level](`the devices are simulated: ${why}`, { devices: [...devices.keys()] })
  const made = await simulatedHardware(gpio, devices, desk.clock)
  for (const [name, device] of devices) asItWas(made.simulation, name, device, await desk.kept(name))
  return made
}

/** A PC has chips too; what counts is whether they are those that the devices mean. */
function knows(lines: Backend, devices: ReadonlyMap<string, CheckedDevice>): boolean {
  try {
    const chips = lines.chips()
    return [...devices.values()].some(({ lines: wanted }) => {
      try {
        return wanted?.addresses.some((address) => placeOf(chips, address)) ?? false
      } catch {
        return false
      }
    })
  } catch (error) {
    // They are there, and closed to us: better faulty than played.
    return error instanceof HoldfastError && error.code === 'ERR_LINE_PERMISSION'
  }
}

/** Lines and sensors in memory, as many as the devices want. */
export async function simulatedHardware(
  { lines: names, wires }: Pick<CheckedGpio, 'lines' | 'wires'>,
  devices: ReadonlyMap<string, CheckedDevice>,
  clock: Clock,
): Promise<Hardware & { readonly simulation: Simulation }> {
  const { SimulatedBackend } = await import('./simulated.js')
  const { SimulatedSources } = await import('./sources/simulated.js')
  const wanted = [...devices.values()].flatMap(({ lines }) => lines?.addresses ?? [])
  const chips = wanted.flatMap((address) => (typeof address === 'string' ? [] : [address.chip]))
  const board = new SimulatedBackend({ clock, chips, names })
  for (const [one, other] of wires) board.wire(one, other)
  const sources = new SimulatedSources()
  return { lines: board, sources, simulation: { board, sources, clock } }
}
