/**
 * The audit: after blocks of the store were lost, what is left is made to fit together again. A dormant record without its
 * due key would never wake, a due key without its record would be found for ever, a task whose parent is gone would wait
 * for ever. Records decide; what follows from them is made anew, what leads nowhere goes, and what cannot be a task any
 * more is set aside. All of it is read a page at a time and looked up, so its size does not matter; and each page is good
 * by itself, so a cut only means to begin anew.
 */
import type { AuditDesk, AuditReport } from './audit-desk.js'
import { auditEdges, auditNotices } from './audit-edges.js'
import { auditDues, auditKeys, auditPlaces } from './audit-indexes.js'
import { auditInputs, auditMail, auditQuarantine, auditTexts } from './audit-pieces.js'
import { auditRecords } from './audit-records.js'
import { auditSchedules } from './audit-schedules.js'
import { auditWaiting } from './audit-waiting.js'

/** Goes through everything but the index of ends, which its own part makes anew. */
export async function audit(desk: AuditDesk): Promise<AuditReport> {
  await auditQuarantine(desk)
  await auditRecords(desk)
  await auditInputs(desk)
  await auditDues(desk)
  await auditKeys(desk)
  await auditPlaces(desk)
  await auditMail(desk)
  await auditEdges(desk)
  await auditWaiting(desk)
  await auditNotices(desk)
  await auditSchedules(desk)
  await auditTexts(desk)
  return desk.report
}
