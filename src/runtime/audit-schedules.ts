/**
 * The audit of schedules: each has its definition, what it has come to, and its due key. One whose status is lost begins
 * anew with its definition; one whose definition is lost is named, and waits to be put again.
 */
import type { Now } from '../../machines/index.js'
import { dueKey, idOf, keyOf, planKey } from '../model/keys.js'
import { decodeStatus, encodeStatus, type SchedulePlan, type ScheduleStatus } from '../model/schedule-record.js'
import { Almanac, handOf, rulesOf } from './almanac.js'
import { type AuditDesk, isJson } from './audit-desk.js'
import { META } from './schedules.js'

export async function auditSchedules(desk: AuditDesk): Promise<void> {
  const known = readMeta(await desk.store.get(META))
  const code: string[] = []
  let count = 0
  for await (const page of desk.pages('schedule')) {
    for (const [key] of page) {
      const id = idOf(key).replace(/!p$/, '')
      const [status, plan] = await desk.store.getMany([keyOf('schedule', id), planKey(id)])
      // Its other key is looked at in its turn.
      if (key !== keyOf('schedule', id) && status !== undefined) continue
      // Called the code's it is in nobody's way at a start; and what is not listed there is not removed as gone from it.
      const found = auditOne(desk, id, status, plan, known?.code.includes(id) ?? true)
      if (found !== 'none') count++
      if (typeof found === 'string') continue
      if (known ? known.code.includes(id) : status !== undefined && found.source === 'code') code.push(id)
      await auditDue(desk, found)
    }
  }
  if (count === 0 && !known) return
  const same =
    known?.count === count && known.code.length === code.length && code.every((id) => known.code.includes(id))
  if (!same) desk.rebuild('scheduleCount', META, JSON.stringify({ count, code }))
  await desk.flush()
}

/** Its status, as it was or made anew. `foreign`: it is there, and cannot be read. */
function auditOne(
  desk: AuditDesk,
  id: string,
  status: string | undefined,
  plan: string | undefined,
  ofCode: boolean,
): ScheduleStatus | 'foreign' | 'none' {
  const found = status === undefined ? undefined : decoded(id, status)
  if (plan === undefined || !isJson(plan)) {
    desk.lose(`the definition of schedule ${id}`)
    if (status !== undefined) return found ?? 'foreign'
    desk.drop('schedule', planKey(id))
    return 'none'
  }
  if (found) return found
  const anew = begun(id, JSON.parse(plan) as SchedulePlan, ofCode, desk.now)
  desk.rebuild('schedule', keyOf('schedule', id), encodeStatus(anew))
  desk.lose(`what schedule ${id} had come to`)
  return anew
}

async function auditDue(desk: AuditDesk, { state, context }: ScheduleStatus): Promise<void> {
  if (state !== 'active' || context.next === null) return
  const due = dueKey('schedule', context.hand, context.next, context.id)
  if ((await desk.store.get(due)) === undefined) desk.rebuild('dueKey', due, '')
}

/** A schedule as if it had been put just now. */
function begun(id: string, plan: SchedulePlan, ofCode: boolean, now: Now): ScheduleStatus {
  const nobody = { put: () => undefined, del: () => undefined, after: () => undefined }
  const almanac = new Almanac(undefined as never, nobody, { stored: () => undefined }, { count: 0 })
  const schedule = almanac.fresh(id, plan, ofCode ? 'code' : 'api', now)
  const { seen } = schedule.status.context
  const next = almanac.next(schedule, seen)
  almanac.step(schedule, {
    type: 'put',
    now,
    hand: handOf(plan),
    rules: rulesOf(plan),
    seen,
    next,
    paused: plan.paused,
  })
  return schedule.status
}

/** One of a newer format is not ours to make anew. */
function decoded(id: string, text: string): ScheduleStatus | 'foreign' | undefined {
  try {
    return decodeStatus(id, text)
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_FORMAT_NEWER' ? 'foreign' : undefined
  }
}

function readMeta(text: string | undefined): { count: number; code: readonly string[] } | undefined {
  try {
    const { count = 0, code = [] } = JSON.parse(text ?? '') as { count?: number; code?: string[] }
    return { count, code }
  } catch {
    return undefined
  }
}
