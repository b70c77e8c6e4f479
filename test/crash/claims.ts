/**
 * The guarantees as claims over what outsiders can know: what the witness was told, and what was on disk right after
 * the kill and in the end. Each claim gives its complaints; no complaint, no violation.
 */
import type { Fact } from './daemon.js'
import { type Disk, hasEnded, type StoredTask, statesOf } from './disk.js'

export interface Evidence {
  /** Where it was killed. */
  readonly where: string
  /** Kills to come after this one. */
  readonly more: number
  /** What was told up to the kill, and by all lives together. */
  readonly told: readonly Fact[]
  readonly all: readonly Fact[]
  /** What the kill left on disk, and what was there when everything had settled. */
  readonly left: Disk
  readonly end: Disk
}

type Claim = (evidence: Evidence) => string[]

const of = (facts: readonly Fact[], ...names: string[]) => facts.filter(({ fact }) => names.includes(fact))
const times = (facts: readonly Fact[], fact: string, id: string, name: unknown) =>
  facts.filter((each) => each.fact === fact && each.id === id && each.name === name).length

/** The names of the steps that a machine has passed, as its record has them; all of them when it has ended. */
function passed(task: StoredTask): readonly unknown[] {
  if (task.machine === undefined) return task.state === 'FINISHED' ? (task.context.result as unknown[]) : []
  return (JSON.parse(task.machine) as { snapshot: { context: { passed: unknown[] } } }).snapshot.context.passed
}

const many = ({ tasks }: Disk) => [...tasks.keys()].filter((id) => id.startsWith('many-')).length
const ofFlow = (id: string) => id.startsWith('flow-') || id === 'cancelled-2' || id === 'doomed-2'
const ofParent = ({ tasks }: Disk, id: string) =>
  [...tasks.values()].filter(({ context, input }) => context.kind === 'leaf' && (input as { of: string }).of === id)

const acknowledgedIsDurable: Claim = ({ told, all, left, end }) => [
  ...of(told, 'ACK').flatMap(({ id }) => (left.tasks.has(id) ? [] : [`${id} was acknowledged and is not on disk`])),
  ...of(all, 'ACK').flatMap(({ id }) => (end.tasks.has(id) ? [] : [`${id} was acknowledged and is lost`])),
  ...of(told, 'CANCELLED').flatMap(({ id }) =>
    left.tasks.get(id)?.context.reason === 'cancelled' ? [] : [`${id} was cancelled and is not on disk`],
  ),
  ...([0, 8].includes([...left.tasks.keys()].filter(ofFlow).length) ? [] : ['a part of one flow is on disk']),
  ...([0, 4].includes(many(left)) ? [] : [`of one enqueueMany ${many(left)} are on disk`]),
]

const visibleIsCommitted: Claim = ({ told, left }) =>
  told.flatMap(({ fact, id, state, seq }) => {
    const task = left.tasks.get(id)
    if (fact === 'END' && (!task || !hasEnded(task) || task.state !== state)) return [`${id} was told to be ${state}`]
    if (fact === 'SAW' && !(task && statesOf(task).includes(state as never))) return [`${id} was shown to be ${state}`]
    if (fact === 'EMITTED' && !left.emitted.has(seq as number)) return [`${id} emitted ${seq}, not on disk`]
    return []
  })

/** What the tasks of the flow wait for. */
const NEEDS: Record<string, readonly string[]> = {
  'flow-a': ['flow-open'],
  'flow-b': ['flow-open'],
  'flow-c': ['flow-open'],
  'flow-join': ['flow-a', 'flow-b', 'flow-c'],
  'flow-after': ['doomed-2', 'flow-a'],
}

const noEffectBeforeItsCommit: Claim = ({ told, left }) => [
  ...of(told, 'RUN').flatMap(({ id, attempt }) => {
    const task = left.tasks.get(id)
    const implied = task && task.context.attempt >= (attempt as number) && statesOf(task).includes('RUNNING')
    return implied ? [] : [`${id} ran its attempt ${attempt}, the disk has ${task?.state} ${task?.context.attempt}`]
  }),
  ...of(told, 'RUN').flatMap(({ id, of: parent }) =>
    parent === undefined || hasEnded(left.tasks.get(parent as string) as StoredTask)
      ? []
      : [`${id} ran before ${parent} ended`],
  ),
  ...of(told, 'RUN').flatMap(({ id }) =>
    (NEEDS[id] ?? []).flatMap((need) => {
      const task = left.tasks.get(need)
      return task && hasEnded(task) ? [] : [`${id} ran before ${need} ended`]
    }),
  ),
  ...of(told, 'EFFECT').flatMap(({ id, name }) => {
    const task = left.tasks.get(id)
    // The child's own step is part of the step that its parent makes of it.
    return task && passed(task).includes(name === 'leg' ? 'nested' : name)
      ? []
      : [`${id} did ${name} before its commit`]
  }),
  ...of(told, 'INVOKE').flatMap(({ id }) => (left.tasks.has(id) ? [] : [`${id} invoked before its commit`])),
]

const FOLLOWERS: Record<string, number> = { 'chain-1': 2, 'doomed-1': 1, 'breeder-1': 2, 'cancelled-1': 1 }

const followUpsAllOrNoneAndExactlyOnce: Claim = ({ left, end }) =>
  Object.entries(FOLLOWERS).flatMap(([id, count]) => {
    const parent = left.tasks.get(id)
    const expected = parent && hasEnded(parent) ? count : 0
    const [atKill, atEnd] = [ofParent(left, id), ofParent(end, id)]
    return [
      ...(atKill.length === expected ? [] : [`${id} left ${atKill.length} follow-ups instead of ${expected}`]),
      ...(atEnd.length === count ? [] : [`${id} has ${atEnd.length} follow-ups instead of ${count}`]),
      ...atEnd.flatMap(({ state, context }) => (state === 'FINISHED' ? [] : [`follow-up ${context.id} is ${state}`])),
    ]
  })

const plainActionsAtMostOnceInvokesAtLeastOnce: Claim = ({ all, end }) => [
  ...of(all, 'EFFECT').flatMap(({ id, name }) =>
    times(all, 'EFFECT', id, name) === 1 ? [] : [`${id} did ${name} twice`],
  ),
  ...[...end.tasks].flatMap(([id, { context }]) => {
    if (context.kind !== 'journey') return []
    return ['call', 'leg', 'b']
      .filter((name) => times(all, 'INVOKE', id, name) < 1)
      .map((name) => `${id} never invoked ${name}`)
  }),
]

/** An event that was accepted is handled once; one that nobody was told of, at most once. */
const eventsExactlyOnce: Claim = ({ told, all, left, end }) => [
  ...of(told, 'SENT').flatMap(({ id, n }) => {
    const task = left.tasks.get(id)
    const kept = left.mail.get(id)?.some((each) => each.n === n) || (task && passed(task).includes(n))
    return kept ? [] : [`${id} accepted ${n}, which is not on disk`]
  }),
  ...[...end.tasks].flatMap(([id, task]) => {
    if (task.context.kind !== 'counter') return []
    const handled = passed(task)
    const accepted = of(all, 'SENT').filter((each) => each.id === id)
    return [
      ...accepted.flatMap(({ n }) => (handled.includes(n) ? [] : [`${id} accepted ${n} and never handled it`])),
      ...handled.flatMap((n, i) => (handled.indexOf(n) === i ? [] : [`${id} handled ${n} twice`])),
    ]
  }),
]

const TICKS: Record<string, number> = { beat: 4, row: 3 }
const EVERY_MS = 100

/** The record of a schedule and its tasks are one commit: at any moment there are as many as it counts, one an instant. */
const oneTickOneTask: Claim = ({ told, left, end }) => [
  ...of(told, 'PUT').flatMap(({ id }) => (left.schedules.has(id) ? [] : [`schedule ${id} was put and is not on disk`])),
  ...of(told, 'TICKED').flatMap(({ id }) => (left.tasks.has(id) ? [] : [`${id} was told to be made, not on disk`])),
  ...[left, end].flatMap((disk) =>
    [...disk.schedules].flatMap(([id, { context }]) => {
      const made = ticksOf(disk, id)
      return made.length === context.made ? [] : [`schedule ${id} counts ${context.made} and has ${made.length}`]
    }),
  ),
  ...Object.entries(TICKS).flatMap(([id, count]) => {
    const { anchor, state } = end.schedules.get(id) ?? {}
    const expected = Array.from({ length: count }, (_, n) => (anchor ?? 0) + (n + 1) * EVERY_MS)
    const made = ticksOf(end, id)
    return made.join() === expected.join() && state === 'ended' ? [] : [`schedule ${id} is ${state} with ${made}`]
  }),
]

/** The instants of a schedule that have a task. */
function ticksOf({ tasks }: Disk, schedule: string): number[] {
  const prefix = `${schedule}@+`
  return [...tasks.keys()].filter((id) => id.startsWith(prefix)).map((id) => Date.parse(id.slice(prefix.length)))
}

const interruptionsAreNotFailures: Claim = ({ all, more, left, end }) => {
  const complaints: string[] = []
  for (const [id, task] of end.tasks) {
    const { kind, attempt, failures } = task.context
    const runs = of(all, 'RUN').filter((each) => each.id === id)
    const attempts = runs.map((each) => each.attempt as number)
    const machine = kind === 'journey' || kind === 'counter'
    if (machine && attempt !== 1) complaints.push(`machine ${id} has attempt ${attempt}`)
    if (attempts.some((each, i) => i > 0 && each <= (attempts[i - 1] as number)))
      complaints.push(`${id} ran ${attempts}`)
    if (kind === 'once' && runs.length > 1) complaints.push(`${id} is at-most-once and ran ${runs.length} times`)
    if (kind !== 'doomed' && kind !== 'flaky' && failures > 0) complaints.push(`${id} has failures: ${failures}`)
    const before = left.tasks.get(id)
    if (!before || (kind !== 'plain' && kind !== 'leaf') || task.state !== 'FINISHED') continue
    const rest = before.state === 'FINISHED' ? 0 : 1
    const gained = attempt - before.context.attempt
    if (gained < rest || gained > rest + (rest && more)) {
      complaints.push(`${id} was ${before.state} at attempt ${before.context.attempt} and came to ${attempt}`)
    }
  }
  return complaints
}

const ENDS: Record<string, readonly string[]> = {
  doomed: ['FAILED'],
  once: ['FINISHED', 'TERMINATED'],
  far: ['SPOOLED'],
  cancelled: ['TERMINATED'],
}

/** Every task comes to its end, and the store is in order at each moment. */
const everythingSettles: Claim = ({ left, end }) => [
  ...left.flaws.map((flaw) => `after the kill: ${flaw}`),
  ...end.flaws.map((flaw) => `in the end: ${flaw}`),
  ...[...end.tasks].flatMap(([id, { state }]) =>
    (ENDS[id.split('-')[0] as string] ?? ['FINISHED']).includes(state) ? [] : [`${id} is ${state} in the end`],
  ),
  ...end.edges.map((key) => `${key} is left over`),
  ...[...end.mail.keys()].map((id) => `mail for ${id} is left over`),
  ...[...end.tasks].flatMap(([id, task]) =>
    task.context.kind === 'journey' &&
    passed(task).join() !==
      passed(task)
        .filter((name, i, all) => all.indexOf(name) === i)
        .join()
      ? [`${id} passed ${passed(task)}`]
      : [],
  ),
]

/** Every claim by the name of its guarantee. */
export const GUARANTEES: Readonly<Record<string, Claim>> = {
  'Acknowledged is durable': acknowledgedIsDurable,
  'Visible is committed': visibleIsCommitted,
  'No effect before its commit': noEffectBeforeItsCommit,
  'Follow-ups are all or none, and exactly once': followUpsAllOrNoneAndExactlyOnce,
  'A plain action runs at most once, an invoke at least once': plainActionsAtMostOnceInvokesAtLeastOnce,
  'A durable event is handled exactly once': eventsExactlyOnce,
  'One tick, one task': oneTickOneTask,
  'Interruptions are not failures': interruptionsAreNotFailures,
  'Everything settles, and a key has one holder': everythingSettles,
}

/** What the claim of a guarantee has against any of the evidence. */
export function complaints(claim: Claim, evidence: readonly Evidence[]): string[] {
  return evidence.flatMap((each) => claim(each).map((complaint) => `${each.where}: ${complaint}`))
}
