/**
 * What is on disk between two lives of a daemon, read from a copy: opening a LevelDB writes to it, and the store has to
 * be met by its next owner as the kill left it.
 */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import type { TaskState } from '../../machines/index.js'
import { dedupeKey, dueKey, dueOf, edgeEnd, placesOf, planKey, type RecordClass } from '../../src/model/keys.js'
import { decodeRecord, type TaskRecord } from '../../src/model/record.js'
import { decodeStatus, type ScheduleStatus } from '../../src/model/schedule-record.js'

export interface StoredTask extends TaskRecord {
  readonly class: RecordClass
  readonly input: unknown
}

export interface Disk {
  readonly tasks: ReadonlyMap<string, StoredTask>
  /** Events that wait for a machine, by its task. */
  readonly mail: ReadonlyMap<string, readonly { readonly type: string; readonly n?: string }[]>
  readonly emitted: ReadonlySet<number>
  /** Who waits for whom, and notices of ends: there are none when nothing is left to do. */
  readonly edges: readonly string[]
  readonly schedules: ReadonlyMap<string, ScheduleStatus>
  /** What of the layout contradicts itself. */
  readonly flaws: readonly string[]
}

const CLASSES: Record<string, RecordClass> = { l: 'live', z: 'dormant', e: 'ended' }

/** The store in `path`, as the last life left it. */
export async function readDisk(path: string): Promise<Disk> {
  const copy = `${path}.copy`
  await cp(join(path, 'db'), copy, { recursive: true }).catch((error) => {
    if (error.code !== 'ENOENT') throw error
  })
  const level = new ClassicLevel<string, string>(copy)
  try {
    return diskOf(await level.iterator().all())
  } finally {
    await level.close()
    await rm(copy, { recursive: true, force: true })
  }
}

export function diskOf(entries: readonly (readonly [string, string])[]): Disk {
  const all = new Map(entries)
  const tasks = new Map<string, StoredTask>()
  const mail = new Map<string, { type: string; n?: string }[]>()
  const emitted = new Set<number>()
  const schedules = new Map<string, ScheduleStatus>()
  const flaws: string[] = []
  for (const [key, text] of entries) {
    const kind = CLASSES[key.slice(0, 1)]
    if (kind) {
      const id = key.slice(2)
      if (tasks.has(id)) flaws.push(`${id} has two records`)
      const input = all.get(`i!${id}`)
      if (input === undefined) flaws.push(`${id} has no input`)
      tasks.set(id, { ...decodeRecord(id, text), class: kind, input: input && JSON.parse(input) })
    } else if (key.startsWith('b!')) {
      const id = key.slice(2, -16)
      mail.set(id, [...(mail.get(id) ?? []), JSON.parse(text)])
    } else if (key.startsWith('s!')) {
      if (!key.endsWith('!p')) schedules.set(key.slice(2), decodeStatus(key.slice(2), text))
    } else if (key.startsWith('v!')) emitted.add(Number(key.slice(2)))
    else if (key.startsWith('q!')) flaws.push(`${key.slice(2)} is in quarantine: ${text}`)
  }
  const edges = [...all.keys()].filter((key) => key.startsWith('p!') || key.startsWith('n!'))
  flaws.push(
    ...strays(all, tasks),
    ...lost(all, tasks),
    ...shared(all, tasks),
    ...miscounted(edges, tasks),
    ...asleep(all, schedules),
  )
  return { tasks, mail, emitted, edges, schedules, flaws }
}

export function hasEnded({ state, context }: TaskRecord): boolean {
  return state === 'FINISHED' || ((state === 'FAILED' || state === 'TERMINATED') && context.retryAt === null)
}

/** The states that a task has been in, the present one last. */
export function statesOf(task: TaskRecord): TaskState[] {
  return task.context.history.map(({ state }) => state)
}

/** One that waits counts as many as there are edges to it, and whom it waits for knows that somebody does. */
function miscounted(edges: readonly string[], tasks: ReadonlyMap<string, StoredTask>): string[] {
  const flaws: string[] = []
  const ends = edges.filter((key) => key.startsWith('p!')).map((key) => key.split('!'))
  for (const [, parent = ''] of ends)
    if (!tasks.get(parent)?.dependents) flaws.push(`${parent} does not know that it is waited for`)
  for (const [id, { context, state }] of tasks) {
    const count = ends.filter(([, , child]) => child === id).length
    if (state === 'SPOOLED' && count !== context.pending) flaws.push(`${id} waits for ${context.pending} of ${count}`)
  }
  return flaws
}

/** Inputs and due times of tasks that are not there. */
function strays(all: ReadonlyMap<string, string>, tasks: ReadonlyMap<string, StoredTask>): string[] {
  const flaws: string[] = []
  for (const key of all.keys()) {
    if (key.startsWith('i!') && !tasks.has(key.slice(2))) flaws.push(`an input without a task: ${key}`)
    if (key.startsWith('d!') && !key.startsWith('d!c') && tasks.get(dueOf(key).id)?.class !== 'dormant')
      flaws.push(`nobody is due at ${key}`)
  }
  return flaws
}

/** A task is found by its group and by what led to it, from the commit that made it on; nobody else is. */
function lost(all: ReadonlyMap<string, string>, tasks: ReadonlyMap<string, StoredTask>): string[] {
  const places = new Set([...tasks].flatMap(([id, { extras }]) => placesOf(id, extras)))
  const found = [...all.keys()].filter((key) => key.startsWith('g!') || key.startsWith('c!'))
  return [
    ...[...places].flatMap((key) => (all.has(key) ? [] : [`${edgeEnd(key)} is not found by ${key}`])),
    ...found.flatMap((key) => (places.has(key) ? [] : [`nobody is found by ${key}`])),
  ]
}

/** Schedules that nothing would wake, and due keys that no schedule stands behind. */
function asleep(all: ReadonlyMap<string, string>, schedules: ReadonlyMap<string, ScheduleStatus>): string[] {
  const due = [...all.keys()].filter((key) => key.startsWith('d!c'))
  const flaws = due.flatMap((key) => (schedules.has(dueOf(key).id) ? [] : [`no schedule is due at ${key}`]))
  for (const [id, { state, context }] of schedules) {
    if (!all.has(planKey(id))) flaws.push(`schedule ${id} has no definition`)
    const { hand, next } = context
    if (state !== 'active' || next === null || due.includes(dueKey('schedule', hand, next, id))) continue
    flaws.push(`schedule ${id} has no due key`)
  }
  return flaws
}

/** A key has one holder, the task of its kind that has not ended, and the store knows it. */
function shared(all: ReadonlyMap<string, string>, tasks: ReadonlyMap<string, StoredTask>): string[] {
  const flaws: string[] = []
  const holders = new Map<string, string>()
  for (const [id, task] of tasks) {
    const { key } = task.extras
    if (key === undefined || hasEnded(task)) continue
    const at = dedupeKey(task.context.kind, key)
    if (holders.has(at)) flaws.push(`${id} and ${holders.get(at)} share ${at}`)
    holders.set(at, id)
    if (all.get(at) !== id) flaws.push(`${at} points to ${all.get(at)} instead of ${id}`)
  }
  return flaws
}
