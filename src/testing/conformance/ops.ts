/** The words in which the checks of a store are written. */
import { rejects } from 'node:assert'
import type { Entry, Op, Range, Reader, Store } from '../../store/store.js'

/** What a store has to do, by a sentence that says it. Each is given a new, empty, open store. */
export type Checks = Readonly<Record<string, (store: Store) => Promise<void>>>

export const put = (key: string, value = `value of ${key}`): Op => ({ type: 'put', key, value })
export const del = (key: string): Op => ({ type: 'del', key })
export const numbered = (n: number) => String(n).padStart(6, '0')
export const keysOf = (count: number) => Array.from({ length: count }, (_, n) => numbered(n))
export const puts = (keys: readonly string[], value?: string) => keys.map((key) => put(key, value))

/** Everything a scan gives. */
export async function all(store: Reader, range: Range = {}): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const page of store.scan(range)) entries.push(...page)
  return entries
}

export const refusesClosed = (call: Promise<unknown>) => rejects(call, { code: 'ERR_STORE_CLOSED' })
