/** The audit of what finds tasks: due keys, dedupe keys and places each lead to a record that says so. */
import { dueOf, edgeEnd, keyOf, placesOf } from '../model/keys.js'
import type { Entry } from '../store/store.js'
import type { AuditDesk } from './audit-desk.js'
import { decoded, holdsKey, placeName } from './audit-records.js'
import { dueKeysOf } from './ledger.js'
import { storedRecords } from './stored-records.js'
import { waitsOf } from './unit.js'

export async function auditDues(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('due')) {
    // A schedule may have more than one: the end of a task wakes it.
    const owners = page.map(([key]) => keyOf(isOfSchedule(key) ? 'schedule' : 'dormant', dueOf(key).id))
    const texts = await desk.store.getMany(owners)
    for (const [i, [key]] of page.entries()) {
      const text = texts[i]
      if (text === undefined || !(isOfSchedule(key) || waitsUntil(key, text))) desk.drop('dueKey', key)
    }
  }
}

export async function auditKeys(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('key')) {
    const records = await storedRecords(desk.store, page.map(([, id]) => id)) // biome-ignore format: one line reads better
    for (const [i, [key, id]] of page.entries()) if (!holdsKey(key, id, records[i]?.text)) desk.drop('key', key)
  }
}

/** Groups, and what tasks led to. One in quarantine keeps its places. */
export async function auditPlaces(desk: AuditDesk): Promise<void> {
  for (const kind of ['group', 'followUp'] as const) {
    for await (const page of desk.pages(kind)) {
      const ids = page.map(([key]) => edgeEnd(key))
      const records = await storedRecords(desk.store, ids, 'quarantine')
      for (const [i, [key]] of page.entries()) {
        const { text, beside } = records[i] ?? {}
        const leads = text === undefined ? beside !== undefined : isFoundBy(key, ids[i] as string, text)
        if (!leads) desk.drop(placeName(key), key)
      }
    }
  }
}

function isOfSchedule(key: Entry[0]): boolean {
  return key.startsWith('d!c')
}

function waitsUntil(key: string, text: string): boolean {
  const { id } = dueOf(key)
  const record = decoded(id, text)
  return !(record instanceof Error) && dueKeysOf(id, waitsOf(record)).includes(key)
}

function isFoundBy(key: string, id: string, text: string): boolean {
  const record = decoded(id, text)
  return !(record instanceof Error) && placesOf(id, record.extras).includes(key)
}
