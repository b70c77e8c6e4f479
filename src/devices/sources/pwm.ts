/**
 * A channel of a PWM chip. It is set up when it is first set; until then, and when it is given back, it is left as it is:
 * what it drives goes on over a restart.
 */
import { constants } from 'node:fs'
import { access, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Clock } from '../../kernel/clock.js'
import { HoldfastError } from '../../model/errors.js'
import type { Dial } from '../source.js'
import { entriesOf, fault, opened, textOf } from './files.js'
import { decimal } from './numbers.js'
import type { PwmData } from './shape.js'
import type { Turns } from './turns.js'

/** After an export the rules of udev hand the files to the group of GPIO; until then they may not be written. */
const LOOK_MS = 20
const LOOKS = 50

export class Pwm implements Dial {
  readonly #data: PwmData
  readonly #chips: string
  readonly #clock: Clock
  readonly #turns: Turns
  /** The folder of the channel, once it was set up: a fade sets it fifty times a second. */
  #driven: string | undefined

  constructor(data: PwmData, chips: string, clock: Clock, turns: Turns) {
    this.#data = data
    this.#chips = chips
    this.#clock = clock
    this.#turns = turns
  }

  get(): Promise<number> {
    return this.#turn(async () => {
      const channel = await this.#channel()
      const [enabled, period, duty] = await numbersOf(channel, ['enable', 'period', 'duty_cycle'])
      if (!enabled || !period) return 0
      const share = Math.min(1, (duty as number) / period)
      return (await this.#polarityOf(channel)) === this.#polarity ? share : 1 - share
    })
  }

  set(duty: number): Promise<void> {
    const ns = String(Math.round(Math.min(1, Math.max(0, duty)) * this.#data.periodNs))
    return this.#turn(async () => {
      if (this.#driven !== undefined) await write(join(this.#driven, 'duty_cycle'), ns)
      else this.#driven = await this.#begin(ns)
    })
  }

  async close(): Promise<void> {
    this.#driven = undefined
  }

  get #polarity(): string {
    return this.#data.inverted ? 'inversed' : 'normal'
  }

  /** @throws ERR_SENSOR_GONE, ERR_LINE, ERR_LINE_PERMISSION */
  async #turn<T>(work: () => Promise<T>): Promise<T> {
    const { chip = 'pwm', channel } = this.#data
    try {
      return await this.#turns.take('pwm', `channel ${channel} of ${chip}`, work)
    } catch (error) {
      this.#driven = undefined
      throw lineFault(error)
    }
  }

  /** The kernel refuses a duty that is longer than the period, and another polarity while it is on. */
  async #begin(ns: string): Promise<string> {
    const channel = await this.#channel()
    const [enabled, period, duty] = await numbersOf(channel, ['enable', 'period', 'duty_cycle'])
    const set = (file: string, text: string) => write(join(channel, file), text)
    const { periodNs } = this.#data
    if ((duty as number) > periodNs) await set('duty_cycle', '0')
    if (period !== periodNs) await set('period', String(periodNs))
    const turned = (await this.#polarityOf(channel)) !== this.#polarity
    if (turned && enabled) await set('enable', '0')
    if (turned) await set('polarity', this.#polarity)
    await set('duty_cycle', ns)
    if (turned || !enabled) await set('enable', '1')
    return channel
  }

  /** The folder of the channel; it is there when it was exported. */
  async #channel(): Promise<string> {
    const chip = await this.#chip()
    const { channel } = this.#data
    const [count] = await numbersOf(chip, ['npwm'])
    if (channel >= (count as number))
      throw gone(`chip ${this.#data.chip ?? chip} has the channels 0 to ${(count as number) - 1}, and no ${channel}`)
    const folder = join(chip, `pwm${channel}`)
    const duty = join(folder, 'duty_cycle')
    const { R_OK, W_OK } = constants
    if (await can(duty, R_OK | W_OK)) return folder
    if (!(await can(duty, constants.F_OK))) await write(join(chip, 'export'), String(channel))
    for (let look = 0; look < LOOKS; look++) {
      if (await can(duty, R_OK | W_OK)) return folder
      await this.#pause()
    }
    await access(duty, R_OK | W_OK).catch((error) => {
      throw fault(error, duty)
    })
    return folder
  }

  async #chip(): Promise<string> {
    const wanted = this.#data.chip
    const chips: { readonly path: string; readonly device: string }[] = []
    for (const entry of await entriesOf(this.#chips, /^pwmchip\d+$/)) {
      const path = join(this.#chips, entry)
      const device = await readlink(join(path, 'device')).catch(() => '')
      if (wanted === undefined || basename(device) === wanted) chips.push({ path, device: basename(device) })
    }
    const [chip, another] = chips
    if (!chip) throw gone(wanted === undefined ? 'there is no PWM chip' : `no PWM chip is of the device ${wanted}`)
    if (!another) return chip.path
    throw new HoldfastError('ERR_SENSOR_GONE', `there are ${chips.map(({ device }) => device).join(', ')}`, {
      hint: 'Say which by `chip`.',
    })
  }

  /** Chips that know one polarity have no such file. */
  async #polarityOf(channel: string): Promise<string> {
    return await textOf(join(channel, 'polarity')).catch(() => 'normal')
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.alarm('steady', this.#clock.steady() + LOOK_MS, resolve))
  }
}

async function numbersOf(folder: string, files: readonly string[]): Promise<number[]> {
  const numbers: number[] = []
  for (const file of files) {
    const path = join(folder, file)
    numbers.push(decimal(await textOf(path), path))
  }
  return numbers
}

async function write(path: string, text: string): Promise<void> {
  const handle = await opened(path, constants.O_WRONLY | constants.O_TRUNC)
  try {
    await handle.write(text)
  } catch (error) {
    throw fault(error, path)
  } finally {
    await handle.close()
  }
}

async function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

/** What a dial fails with: a reading is none of its words. */
function lineFault(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'ERR_READING') return error
  const { code } = (error.cause ?? {}) as { code?: unknown }
  const cause = error.cause === undefined ? {} : { cause: error.cause }
  if (code !== 'EACCES' && code !== 'EPERM') return new HoldfastError('ERR_LINE', error.message, cause)
  return new HoldfastError('ERR_LINE_PERMISSION', error.message, {
    hint: 'The group of PWM is `gpio` on Raspberry Pi OS: add the user of the daemon to it, and start it again.',
    ...cause,
  })
}

const gone = (message: string) => new HoldfastError('ERR_SENSOR_GONE', message)
