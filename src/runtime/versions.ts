/**
 * The versions of a kind's machine. Tasks in flight stay on the version that they began with while it is there; when it
 * is gone, steps lead their record from version to version until one is there.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyStateMachine, InputFrom } from 'xstate'
import { durable } from '../kernel/durable.js'
import type { StoredSnapshot } from '../kernel/refit.js'
import { HoldfastError } from '../model/errors.js'
import { invalid, onlyKnown, whole } from './checks.js'
import type { CommonDefinition } from './define.js'
import { lintMachine } from './lint.js'
import { type MachineMaker, madeMachine } from './machine-maker.js'

/** A machine, and which of its kind it is. */
export interface MachineVersion<Machine extends AnyStateMachine = AnyStateMachine> {
  /** 1 to 1,000,000; the highest is the one that new tasks begin on. */
  readonly version: number
  /** A function is called once, with a live view of the settings. */
  readonly machine: Machine | MachineMaker<Machine>
}

/**
 * What a machine of one version has stored, as the next version would have stored it: plain data from plain data, at
 * once. What it throws sets the task aside; what it is given it may change.
 */
export type Migration = (snapshot: StoredSnapshot, input: unknown) => StoredSnapshot

/** Each by the version that it leads away from: `{ 1: up }` leads from 1 to 2. */
export type Migrations = Readonly<Record<number, Migration>>

/** A task played by machines, several versions side by side: tasks begin on the newest, and go on with the one they began with. */
export interface VersionsDefinition<Kind extends string, Machine extends AnyStateMachine>
  extends Omit<CommonDefinition<Kind, InputFrom<Machine>>, 'version'> {
  readonly input?: StandardSchemaV1
  /** In their order, the newest last. */
  readonly versions: readonly [...MachineVersion[], MachineVersion<Machine>]
  readonly migrate?: Migrations
}

export interface Versions {
  readonly newest: number
  /** As they were written. */
  readonly statecharts: ReadonlyMap<number, AnyStateMachine>
  /** The same behind the output gate. */
  readonly machines: ReadonlyMap<number, AnyStateMachine>
  readonly steps: ReadonlyMap<number, Migration>
}

interface Given {
  readonly machine: AnyStateMachine | MachineMaker<AnyStateMachine> | undefined
  readonly versions?: readonly MachineVersion[]
  readonly options: { readonly version?: number; readonly migrate?: Migrations }
}

const HIGHEST = 1_000_000
export const MOST_VERSIONS = 100

/**
 * Those of a definition, checked; strange machines are told of in `warnings`.
 * @throws ERR_INVALID_DEFINITION, ERR_INVALID_OPTION, ERR_INVALID_MACHINE
 */
export function versionsOf(
  { machine, versions, options }: Given,
  settings: () => object,
  where: string,
  warnings: string[],
): Versions {
  const own = whole(options.version ?? 1, `${where}.version`, 1, HIGHEST)
  if (versions && options.version !== undefined)
    throw invalid(`${where}.version`, 'none: `versions` says which is the newest', options.version)
  const given = versions ? checked(versions, `${where}.versions`) : machine ? [{ version: own, machine }] : []
  const newest = given.at(-1)?.version ?? own
  const listed = given.map(({ version, machine }) => ({
    version,
    machine: madeMachine(machine, settings, versions ? `${where}, version ${version}` : where) as AnyStateMachine,
  }))
  for (const { version, machine } of listed) {
    warnings.push(...lintMachine(machine, versions ? `${where}, version ${version}` : where))
  }
  const statecharts = new Map(listed.map((each) => [each.version, each.machine]))
  return {
    newest,
    statecharts,
    machines: new Map(listed.map((each) => [each.version, durable(each.machine)])),
    steps: stepsOf(options.migrate, statecharts, newest, `${where}.migrate`),
  }
}

function checked(versions: readonly MachineVersion[], where: string): readonly MachineVersion[] {
  if (!Array.isArray(versions) || versions.length === 0 || versions.length > MOST_VERSIONS)
    throw invalid(where, `a list of 1 to ${MOST_VERSIONS} of { version, machine }`, versions)
  for (const [i, each] of versions.entries()) {
    onlyKnown(each, ['version', 'machine'], `${where}[${i}]`)
    const least = i === 0 ? 1 : (versions[i - 1] as MachineVersion).version + 1
    whole(each.version, `${where}[${i}].version`, least, HIGHEST)
  }
  return versions
}

function stepsOf(
  migrate: unknown,
  machines: ReadonlyMap<number, unknown>,
  newest: number,
  where: string,
): ReadonlyMap<number, Migration> {
  const steps = new Map<number, Migration>()
  if (migrate === undefined) return steps
  if (typeof migrate !== 'object' || migrate === null || machines.size === 0)
    throw invalid(where, machines.size === 0 ? 'none: only a machine has records to migrate' : 'an object', migrate)
  for (const [from, step] of Object.entries(migrate)) {
    whole(Number(from), `${where}: the version ${from}`, 1, newest - 1)
    if (typeof step !== 'function') throw invalid(`${where}[${from}]`, 'a function', step)
    steps.set(Number(from), step)
  }
  for (const from of steps.keys()) {
    if (steps.has(from + 1) || machines.has(from + 1)) continue
    throw new HoldfastError('ERR_INVALID_DEFINITION', `${where}[${from}] leads to version ${from + 1}`, {
      hint: `Nothing leads on from there: give \`migrate[${from + 1}]\`, or that version in \`versions\`.`,
    })
  }
  return steps
}
