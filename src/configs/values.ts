/** The values of expressions: those of JSON. What is not there is null. */
import { HoldfastError } from '../model/errors.js'
import type { Budget } from './budget.js'

type Members = Readonly<Record<string, unknown>>

/** What sort of value it is, in the words of messages. */
export function kindOf(value: unknown): 'null' | 'boolean' | 'number' | 'text' | 'list' | 'object' {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'text'
  return typeof value as 'boolean' | 'number' | 'object'
}

/** A member of its own, an item, a `length`; nothing that comes from a prototype. @throws Error when there can be none */
export function memberOf(value: unknown, name: unknown): unknown {
  if (typeof value === 'string' || Array.isArray(value)) {
    if (name === 'length') return value.length
    if (typeof name === 'number') return value[name] ?? null
    throw new Error(`${kindOf(value)} has no member ${JSON.stringify(name)}`)
  }
  if (typeof value !== 'object' || value === null)
    throw new Error(`${kindOf(value)} has no members, so no ${JSON.stringify(name)}`)
  if (typeof name !== 'string' && typeof name !== 'number') throw new Error(`a member has a name, not ${kindOf(name)}`)
  return Object.hasOwn(value, name) ? ((value as Members)[name] ?? null) : null
}

/** @throws Error for the one name that would change what the object is */
export function nameOfMember(name: string): string {
  if (name === '__proto__') throw new Error("no member can be named '__proto__'")
  return name
}

/** Whether two values are the same as JSON. */
export function equal(a: unknown, b: unknown, budget: Budget): boolean {
  budget.step()
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null)
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [mine, theirs] = [Object.keys(a), Object.keys(b)]
  return (
    mine.length === theirs.length &&
    mine.every((key) => Object.hasOwn(b, key) && equal((a as Members)[key], (b as Members)[key], budget))
  )
}

/** -1, 0 or 1. @throws Error unless both are numbers or both are text */
export function compared(a: unknown, b: unknown): number {
  const comparable =
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string')
  if (!comparable) throw new Error(`${kindOf(a)} and ${kindOf(b)} cannot be compared`)
  return a < b ? -1 : a > b ? 1 : 0
}

/** An error of an expression, or of data around it, with the place in the file where it stands. */
export function failure(error: unknown, path: string): HoldfastError {
  const { message } = error as Error
  const code = error instanceof HoldfastError && error.code === 'ERR_EXPRESSION_LIMIT' ? error.code : 'ERR_EXPRESSION'
  return new HoldfastError(code, `${path}: ${message}`, { cause: error })
}
