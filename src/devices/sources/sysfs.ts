/** Sensors and PWM as the kernel has them: files below a root, which is `/sys` wherever there is hardware. */
import { join } from 'node:path'
import type { Clock } from '../../kernel/clock.js'
import type { Dial, Source, SourceBackend } from '../source.js'
import { textOf } from './files.js'
import { Pwm } from './pwm.js'
import { sensorOf } from './sensors.js'
import type { PwmData, SourceData } from './shape.js'
import { Turns } from './turns.js'

/** A DHT takes a second, a DS18B20 three quarters of one. */
const LONGEST_MS = 5_000
/** With a dial they keep three threads at the most; one is left for files and names. */
const READINGS = 2

export class Sysfs implements SourceBackend {
  readonly name = 'sysfs'
  readonly #root: string
  readonly #clock: Clock
  readonly #readings: Turns
  /** A dial does not wait for a sensor: a fade would halt. */
  readonly #dials: Turns

  constructor({ root = '/sys', clock }: { readonly root?: string; readonly clock: Clock }) {
    this.#root = root
    this.#clock = clock
    this.#readings = new Turns(clock, READINGS, LONGEST_MS)
    this.#dials = new Turns(clock, 1, LONGEST_MS)
  }

  source(data: SourceData): Source {
    const { bus, find, value } = sensorOf(data)
    const reading = async () => {
      const path = await find(this.#root)
      return value(await textOf(path), path)
    }
    return {
      read: (signal) => this.#readings.take(bus, `a reading of ${data.source}`, reading, signal),
      close: () => undefined,
    }
  }

  dial(data: PwmData): Dial {
    return new Pwm(data, join(this.#root, 'class/pwm'), this.#clock, this.#dials)
  }

  /** Nothing is held: files are opened for a reading, or to be set. */
  close(): void {}
}
