/**
 * Any value as JSON that says the same to whoever looks: what JSON cannot hold is named, what goes in circles is cut, and
 * so is what never ends. Contexts of tasks are JSON already; events, and the contexts of supervisors, may be anything.
 */
import { storedError } from '../model/errors.js'

const DEEPEST = 32
const MOST_VALUES = 20_000
const LONGEST_TEXT = 65_536

class Copy {
  readonly #above: object[] = []
  #values = 0

  of(value: unknown): unknown {
    if (++this.#values > MOST_VALUES) return '(more)'
    if (typeof value === 'string') return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value === 'function') return `(function ${value.name || 'inline'})`
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (this.#above.includes(value)) return '(circle)'
    if (this.#above.length >= DEEPEST) return '(deeper)'
    this.#above.push(value)
    const copy = this.#object(value)
    this.#above.pop()
    return copy
  }

  #object(value: object): unknown {
    if (value instanceof Error) return withoutStack(value)
    if (isActor(value)) return `(actor ${value.id})`
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '(no date)' : value.toISOString()
    if (value instanceof Map || value instanceof Set) return this.#list([...value])
    if (Array.isArray(value)) return this.#list(value)
    if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
    // Without a prototype: a key may be called `__proto__`.
    const copy: Record<string, unknown> = Object.create(null)
    for (const key of Object.keys(value)) {
      if (this.#values > MOST_VALUES) break
      copy[key] = this.of((value as Record<string, unknown>)[key])
    }
    return copy
  }

  #list(values: readonly unknown[]): unknown[] {
    const copy: unknown[] = []
    for (const each of values) {
      if (this.#values > MOST_VALUES) break
      copy.push(this.of(each))
    }
    return copy
  }
}

/** @example plain({ at: new Date(0), self }) // { at: '1970-01-01T00:00:00.000Z', self: '(actor walk)' } */
export function plain(value: unknown): unknown {
  try {
    return new Copy().of(value)
  } catch {
    // A getter or a proxy of somebody's threw.
    return '(cannot be looked at)'
  }
}

/** An error, or what a record keeps of one. Where it was thrown is for the log of the daemon. */
export function withoutStack(error: unknown): unknown {
  const kept = typeof error === 'object' && error !== null && 'message' in error && !(error instanceof Error)
  const { stack: _, ...rest } = kept ? (error as { stack?: unknown }) : storedError(error)
  return plain(rest)
}

function isActor(value: object): value is { readonly id: string } {
  return 'sessionId' in value && 'getSnapshot' in value && 'id' in value
}
