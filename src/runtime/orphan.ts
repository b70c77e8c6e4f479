/**
 * A follow-up whose kind is gone or retired when its turn comes. Nobody is left to be told, and nothing is thrown away:
 * it waits in quarantine as the task that it would have been.
 */
import type { HoldfastError } from '../model/errors.js'
import { keyOf, placesOf } from '../model/keys.js'
import { encodeRecord, type TaskExtras } from '../model/record.js'
import { contextOf, type Draft, type DraftRules, draftOfFollowUp } from './draft.js'
import type { FollowUp } from './enqueue-options.js'
import type { Kind, Kinds } from './kinds.js'
import type { Ledger } from './ledger.js'
import { advance, type Standing } from './lifecycle.js'
import { quarantine } from './quarantine.js'

/** The task of a template goes aside in the commit that is filling; `extras` are what it has from who made it. */
export function keepOrphan(
  ledger: Ledger,
  rules: DraftRules,
  { template, input, error }: { template: FollowUp; input: unknown; error: HoldfastError },
  extrasOf: (draft: Draft) => TaskExtras,
): void {
  const draft = draftOfFollowUp({ ...rules, kinds: standIns(ledger) }, template, input)
  const { id } = draft
  const { commit, counters } = ledger
  const now = ledger.now()
  const extras = extrasOf(draft)
  const context = contextOf(draft, now, ++counters.seq)
  const { state, context: task } = waiting({ state: 'NONE', context }, now)
  const { code, message: reason } = error
  const record = encodeRecord({ state, context: task, extras })
  quarantine(commit, { id, code, reason, at: new Date(now.wall).toISOString(), class: 'live', record })
  commit.put(keyOf('input', id), draft.input)
  for (const place of placesOf(id, extras)) commit.put(place, '')
}

/** SPOOLED until it is due, or QUEUED. */
function waiting(fresh: Standing, now: ReturnType<Ledger['now']>): Standing {
  const spooled = advance(fresh.state, fresh.context, { type: 'accept', now }) as Standing
  if (spooled.context.due !== null) return spooled
  return advance(spooled.state, spooled.context, { type: 'due', now }) ?? spooled
}

/** A kind of any name, with what holds where a definition says nothing. */
function standIns({ settings }: Ledger): Kinds {
  const taking = (name: string) =>
    ({ name, version: 1, route: 'default', priority: 4, retry: settings.retry, atMostOnce: false, lazy: false }) as Kind
  return { taking } as Kinds
}
