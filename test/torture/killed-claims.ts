/** The guarantees, held to what the client was told, what the witness saw, and what is on disk in the end. */
import type { Fact } from '../crash/daemon.js'
import { type Disk, hasEnded, type StoredTask } from '../crash/disk.js'
import type { Ledger } from './killed-work.js'

export interface Evidence {
  readonly ledger: Ledger
  readonly facts: readonly Fact[]
  readonly end: Disk
}

type Claim = (evidence: Evidence) => string[]

const kindOf = (id: string) => id.slice(0, id.indexOf('-'))
const facts = (evidence: Evidence, fact: string) => evidence.facts.filter((each) => each.fact === fact)
const resultOf = (task: StoredTask) => task.context.result as readonly unknown[]

const acknowledgedIsDurable: Claim = ({ ledger, end }) => [
  ...[...ledger.acknowledged].flatMap((id) => (end.tasks.has(id) ? [] : [`${id} was acknowledged and is lost`])),
  ...ledger.groups.flatMap((ids) => {
    const there = ids.filter((id) => end.tasks.has(id)).length
    return there === 0 || there === ids.length ? [] : [`of ${ids[0]} and those with it there are ${there}`]
  }),
]

const followUpsAllOrNone: Claim = ({ end }) => {
  const children = new Map<string, StoredTask[]>()
  for (const task of end.tasks.values()) {
    const { of } = (task.input ?? {}) as { of?: string }
    if (task.context.kind === 'leaf' && of) children.set(of, [...(children.get(of) ?? []), task])
  }
  const counts: Record<string, number> = { chain: 2, breeder: 2, doomed: 1 }
  return [...end.tasks.keys()].flatMap((id) => {
    const count = counts[kindOf(id)]
    const found = children.get(id)?.length ?? 0
    return count === undefined || found === count ? [] : [`${id} has ${found} follow-ups`]
  })
}

const atMostOnce: Claim = (evidence) => {
  const runs = new Map<string, number>()
  for (const { id } of facts(evidence, 'RUN')) runs.set(id, (runs.get(id) ?? 0) + 1)
  return [...runs].flatMap(([id, count]) => (kindOf(id) === 'once' && count > 1 ? [`${id} ran ${count} times`] : []))
}

const actionsAtMostOnce: Claim = (evidence) => {
  const seen = new Set<string>()
  return facts(evidence, 'EFFECT').flatMap(({ id, name }) => {
    const what = `${id} did ${String(name)}`
    if (seen.has(what)) return [`${what} twice`]
    seen.add(what)
    return []
  })
}

const eventsExactlyOnce: Claim = ({ ledger, end }) =>
  [...ledger.sent].flatMap(([id, sent]) => {
    const task = end.tasks.get(id)
    const handled = task && task.state === 'FINISHED' ? resultOf(task) : []
    return handled.join() === sent.join() ? [] : [`${id} was sent ${sent} and handled ${handled}`]
  })

const oneTickOneTask: Claim = ({ end }) =>
  [...end.schedules].flatMap(([id, { context }]) => {
    const ticks = [...end.tasks.keys()].filter((task) => task.startsWith(`${id}@`))
    return ticks.length === context.made ? [] : [`schedule ${id} counts ${context.made} and has ${ticks.length}`]
  })

const everythingSettles: Claim = ({ end }) => [
  ...end.flaws,
  ...[...end.mail.keys()].map((id) => `mail for ${id} is left over`),
  ...[...end.tasks].flatMap(([id, task]) => {
    if (!hasEnded(task) && !id.startsWith('beat@')) return [`${id} is ${task.state} in the end`]
    const expected = { doomed: ['FAILED'], once: ['FINISHED', 'TERMINATED'] }[kindOf(id)] ?? ['FINISHED']
    return !hasEnded(task) || expected.includes(task.state) ? [] : [`${id} ended ${task.state}`]
  }),
  ...[...end.tasks].flatMap(([id, { context }]) =>
    ['journey', 'counter'].includes(context.kind) && context.attempt !== 1
      ? [`machine ${id} has attempt ${context.attempt}`]
      : [],
  ),
]

export const CLAIMS: Readonly<Record<string, Claim>> = {
  'Acknowledged is durable': acknowledgedIsDurable,
  'Follow-ups are all or none': followUpsAllOrNone,
  'At most once is at most once': atMostOnce,
  'A plain action runs at most once': actionsAtMostOnce,
  'An event is handled exactly once': eventsExactlyOnce,
  'One tick, one task': oneTickOneTask,
  'Everything settles': everythingSettles,
}
