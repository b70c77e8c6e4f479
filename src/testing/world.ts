/** The world around a board: lines and sensors in memory, which are there whether the board has power or not. */
import type { CheckedDevice } from '../devices/definition.js'
import { checkDevices } from '../devices/definitions.js'
import { checkGpio } from '../devices/gpio.js'
import { type Hardware, simulatedHardware } from '../devices/hardware.js'
import { checkDeviceGates, type DeviceOptions, pluggedDevices } from '../devices/plug.js'
import type { SimulatedBackend } from '../devices/simulated.js'
import { type Simulation, simulate } from '../devices/simulation.js'
import { deviceTasks } from '../devices/tasks.js'
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { AnyDefinition } from '../runtime/define.js'
import { type DeviceCommand, type Devices, noDevice } from '../runtime/devices.js'
import type { RuntimeOptions } from '../runtime/options.js'
import type { Part } from '../runtime/part.js'

type Made = Hardware & { readonly simulation: Simulation }

/** What a runtime with devices has beside its options. */
interface Around {
  readonly tasks: readonly AnyDefinition[]
  readonly parts: { readonly devices?: Devices; readonly plugged?: readonly Part[] }
}

export class World {
  readonly #clock: Clock
  #made: Made | undefined
  #devices: ReadonlyMap<string, CheckedDevice> = new Map()

  /** `now` gives the clock of the present life: a debounce that was on its way when the power went never ends. */
  constructor(now: () => Clock) {
    this.#clock = {
      wall: () => now().wall(),
      steady: () => now().steady(),
      get boot() {
        return now().boot
      },
      resume: () => undefined,
      mark: () => now().mark(),
      alarm: (hand, at, fire) => now().alarm(hand, at, fire),
      onStep: () => undefined,
      close: () => undefined,
    }
  }

  /** What the runtime of the next life is made of. @throws ERR_INVALID_DEVICE, ERR_INVALID_OPTION */
  plug({ devices, gpio }: DeviceOptions, gates: RuntimeOptions['gates']): Around {
    if (!devices) {
      checkDeviceGates(gates, new Map())
      return { tasks: [], parts: {} }
    }
    this.#devices = checkDevices(devices)
    const part = pluggedDevices({ devices, gpio }, gates, async (checked) => {
      this.#made ??= await simulatedHardware(checkGpio(gpio), checked, this.#clock)
      return this.#made
    })
    return { tasks: deviceTasks(part), parts: { devices: part, plugged: [part] } }
  }

  /** @throws ERR_NOT_FOUND without devices */
  get gpio(): SimulatedBackend {
    if (this.#made) return this.#made.simulation.board
    throw new HoldfastError('ERR_NOT_FOUND', 'there are no devices on this board')
  }

  async simulate(name: string, what: Omit<DeviceCommand, 'type'>): Promise<void> {
    const device = this.#devices.get(name) ?? noDevice(name)
    if (this.#made) await simulate(this.#made.simulation, name, device, { type: 'simulate', ...what })
  }

  /** Nobody holds a line any more; what is outside stays as it is. */
  powerOff(): void {
    this.#made?.lines.close()
  }
}
