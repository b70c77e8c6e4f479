/** The audit of records: one a task, readable, with its input, its due keys, its dedupe key and its places. */
import { classOf, dedupeKey, idOf, keyOf, placesOf, RECORD_CLASSES, type RecordClass } from '../model/keys.js'
import { decodeRecord, isEnded, type TaskRecord } from '../model/record.js'
import type { AuditDesk } from './audit-desk.js'
import { dueKeysOf } from './ledger.js'
import { storedRecords } from './stored-records.js'
import { waitsOf } from './unit.js'

export async function auditRecords(desk: AuditDesk): Promise<void> {
  for (const kind of RECORD_CLASSES) {
    for await (const page of desk.pages(kind)) {
      const good: TaskRecord[] = []
      const ids = page.map(([key]) => idOf(key))
      const beside = await besides(desk, ids, kind)
      for (const [i, [, text]] of page.entries()) {
        const record = judged(desk, ids[i] as string, kind, text, beside[i] as Beside)
        if (!record) continue
        good.push(record)
        desk.highest.seq = Math.max(desk.highest.seq, record.context.seq)
      }
      await follow(desk, good, kind)
    }
  }
}

/** What else there is of a task. */
interface Beside {
  readonly others: readonly { readonly kind: RecordClass; readonly text: string }[]
  readonly input: string | undefined
  readonly aside: string | undefined
}

async function besides({ store }: AuditDesk, ids: readonly string[], kind: RecordClass): Promise<Beside[]> {
  const classes = RECORD_CLASSES.filter((each) => each !== kind)
  const all = [...classes, 'input', 'quarantine'] as const
  const texts = await store.getMany(ids.flatMap((id) => all.map((each) => keyOf(each, id))))
  return ids.map((_, i) => {
    const [one, two, input, aside] = texts.slice(i * all.length, (i + 1) * all.length)
    const others = [one, two].flatMap((text, c) =>
      text === undefined ? [] : [{ kind: classes[c] as RecordClass, text }],
    )
    return { others, input, aside }
  })
}

/** The record, unless it goes. */
function judged(desk: AuditDesk, id: string, kind: RecordClass, text: string, beside: Beside): TaskRecord | undefined {
  const record = decoded(id, text)
  const others = beside.others.flatMap(({ kind: other, text: at }) => {
    const found = decoded(id, at)
    return found instanceof Error ? [] : [{ kind: other, record: found }]
  })
  if (record instanceof Error) {
    // An older version of a task that is there in another class is no loss.
    if (others.length > 0) desk.drop('record', keyOf(kind, id))
    else desk.setAside(id, kind, text, record.message, (record as { code?: string }).code)
    return undefined
  }
  if (others.some((other) => isNewer(other, { kind, record }))) {
    desk.drop('record', keyOf(kind, id))
    return undefined
  }
  if (beside.input === undefined && record.state !== 'FINISHED') {
    desk.setAside(id, kind, text, 'its input is lost')
    return undefined
  }
  if (beside.aside !== undefined) desk.drop('quarantine', keyOf('quarantine', id))
  return record
}

/** What follows from records and is missing. */
async function follow(desk: AuditDesk, records: readonly TaskRecord[], kind: RecordClass): Promise<void> {
  const asked = records.flatMap((record) => followers(record, kind))
  const present = await desk.store.getMany(asked.map(({ key }) => key))
  const holders = asked.flatMap(({ what }, i) => (what === 'key' && present[i] !== undefined ? [present[i]] : []))
  const held = new Map((await storedRecords(desk.store, holders)).map(({ text }, i) => [holders[i] as string, text]))
  for (const [i, { what, key, value }] of asked.entries()) {
    const found = present[i]
    if (found === undefined || (what === 'key' && found !== value && !holdsKey(key, found, held.get(found))))
      desk.rebuild(what, key, value)
  }
}

interface Follower {
  readonly what: 'dueKey' | 'member' | 'followUp' | 'key'
  readonly key: string
  readonly value: string
}

function followers(record: TaskRecord, kind: RecordClass): Follower[] {
  const { context, extras } = record
  const { id } = context
  const dues = kind === 'dormant' ? dueKeysOf(id, waitsOf(record)) : []
  return [
    ...dues.map((key): Follower => ({ what: 'dueKey', key, value: '' })),
    ...placesOf(id, extras).map((key): Follower => ({ what: placeName(key), key, value: '' })),
    ...(extras.key === undefined || kind === 'ended'
      ? []
      : [{ what: 'key', key: dedupeKey(context.kind, extras.key), value: id } as const]),
  ]
}

/** What a place is called in a report. */
export function placeName(key: string): 'member' | 'followUp' {
  return classOf(key) === 'group' ? 'member' : 'followUp'
}

interface Version {
  readonly kind: RecordClass
  readonly record: TaskRecord
}

/** Of two records of one task the one that came further; of equals the one whose class is later in its life. */
function isNewer(one: Version, other: Version): boolean {
  const [a, b] = [one, other].map(({ record }) => record.context.history)
  const at = (a?.at(-1)?.at ?? 0) - (b?.at(-1)?.at ?? 0)
  if (at !== 0) return at > 0
  const steps = (a?.length ?? 0) - (b?.length ?? 0)
  if (steps !== 0) return steps > 0
  return RECORD_CLASSES.indexOf(one.kind) > RECORD_CLASSES.indexOf(other.kind)
}

/** The record of a text, or what is wrong with it. */
export function decoded(id: string, text: string): TaskRecord | Error {
  try {
    const record = decodeRecord(id, text)
    // A machine that does not say what it waits for can never be woken.
    waitsOf(record)
    return record
  } catch (error) {
    return error as Error
  }
}

/** Whether the record of a task holds a dedupe key. */
export function holdsKey(key: string, id: string, text: string | undefined): boolean {
  const record = text === undefined ? undefined : decoded(id, text)
  if (!record || record instanceof Error || record.extras.key === undefined) return false
  return !isEnded(record.state, record.context) && dedupeKey(record.context.kind, record.extras.key) === key
}
