/**
 * What would become of the tasks of a store with other definitions: each is read as a start or its waking would read
 * it, and nothing is written. A page at a time, so a million tasks take time and no memory.
 */
import type { HoldfastError } from '../model/errors.js'
import { idOf, keyOf, rangeOf } from '../model/keys.js'
import { decodeRecord, kindIn, type TaskRecord } from '../model/record.js'
import type { Store } from '../store/store.js'
import type { AnyDefinition } from './define.js'
import { fitted, migrates } from './fitting.js'
import { Kinds } from './kinds.js'
import { type RuntimeOptions, settingsOf } from './options.js'
import type { Quarantined } from './quarantine.js'

/** The tasks of one kind that have not ended, by the version that their record has. */
export interface CheckedVersion {
  readonly kind: string
  /** Not there where a record cannot be read. */
  readonly version?: number
  /** They go on as they are, or have not begun; those of an earlier version play on beside the newest. */
  readonly same: number
  /** They are led to another version. */
  readonly migrated: number
  /** They would be set aside. */
  readonly quarantined: number
  /** Why, the first few. */
  readonly reasons: readonly { readonly id: string; readonly code: string; readonly reason: string }[]
}

export interface MachineCheck {
  readonly versions: readonly CheckedVersion[]
  /** What is in quarantine already: how many would come back when they are retried, how many would not. */
  readonly aside: { readonly back: number; readonly stay: number }
}

const PAGE = 500
const MOST_REASONS = 3
const MOST_ROWS = 1_000

type Row = { -readonly [name in keyof CheckedVersion]: CheckedVersion[name] } & {
  reasons: CheckedVersion['reasons'][number][]
}

/** Whether all that is stored fits the tasks of some options. @throws what createRuntime throws, and ERR_STORE_IO */
export async function checkStore(
  store: Store,
  options: Pick<RuntimeOptions<readonly AnyDefinition[]>, 'tasks' | 'limits' | 'retry'>,
  signal?: AbortSignal,
): Promise<MachineCheck> {
  const settings = settingsOf({ ...options, path: store.location })
  const kinds = new Kinds(options.tasks, settings.retry)
  const rows = new Map<string, Row>()
  const at = { steady: 0, limit: settings.limits.state }
  const aside = { back: 0, stay: 0 }
  for (const stored of ['live', 'dormant', 'quarantine'] as const) {
    for await (const page of store.scan({ ...rangeOf(stored), limit: PAGE })) {
      signal?.throwIfAborted()
      const found = page.map(([key, text]) => read(idOf(key), stored === 'quarantine' ? recordIn(text) : text))
      const inputs = await inputsOf(store, kinds, found)
      for (const each of found) {
        const fault = each.fault ?? faultOf(() => fitted(kinds, each.record as TaskRecord, inputs.get(each.id), at))
        if (stored === 'quarantine') aside[fault ? 'stay' : 'back']++
        else count(rowOf(rows, kinds, each), each, fault, kinds)
      }
    }
  }
  const versions = [...rows.values()].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : order(a) - order(b)))
  return { versions, aside }
}

interface Found {
  readonly id: string
  readonly kind: string
  readonly record?: TaskRecord
  readonly fault?: HoldfastError
}

function read(id: string, text: string): Found {
  try {
    const record = decodeRecord(id, text)
    return { id, kind: record.context.kind, record }
  } catch (error) {
    return { id, kind: kindIn(text) ?? '?', fault: error as HoldfastError }
  }
}

function recordIn(text: string): string {
  return (JSON.parse(text) as Quarantined).record
}

async function inputsOf(store: Store, kinds: Kinds, found: readonly Found[]): Promise<Map<string, string | undefined>> {
  const asked = found.filter(({ record }) => record && migrates(kinds, record)).map(({ id }) => id)
  if (asked.length === 0) return new Map()
  const texts = await store.getMany(asked.map((id) => keyOf('input', id)))
  return new Map(asked.map((id, i) => [id, texts[i]]))
}

function faultOf(work: () => unknown): HoldfastError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error as HoldfastError
  }
}

function rowOf(rows: Map<string, Row>, kinds: Kinds, { kind, record }: Found): Row {
  const version = record?.context.version
  const name = kinds.nameOf(kind)
  // A store may hold any number of names that nobody knows: they share a row.
  const key = JSON.stringify(rows.size < MOST_ROWS || kinds.find(kind) ? [name, version] : ['…'])
  const row = rows.get(key) ?? {
    kind: key === '["…"]' ? '…' : name,
    ...(version === undefined || key === '["…"]' ? {} : { version }),
    same: 0,
    migrated: 0,
    quarantined: 0,
    reasons: [],
  }
  rows.set(key, row)
  return row
}

function count(row: Row, { id, record }: Found, fault: HoldfastError | undefined, kinds: Kinds): void {
  if (!fault) {
    if (record && migrates(kinds, record)) row.migrated++
    else row.same++
    return
  }
  row.quarantined++
  const { code, message } = fault
  if (row.reasons.length < MOST_REASONS) row.reasons.push({ id, code, reason: message })
}

const order = ({ version = 0 }: CheckedVersion) => version
