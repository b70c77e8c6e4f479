/**
 * A task asked for again while one of its key is there: one that waits becomes what is asked for now, one that runs goes
 * on and gives up its key, so that the last call always leads to a run after it.
 */
import type { TaskEvent } from '../../machines/index.js'
import { keyOf, placesOf } from '../model/keys.js'
import type { TaskExtras } from '../model/record.js'
import { type Draft, dueOf } from './draft.js'
import type { Ledger } from './ledger.js'
import type { TaskUnit } from './unit.js'

/** True when the unit waited, and is now what the draft asks for, in the commit that is filling. */
export function replaceBy(ledger: Ledger, unit: TaskUnit, draft: Draft, extras: TaskExtras): boolean {
  const now = ledger.now()
  const { repeat } = draft
  const limit = repeat?.type === 'debounce' ? pushedUntil(unit, repeat.maxMs, now.steady) : undefined
  const late = repeat?.type === 'debounce' && limit !== undefined && limit < now.steady + repeat.waitMs
  const due = late ? (limit > now.steady ? ({ hand: 'steady', at: limit } as const) : null) : dueOf(draft, now)
  const runAt = due?.hand === 'steady' ? now.wall + due.at - now.steady : (draft.runAt ?? now.wall)
  const { priority, route, atMostOnce, paused, expiresMs } = draft
  const expires = expiresMs === undefined ? null : now.steady + expiresMs
  const { version } = draft.kind
  const event: TaskEvent = {
    type: 'replace', now, due, runAt, expires, priority, route, version, atMostOnce, paused,
  } // biome-ignore format: one line reads better
  const before = unit.extras
  if (unit.state === 'RUNNING' || unit.ended) return false
  unit.extras = {
    ...extras,
    ...(before.dependencies ? { dependencies: before.dependencies } : {}),
    // Its schedule goes on counting it, and may wait for its end.
    ...(before.schedule ? { schedule: before.schedule } : {}),
    ...(limit === undefined ? {} : { pushedUntil: limit }),
  }
  unit.input = draft.input
  ledger.paced(unit, () => {
    if (!unit.fresh) ledger.commit.put(keyOf('input', unit.id), draft.input)
    const [was, is] = [placesOf(unit.id, before), placesOf(unit.id, extras)]
    for (const place of was) if (!is.includes(place)) ledger.commit.del(place)
    for (const place of is) if (!was.includes(place)) ledger.commit.put(place, '')
  })
  ledger.step(unit, event)
  if (due === null) ledger.step(unit, { type: 'due', now })
  return true
}

/** A task that runs goes on without its key. */
export function giveUpKey(ledger: Ledger, unit: TaskUnit): void {
  const { key: _, ...rest } = unit.extras
  unit.extras = rest
  ledger.join(unit)
}

/** The latest time to which it can be pushed: that of its first call, unless it has run since. */
function pushedUntil(unit: TaskUnit, maxMs: number | undefined, steady: number): number | undefined {
  const ran = unit.context.history.some(({ state }) => state === 'RUNNING')
  if (!ran && unit.extras.pushedUntil !== undefined) return unit.extras.pushedUntil
  return maxMs === undefined ? undefined : steady + maxMs
}
