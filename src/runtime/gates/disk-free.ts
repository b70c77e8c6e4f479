/** The gate of the disk: tasks that write wait while there is too little room. */
import { statfs } from 'node:fs/promises'
import { invalid, onlyKnown } from '../checks.js'
import { type Answer, type Condition, GATE_OPTIONS, GateDefinition, type GateOptions, policyOf } from './condition.js'

export interface DiskFreeOptions extends GateOptions {
  /** A path on the file system that is meant. Default: the directory of the store. */
  readonly path?: string
  /** Bytes, or text: `'200MB'`, `'1.5GiB'`, or a part of the file system: `'10%'`. */
  readonly atLeast: number | string
}

type Amount = { readonly bytes: number } | { readonly part: number }

/** It opens again when there is a tenth more room than what closes it, or it would open and close by every file. */
const MARGIN = 1.1
const UNITS = ['', 'k', 'm', 'g', 't']

/**
 * Open while a file system has room that an ordinary user may take.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 * @example gates: { space: diskFree({ path: '/var/lib/portal', atLeast: '200MB' }) }
 */
export function diskFree(options: DiskFreeOptions): GateDefinition {
  onlyKnown(options, ['path', 'atLeast', ...GATE_OPTIONS], 'diskFree')
  const { path } = options
  if (path !== undefined && (typeof path !== 'string' || path === '')) throw invalid('diskFree.path', 'a path', path)
  const amount = amountOf(options.atLeast)
  const asked = policyOf(options, 'diskFree', { freshForMs: 1_000 })
  return new GateDefinition(asked, (host) => new DiskCondition(path ?? host.path, amount))
}

class DiskCondition implements Condition {
  readonly #path: string
  readonly #amount: Amount
  #low = false

  constructor(path: string, amount: Amount) {
    this.#path = path
    this.#amount = amount
  }

  async ask(): Promise<Answer> {
    const { bsize, blocks, bavail } = await statfs(this.#path)
    const free = bavail * bsize
    const least = 'bytes' in this.#amount ? this.#amount.bytes : this.#amount.part * blocks * bsize
    this.#low = free < least * (this.#low ? MARGIN : 1)
    return this.#low
      ? { open: false, reason: `${megabytes(free)} free at ${this.#path}, it takes ${megabytes(least)}` }
      : { open: true }
  }
}

function amountOf(given: unknown): Amount {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return { bytes: given }
  const expected = "bytes, or text such as '200MB', '1.5GiB' or '10%'"
  const [, number = '', unit = ''] =
    (typeof given === 'string' && /^(\d+(?:\.\d+)?) ?(%|[kmgt]?i?b)$/i.exec(given)) || []
  const amount = Number(number)
  if (!(amount > 0)) throw invalid('diskFree.atLeast', expected, given)
  if (unit === '%') {
    if (amount >= 100 / MARGIN) throw invalid('diskFree.atLeast', 'less than 90 %', given)
    return { part: amount / 100 }
  }
  const step = /i/i.test(unit) ? 1024 : 1000
  const letter = unit.toLowerCase().replace(/i?b$/, '')
  return { bytes: amount * step ** UNITS.indexOf(letter) }
}

const megabytes = (bytes: number) => `${Math.floor(bytes / 1_000_000)} MB`
