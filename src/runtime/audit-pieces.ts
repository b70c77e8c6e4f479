/** The audit of what lies beside records, and of texts that have to be JSON. */
import { idOf } from '../model/keys.js'
import { type AuditDesk, isJson } from './audit-desk.js'
import { storedRecords } from './stored-records.js'

/** An input without a record is what is left of a task: it is set aside, and stays. */
export async function auditInputs(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('input')) {
    const ids = page.map(([key]) => idOf(key))
    const records = await storedRecords(desk.store, ids, 'quarantine')
    for (const [i, id] of ids.entries()) {
      if (records[i]?.text !== undefined || records[i]?.beside !== undefined) continue
      desk.setAside(id, 'live', '', 'its record is lost; the input is what is left of it')
      desk.lose(`the record of task ${id}`)
    }
  }
}

/** Events that wait for a machine. */
export async function auditMail(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('mail')) {
    const ids = page.map(([key]) => key.slice(2, key.lastIndexOf('!')))
    const records = await storedRecords(desk.store, ids, 'quarantine')
    for (const [i, [key, text]] of page.entries()) {
      const known = records[i]?.text !== undefined || records[i]?.beside !== undefined
      if (known && isJson(text)) continue
      desk.drop('event', key)
      desk.lose(`an event to task ${ids[i]}`)
    }
  }
}

/** A note that cannot be read would hide all others: what it says is the record of a new one. */
export async function auditQuarantine(desk: AuditDesk): Promise<void> {
  for await (const page of desk.pages('quarantine')) {
    for (const [key, text] of page) {
      if (!isJson(text)) desk.setAside(idOf(key), 'live', text, 'the note of its quarantine is damaged')
    }
  }
}

/** Settings, tokens and emitted events that cannot be read would keep others from being read. */
export async function auditTexts(desk: AuditDesk): Promise<void> {
  for (const kind of ['part', 'emitted'] as const) {
    for await (const page of desk.pages(kind)) {
      for (const [key, text] of page) {
        if (kind === 'emitted') desk.highest.emitted = Number(idOf(key))
        if (isJson(text)) continue
        desk.drop(kind === 'part' ? 'setting' : 'emitted', key)
        desk.lose(kind === 'part' ? `the setting ${idOf(key)}` : `the emitted event ${Number(idOf(key))}`)
      }
    }
  }
}
