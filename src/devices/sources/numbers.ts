/** What a file says, as a number, or what it said instead. */
import { HoldfastError, shown } from '../../model/errors.js'

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const HEXADECIMAL = /^(0x)?[\da-f]{1,8}$/i
/** Scaling 21437 by 0.001 must not give 21.437000000000001. */
const DIGITS = 12

/** @throws ERR_READING */
export function decimal(text: string, path: string): number {
  return DECIMAL.test(text) ? finite(Number(text), text, path) : refuse(text, path)
}

/** @throws ERR_READING */
export function hexadecimal(text: string, path: string): number {
  return HEXADECIMAL.test(text) ? Number.parseInt(text, 16) : refuse(text, path)
}

/** number × scale + offset. @throws ERR_READING */
export function scaled(value: number, scale: number, offset: number, path: string): number {
  const result = value * scale + offset
  return finite(Number(result.toPrecision(DIGITS)), String(result), path)
}

function finite(value: number, text: string, path: string): number {
  return Number.isFinite(value) ? value : refuse(text, path)
}

function refuse(text: string, path: string): never {
  const found = text === '' ? 'nothing' : shown(text)
  throw new HoldfastError('ERR_READING', `${path}: expected a number, found ${found}`)
}
