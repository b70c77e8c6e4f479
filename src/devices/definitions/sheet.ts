/** The options of one device, read one by one. Each refusal names the device and the option, and says what is expected. */
import { type Duration, durationMs } from '../../model/duration.js'
import { HoldfastError, shown } from '../../model/errors.js'
import { nearest } from '../../model/nearest.js'

interface Bounds {
  readonly least: number
  readonly most: number
}

/** No device waits for longer. */
const LONGEST_MS = 31 * 86_400_000

export class Sheet {
  /** `devices.door`. */
  readonly where: string
  readonly #given: Readonly<Record<string, unknown>>

  /** @throws ERR_INVALID_DEVICE for an option that is not `known` */
  constructor(name: string, given: object, known: readonly string[], what = `a ${(given as { type?: string }).type}`) {
    this.where = `devices.${name}`
    this.#given = given as Record<string, unknown>
    for (const option of Object.keys(given)) {
      if (option === 'type' || known.includes(option)) continue
      const meant = nearest(option, known)
      const hint = meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean '${meant}'?`
      throw new HoldfastError('ERR_INVALID_DEVICE', `${this.where}.${option}: ${what} has no such option`, { hint })
    }
  }

  /** As it was given. */
  get(option: string): unknown {
    return this.#given[option]
  }

  has(option: string): boolean {
    return this.#given[option] !== undefined
  }

  oneOf<const Choice extends string>(option: string, choices: readonly Choice[], otherwise: Choice): Choice {
    const value = this.#given[option] ?? otherwise
    if (choices.includes(value as Choice)) return value as Choice
    throw this.wrong(option, choices.map((choice) => `'${choice}'`).join(' or '), value)
  }

  flag(option: string, otherwise: boolean): boolean {
    const value = this.#given[option] ?? otherwise
    if (typeof value === 'boolean') return value
    throw this.wrong(option, 'true or false', value)
  }

  text(option: string, most: number): string | undefined {
    const value = this.#given[option]
    if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= most)) return value
    throw this.wrong(option, `a text of 1 to ${most} characters`, value)
  }

  number(option: string, otherwise: number, { least, most }: Bounds): number {
    const value = this.#given[option] ?? otherwise
    if (typeof value === 'number' && value >= least && value <= most) return value
    throw this.wrong(option, `a number from ${least} to ${most}`, value)
  }

  whole(option: string, otherwise: number | undefined, { least, most }: Bounds): number {
    const value = this.#given[option] ?? otherwise
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw this.wrong(option, `a whole number from ${least} to ${most}`, value)
  }

  /** Milliseconds. */
  duration(option: string, otherwise: Duration, { least = 1, most = LONGEST_MS }: Partial<Bounds> = {}): number {
    const value = this.#given[option] ?? otherwise
    const length = lengthOf(value)
    if (length !== undefined && length >= least && length <= most) return length
    throw this.wrong(option, `a duration from ${least} ms to ${spoken(most)}, such as 1500 or '2s'`, value)
  }

  /** Milliseconds; null where it is left out, or `false`. */
  maybeDuration(option: string, otherwise: Duration | false = false): number | null {
    const value = this.#given[option] ?? otherwise
    return value === false ? null : this.duration(option, value as Duration)
  }

  wrong(option: string, expected: string, found: unknown): HoldfastError {
    return new HoldfastError(
      'ERR_INVALID_DEVICE',
      `${this.where}.${option}: expected ${expected}, found ${shown(found)}`,
    )
  }

  /** Options that do not go together. */
  refuse(option: string, why: string): HoldfastError {
    return new HoldfastError('ERR_INVALID_DEVICE', `${this.where}.${option}: ${why}`)
  }
}

function lengthOf(value: unknown): number | undefined {
  try {
    return durationMs(value as Duration, '')
  } catch {
    return undefined
  }
}

function spoken(ms: number): string {
  return ms % 86_400_000 === 0 ? `${ms / 86_400_000} days` : ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}
