/** Sensors and PWM in memory: a reading is what it was set to, a dial stands where it was put. */
import { HoldfastError } from '../../model/errors.js'
import type { Dial, Source, SourceBackend } from '../source.js'
import type { PwmData, SourceData } from './shape.js'

/** What a sensor reads before anybody has set it: a room on a mild day, and a board that is well. */
const BEFORE = { dht: 20, ds18b20: 20, 'cpu-temperature': 45, 'under-voltage': 0, throttling: 0, file: 0 } as const
const HUMIDITY = 50

interface Simulated {
  value: number
  /** What every reading fails with. */
  fault: string | null
}

/** Two devices of the same sensor read the same, as they would of a real one. */
export class SimulatedSources implements SourceBackend {
  readonly name = 'simulated'
  readonly #sensors = new Map<string, Simulated>()
  readonly #duties = new Map<string, number>()

  source(data: SourceData): Source {
    const sensor = this.#sensor(data)
    let closed = false
    return {
      read: async (signal) => {
        if (closed || signal.aborted) throw new HoldfastError('ERR_READING', 'the reading was given up')
        if (sensor.fault !== null) throw new HoldfastError('ERR_READING', `simulated: ${sensor.fault}`)
        return sensor.value
      },
      close: () => {
        closed = true
      },
    }
  }

  dial(data: PwmData): Dial {
    return {
      get: async () => this.duty(data),
      set: async (duty) => void this.#duties.set(dialKey(data), Math.min(1, Math.max(0, duty))),
      close: async () => undefined,
    }
  }

  close(): void {}

  /** What a sensor reads from now on, in its unit. */
  set(data: SourceData, value: number): void {
    this.#sensor(data).value = value
  }

  /** Every reading fails with this, until it is null. */
  fail(data: SourceData, fault: string | null): void {
    this.#sensor(data).fault = fault
  }

  /** What a dial drives, 0 to 1. */
  duty(data: PwmData): number {
    return this.#duties.get(dialKey(data)) ?? 0
  }

  #sensor(data: SourceData): Simulated {
    const key = sensorKey(data)
    const known = this.#sensors.get(key)
    if (known) return known
    const humid = data.source === 'dht' && data.quantity === 'humidity'
    const sensor = { value: humid ? HUMIDITY : BEFORE[data.source], fault: null }
    this.#sensors.set(key, sensor)
    return sensor
  }
}

function sensorKey(data: SourceData): string {
  switch (data.source) {
    case 'dht':
      return `${data.source} ${data.quantity} ${data.name ?? ''}`
    case 'ds18b20':
      return `${data.source} ${data.id ?? ''}`
    case 'file':
      return `${data.source} ${data.path}`
    default:
      return data.source
  }
}

const dialKey = ({ chip = '', channel }: PwmData) => `${chip} ${channel}`
