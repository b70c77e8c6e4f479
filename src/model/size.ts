import { HoldfastError, shown } from './errors.js'

/** Bytes, or text such as `'500kB'`, `'50MB'`, `'1.5 GiB'`: kB, MB, GB, TB by thousands, KiB, MiB, GiB, TiB by 1024. */
export type Size = number | string

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i
const POWERS = ['', 'k', 'm', 'g', 't']

/**
 * A size in whole bytes, 0 to 2^53-1. Upper and lower case mean the same, and the B may be left out.
 * @throws ERR_INVALID_OPTION when it is anything else, naming `option`.
 * @example sizeBytes('200 KiB', 'limit') === 204_800
 */
export function sizeBytes(value: Size, option: string): number {
  const bytes =
    typeof value === 'number' ? value : typeof value === 'string' && value.length < 100 ? parsed(value) : Number.NaN
  const whole = Math.round(bytes)
  if (whole >= 0 && Number.isSafeInteger(whole)) return whole
  throw new HoldfastError('ERR_INVALID_OPTION', `${option}: ${shown(value)} is not a size`, {
    hint: "Use bytes (50000000) or text such as '500kB', '50MB', '200 KiB', '1.5GiB'.",
  })
}

function parsed(text: string): number {
  const [, count, letter = '', binary = ''] = SIZE.exec(text.trim()) ?? []
  if (count === undefined || (binary !== '' && letter === '')) return Number.NaN
  return Number(count) * (binary === '' ? 1000 : 1024) ** POWERS.indexOf(letter.toLowerCase())
}
