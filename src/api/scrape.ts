/** What several gauges need of the runtime, read once for all of them: some of it is asked of the kernel. */
import type { DeviceView } from '../runtime/devices.js'
import type { GateView } from '../runtime/gates/gates.js'
import type { Load } from '../runtime/load.js'
import type { Runtime } from '../runtime/runtime.js'
import type { WearReport } from '../runtime/wear.js'

export class Scrape {
  readonly #runtime: Runtime
  #load: Load | undefined
  #wear: WearReport | undefined
  #gates: Promise<readonly GateView[]> | undefined
  #devices: Promise<readonly DeviceView[]> | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** What was read before is old. */
  begin(): void {
    this.#load = undefined
    this.#wear = undefined
    this.#gates = undefined
    this.#devices = undefined
  }

  load(): Load {
    this.#load ??= this.#runtime.load()
    return this.#load
  }

  wear(): WearReport {
    this.#wear ??= this.#runtime.wear()
    return this.#wear
  }

  gates(): Promise<readonly GateView[]> {
    this.#gates ??= this.#runtime.gates.list()
    return this.#gates
  }

  devices(): Promise<readonly DeviceView[]> {
    this.#devices ??= this.#runtime.devices.list()
    return this.#devices
  }
}
