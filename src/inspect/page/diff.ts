/** What differs between two values of JSON, place by place; bounded, because contexts are as large as tasks make them. */
export interface Change {
  /** `items.3.name`, or nothing for the whole. */
  readonly path: string
  readonly sort: 'added' | 'removed' | 'changed'
  readonly before?: unknown
  readonly after?: unknown
}

export interface Diff {
  readonly changes: readonly Change[]
  /** There is more than is told. */
  readonly more: boolean
}

const MOST_CHANGES = 100
const MOST_LOOKED_AT = 50_000

export function diffOf(before: unknown, after: unknown): Diff {
  const changes: Change[] = []
  let looked = 0
  const full = () => changes.length >= MOST_CHANGES || looked >= MOST_LOOKED_AT

  function compare(a: unknown, b: unknown, path: string): void {
    looked++
    if (full() || a === b) return
    if (!alike(a, b)) {
      changes.push({ path, sort: 'changed', before: a, after: b })
      return
    }
    const [left, right] = [a, b] as Record<string, unknown>[] as [Record<string, unknown>, Record<string, unknown>]
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (full()) return
      const inner = path === '' ? key : `${path}.${key}`
      if (!Object.hasOwn(left, key)) changes.push({ path: inner, sort: 'added', after: right[key] })
      else if (!Object.hasOwn(right, key)) changes.push({ path: inner, sort: 'removed', before: left[key] })
      else compare(left[key], right[key], inner)
    }
  }

  compare(before, after, '')
  return { changes, more: full() }
}

/** Both are objects, or both are lists: their members are compared. */
function alike(a: unknown, b: unknown): boolean {
  const both = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null
  return both && Array.isArray(a) === Array.isArray(b)
}
