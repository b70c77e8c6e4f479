/**
 * The audit of tasks that wait for others: as many edges lead to one as its record counts. Those that are missing are put
 * back, first from what has not ended; where nobody knows any more what was waited for, a name that stands for what is
 * gone tells the task by its own policy.
 */
import { dependencyKey, dependencyRange, dependentKey, edgeEnd, RECORD_CLASSES } from '../model/keys.js'
import { isEnded } from '../model/record.js'
import type { AuditDesk } from './audit-desk.js'
import { beAwaited, type EdgeEnd, ends } from './audit-edges.js'
import { decoded } from './audit-records.js'

export async function auditWaiting(desk: AuditDesk): Promise<void> {
  for (const kind of RECORD_CLASSES) {
    if (kind === 'ended') continue
    for await (const page of desk.pages(kind)) {
      for (const [key, text] of page) {
        // Few wait; the others are not worth to be decoded once more.
        if (!text.includes('"wf":')) continue
        const id = key.slice(2)
        const record = decoded(id, text)
        if (record instanceof Error || record.state !== 'SPOOLED') continue
        await restoreEdges(desk, id, record.context.pending)
      }
    }
  }
}

async function restoreEdges(desk: AuditDesk, id: string, pending: number): Promise<void> {
  const parents = (await desk.store.keys(dependencyRange(id))).map(edgeEnd)
  const edges = await desk.store.getMany(parents.map((parent) => dependentKey(parent, id)))
  const missing = pending - edges.filter((edge) => edge !== undefined).length
  if (missing <= 0) return
  const told = await ends(desk, parents.filter((_, i) => edges[i] === undefined)) // biome-ignore format: one line reads better
  const again = told.sort((a, b) => rank(a) - rank(b)).slice(0, missing)
  for (const parent of again) {
    desk.rebuild('edge', dependentKey(parent.id, id), '')
    await beAwaited(desk, parent)
  }
  for (let n = again.length; n < missing; n++) {
    // No task can be called so.
    const parent = { id: `.lost${n}`, kind: undefined, record: undefined, gone: true }
    desk.rebuild('edge', dependencyKey(id, parent.id), String(n))
    desk.rebuild('edge', dependentKey(parent.id, id), '')
    await beAwaited(desk, parent)
    desk.lose(`what task ${id} waits for`)
  }
}

/** What has not ended has certainly told nobody yet. */
function rank({ record, gone }: EdgeEnd): number {
  if (record) return isEnded(record.state, record.context) ? 2 : 0
  return gone ? 3 : 1
}
