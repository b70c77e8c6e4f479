/** `holdfast/configs`: tasks whose machine is a file of JSON. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '../model/errors.js'
import { invalid } from '../runtime/checks.js'
import type { Definition } from '../runtime/define.js'
import { Family } from './family.js'
import { type Finding, invalidMachine } from './finding.js'
import { MachineFile } from './machine-file.js'
import { type MachineParts, type Registry, registryOf } from './registry.js'

/** Files of one folder. */
const MOST_FILES = 1_000

/** A file of JSON, or what such a file would hold. */
type Machine = string | URL | object

/** A finding, and the file in which it is. */
export interface FileFinding extends Finding {
  readonly file: string
}

/**
 * A definition out of a file of JSON, or of what such a file would hold, for `tasks` of createRuntime; out of several
 * files of one kind, when earlier versions of it are there for the tasks that began on them.
 * @throws ERR_INVALID_MACHINE with all that is wrong in `issues`, ERR_TOO_LARGE, ERR_NOT_JSON, ERR_INVALID_OPTION
 * @example createRuntime({ path, tasks: [loadMachine('machines/poll.json', { actors: { fetch } })] })
 */
export function loadMachine(file: Machine | readonly Machine[], parts?: MachineParts): Definition {
  const registry = registryOf(parts)
  const listed: readonly unknown[] = Array.isArray(file) && file.length > 0 ? file : [file]
  const files = listed.map((each) => new MachineFile(each))
  const all = familiesOf(files, registry)
  const [definition, ...others] = definitionsOf(all)
  if (!definition || others.length > 0) {
    const kinds = all.map(({ files: [first] }) => first?.kind)
    throw invalid('loadMachine', 'a file, or the versions of one kind', kinds)
  }
  return definition
}

/**
 * The definitions of all `*.json` of a folder, by the names of the files; none when there is no such folder. Files of one
 * kind are its versions.
 * @throws ERR_INVALID_MACHINE with all that is wrong in all of them, ERR_TOO_MANY, and as loadMachine
 * @example createRuntime({ path, tasks: loadMachines('machines', { actors: { fetch } }) })
 */
export function loadMachines(folder: string | URL, parts?: MachineParts): Definition[] {
  const place = folder instanceof URL ? fileURLToPath(folder) : folder
  const files = filesOf(place).map((name) => new MachineFile(join(place, name)))
  return definitionsOf(familiesOf(files, registryOf(parts)))
}

/**
 * All that is wrong or strange in a file, each with its path, and its line where it was read from disk.
 * @throws ERR_TOO_LARGE, ERR_NOT_JSON, ERR_INVALID_OPTION
 */
export function lintMachine(file: Machine, parts?: MachineParts): readonly Finding[] {
  const read = new MachineFile(file)
  new Family([read], registryOf(parts)).definition()
  return read.placed
}

/**
 * The same for several files; those of one kind in one folder are its versions, and have to go together.
 * @throws as lintMachine
 */
export function lintMachines(files: readonly (string | URL)[], parts?: MachineParts): readonly FileFinding[] {
  const all = files.map((file) => new MachineFile(file))
  for (const family of familiesOf(all, registryOf(parts))) family.definition()
  return all.flatMap(({ name, placed }) => placed.map((finding) => ({ file: name, ...finding })))
}

/** What cannot be read is of no kind. */
function familiesOf(files: readonly MachineFile[], registry: Registry): Family[] {
  const groups = new Map<unknown, MachineFile[]>()
  for (const file of files) {
    const key = file.kind === undefined ? file : JSON.stringify([dirname(file.name), file.kind])
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups.values()].map((group) => new Family(group, registry))
}

/** @throws ERR_INVALID_MACHINE with what is wrong in all of them */
function definitionsOf(families: readonly Family[]): Definition[] {
  const definitions = families.flatMap((family) => family.definition() ?? [])
  const files = families.flatMap((family) => family.files)
  if (files.some(({ findings }) => findings.failed))
    throw invalidMachine(files.map(({ name, placed }) => ({ file: name, findings: placed })))
  return definitions
}

function filesOf(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new HoldfastError('ERR_INVALID_OPTION', `the folder ${folder} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (names.length > MOST_FILES) {
    throw new HoldfastError('ERR_TOO_MANY', `${folder} has ${names.length} machines, the limit is ${MOST_FILES}`)
  }
  return names.sort()
}

export type { Finding } from './finding.js'
export { findingText } from './finding.js'
export { machineSchema } from './form.js'
export type { JsonSchema } from './json-schema.js'
export { jsonSchema } from './json-schema.js'
export type { CheckedActor, MachineParts } from './registry.js'
