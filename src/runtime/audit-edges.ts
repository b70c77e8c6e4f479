/** The audit of edges: both ends are there, whoever is waited for knows it, and whoever has ended tells it. */
import { dependencyKey, edgeEnd, idOf, keyOf, type RecordClass } from '../model/keys.js'
import { encodeRecord, isEnded, type TaskRecord } from '../model/record.js'
import type { AuditDesk } from './audit-desk.js'
import { decoded } from './audit-records.js'
import type { EndState } from './ends.js'
import type { Notice } from './notices.js'
import { storedRecords } from './stored-records.js'

/** In no order among what was asked for: that is lost. */
const LAST_PLACE = '1000'
/** Whoever waits is meant, whenever it was made. */
const EVERYBODY = Number.MAX_SAFE_INTEGER

/** One end of an edge. `gone`: it can never come to an end, nor come back. */
export interface EdgeEnd {
  readonly id: string
  readonly kind: RecordClass | undefined
  readonly record: TaskRecord | undefined
  readonly gone: boolean
}

export async function auditEdges(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('dependency')) {
    const children = await ends(desk, page.map(([key]) => nearEnd(key))) // biome-ignore format: one line reads better
    for (const [i, [key]] of page.entries()) if (children[i]?.gone) desk.drop('edge', key)
  }
  for await (const page of desk.pages('dependent')) {
    const parents = await ends(desk, page.map(([key]) => nearEnd(key))) // biome-ignore format: one line reads better
    const children = await ends(desk, page.map(([key]) => edgeEnd(key))) // biome-ignore format: one line reads better
    const others = page.map(([key]) => dependencyKey(edgeEnd(key), nearEnd(key)))
    const present = await desk.store.getMany(others)
    const told = new Set<string>()
    for (const [i, [key]] of page.entries()) {
      const [parent, child] = [parents[i] as EdgeEnd, children[i] as EdgeEnd]
      if (child.gone) {
        desk.drop('edge', key)
        continue
      }
      if (present[i] === undefined) desk.rebuild('edge', others[i] as string, LAST_PLACE)
      if (!told.has(parent.id) && waitsFor(child, parent)) {
        told.add(parent.id)
        await beAwaited(desk, parent)
      }
    }
  }
}

/** The notice of a task that has not ended would let others run too early. */
export async function auditNotices(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('notice')) {
    const tasks = await ends(desk, page.map(([key]) => idOf(key))) // biome-ignore format: one line reads better
    for (const [i, [key]] of page.entries()) {
      const { record } = tasks[i] as EdgeEnd
      if (record && !isEnded(record.state, record.context)) desk.drop('notice', key)
    }
  }
}

/** Somebody waits for a task: it knows that, or, when it came to its end, a notice tells them. */
export async function beAwaited(desk: AuditDesk, { id, kind, record, gone }: EdgeEnd): Promise<void> {
  if (record && kind && !isEnded(record.state, record.context)) {
    if (!record.dependents) desk.rebuild('awaited', keyOf(kind, id), encodeRecord({ ...record, dependents: true }))
    return
  }
  // One in quarantine may come back.
  if (!record && !gone) return
  if ((await desk.store.get(keyOf('notice', id))) !== undefined) return
  const notice: Notice = { finished: (record?.state as EndState | undefined) === 'FINISHED', seq: EVERYBODY }
  desk.rebuild('notice', keyOf('notice', id), JSON.stringify(notice))
}

/** What is known of some tasks at the ends of edges. */
export async function ends({ store }: AuditDesk, ids: readonly string[]): Promise<EdgeEnd[]> {
  const found = await storedRecords(store, ids, 'quarantine')
  const set = found.flatMap(({ text, beside }, i) =>
    text === undefined && beside !== undefined ? [ids[i] as string] : [],
  )
  const inputs = await store.getMany(set.map((id) => keyOf('input', id)))
  const whole = new Set(set.filter((_, i) => inputs[i] !== undefined))
  return found.map(({ class: kind, text, beside }, i) => {
    const id = ids[i] as string
    const record = text === undefined ? undefined : decoded(id, text)
    // What is left of a task is in quarantine too, and can never come back.
    const gone = text === undefined && (beside === undefined || !whole.has(id) || isRemainder(beside))
    return { id, kind, record: record instanceof Error ? undefined : record, gone }
  })
}

/** Whether the end of a task lets another one run, or decides about it. */
function waitsFor({ record }: EdgeEnd, { record: parent }: EdgeEnd): boolean {
  if (!record) return false
  const ended = parent === undefined || isEnded(parent.state, parent.context)
  if (!ended) return true
  const patient = record.extras.dependencies?.failed === 'wait' && parent?.state !== 'FINISHED'
  return record.state === 'SPOOLED' && record.context.pending > 0 && !patient
}

function isRemainder(note: string): boolean {
  try {
    return (JSON.parse(note) as { record?: unknown }).record === ''
  } catch {
    return false
  }
}

function nearEnd(key: string): string {
  return key.slice(2, key.lastIndexOf('!'))
}
