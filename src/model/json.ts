import { HoldfastError } from './errors.js'

/** What can be stored: JSON, and nothing that JSON would change in silence. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

const DEEPEST = 200

/**
 * The JSON text of a value, after a check that reading it back gives the same value.
 * `undefined` members of objects are left out, `undefined` itself is stored as null.
 * @throws ERR_NOT_JSON with the path of what is not JSON (a function, a cycle, a BigInt, NaN, a Date, a Map ...)
 * @throws ERR_TOO_LARGE when the text has more than `limit` bytes in UTF-8
 */
export function jsonText(value: unknown, what: string, limit: number): string {
  if (value === undefined) return 'null'
  check(value, what, 0)
  const text = JSON.stringify(value)
  if (text.length * 3 > limit && Buffer.byteLength(text) > limit) {
    throw new HoldfastError('ERR_TOO_LARGE', `${what} has ${Buffer.byteLength(text)} bytes, the limit is ${limit}`)
  }
  return text
}

/** @throws ERR_NOT_JSON like jsonText */
export function checkJson(value: unknown, what: string): void {
  if (value !== undefined) check(value, what, 0)
}

function check(value: unknown, path: string, depth: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (Number.isFinite(value)) return
      throw notJson(path, String(value))
    case 'object':
      if (value === null) return
      if (depth > DEEPEST) throw notJson(path, 'a cycle, or deeper than 200 levels')
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, depth + 1)
        return
      }
      checkObject(value as Record<string, unknown>, path, depth)
      return
    default:
      throw notJson(path, typeof value)
  }
}

function checkObject(value: Record<string, unknown>, path: string, depth: number): void {
  const proto = Object.getPrototypeOf(value)
  if (proto !== Object.prototype && proto !== null) throw notJson(path, proto.constructor?.name ?? 'an object')
  if (typeof value.toJSON === 'function') throw notJson(path, 'an object with toJSON')
  for (const key in value) {
    const member = value[key]
    if (member !== undefined) check(member, `${path}.${key}`, depth + 1)
  }
}

function notJson(path: string, found: string): HoldfastError {
  return new HoldfastError('ERR_NOT_JSON', `${path} is ${found}, which is not JSON`)
}
