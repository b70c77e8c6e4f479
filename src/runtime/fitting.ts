/**
 * Whether a stored task fits the kinds there are. Only a machine in flight can fail to: everything else begins anew. One
 * whose version is gone is led on from step to step, as few as needed, until there is a version that plays it.
 */
import type { AnyStateMachine } from 'xstate'
import { type Refitted, refit, type StoredSnapshot } from '../kernel/refit.js'
import { Stage, type StoredMachine } from '../kernel/stage.js'
import { HoldfastError, shown } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { TaskRecord } from '../model/record.js'
import type { Kind, Kinds } from './kinds.js'

/** What a record was led to. */
export interface Migrated extends Pick<Refitted, 'dropped' | 'begun'> {
  readonly from: number
  readonly to: number
}

export interface Fit {
  readonly kind: Kind
  /** As it is to be from now on. */
  readonly record: TaskRecord
  /** It is not what is stored. */
  readonly migrated?: Migrated
}

/** True when `fitted` is going to call steps, which are given the input. */
export function migrates(kinds: Kinds, { state, machine, context }: TaskRecord): boolean {
  const versions = kinds.find(context.kind)?.versions
  return state === 'RUNNING' && machine !== undefined && versions?.steps.has(context.version) === true
    && !versions.machines.has(context.version) // biome-ignore format: one condition
}

/**
 * `steady` is when what a migrated machine waits for begins, `limit` the most bytes it may have.
 * @throws ERR_UNKNOWN_KIND, ERR_STORE_CORRUPT, ERR_INVALID_MACHINE: the reason of a quarantine
 */
export function fitted(
  kinds: Kinds,
  record: TaskRecord,
  input: string | undefined,
  { steady, limit }: { readonly steady: number; readonly limit: number },
): Fit {
  const { kind: name, version, id } = record.context
  const kind = kinds.get(name)
  if (record.state !== 'RUNNING' || kind.versions.machines.size === 0) return { kind, record }
  if (record.machine === undefined)
    throw new HoldfastError('ERR_STORE_CORRUPT', `the machine's state of task ${id} is missing`)
  const stored = JSON.parse(record.machine) as StoredMachine
  const own = kind.versions.machines.get(version)
  if (own) {
    Stage.check(own, stored)
    return { kind, record }
  }
  const { to, snapshot } = climb(kind, id, version, stored.snapshot as StoredSnapshot, input)
  const led = within(`task ${id}, led from version ${version} to ${to}`, () => {
    const machine = kind.versions.machines.get(to) as AnyStateMachine
    const refitted = refit(machine, { snapshot, timers: stored.timers }, steady)
    const text = jsonText(refitted.stored, 'the machine', limit)
    return { ...refitted, text, busy: Stage.check(machine, JSON.parse(text) as StoredMachine) }
  })
  const { text, busy, dropped, begun } = led
  const { busy: _, ...rest } = record
  const next = { ...rest, context: { ...record.context, version: to }, machine: text }
  return { kind, record: busy ? { ...next, busy } : next, migrated: { from: version, to, dropped, begun } }
}

function climb(kind: Kind, id: string, from: number, stored: StoredSnapshot, input: string | undefined) {
  const { steps, machines } = kind.versions
  const given: unknown = input === undefined ? undefined : JSON.parse(input)
  let snapshot = stored
  let to = from
  while (!machines.has(to)) {
    const step = steps.get(to)
    if (!step) {
      const there = `of '${kind.name}' there is ${[...machines.keys()].join(', ')}`
      const way = to > kind.version ? 'it is newer' : `no \`migrate[${to}]\` leads on`
      throw new HoldfastError('ERR_INVALID_MACHINE', `task ${id} is of version ${from}, ${there}; ${way}`)
    }
    const before = snapshot
    snapshot = within(`task ${id}, migrate[${to}] (from version ${to} to ${to + 1})`, () =>
      whole(step(before, structuredClone(given))),
    )
    to++
  }
  return { to, snapshot }
}

/** What a step gave has to be the snapshot of a machine that goes on. */
function whole(given: unknown): StoredSnapshot {
  const { status, value, context, children } = (given ?? {}) as Partial<StoredSnapshot>
  const sound =
    status === 'active' &&
    (typeof value === 'string' || isObject(value)) &&
    isObject(context) &&
    (children === undefined || isObject(children))
  if (!sound) {
    const wanted = "{ status: 'active', value, context, ... }"
    throw new HoldfastError('ERR_INVALID_MACHINE', `it gave ${shown(given)} and not the snapshot ${wanted}`)
  }
  return JSON.parse(jsonText(given, 'what it gave', Number.MAX_SAFE_INTEGER)) as StoredSnapshot
}

function within<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new HoldfastError('ERR_INVALID_MACHINE', `${what}: ${message}`, { cause })
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
