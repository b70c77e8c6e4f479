/** `holdfast/configs`: tasks whose machine is a file of JSON. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '../model/errors.js'
import { invalid } from '../runtime/checks.js'
import type { Definition } from '../runtime/define.js'
import { type Finding, Findings, invalidMachine } from './finding.js'
import { type Examined, examined } from './machine-file.js'
import { type MachineParts, type Registry, registryOf } from './registry.js'
import { Source } from './source.js'

/** Files of one folder. */
const MOST_FILES = 1_000

/**
 * A definition out of a file of JSON, or of what such a file would hold, for `tasks` of createRuntime.
 * @throws ERR_INVALID_MACHINE with all that is wrong in `issues`, ERR_TOO_LARGE, ERR_NOT_JSON, ERR_INVALID_OPTION
 * @example createRuntime({ path, tasks: [loadMachine('machines/poll.json', { actors: { fetch } })] })
 */
export function loadMachine(file: string | URL | object, parts?: MachineParts): Definition {
  const registry = registryOf(parts)
  const name = nameOf(file)
  const { definition, findings } = of(file, name, registry)
  if (!definition) throw invalidMachine([{ file: name, findings }])
  return definition
}

/**
 * The definitions of all `*.json` of a folder, by the names of the files; none when there is no such folder.
 * @throws ERR_INVALID_MACHINE with all that is wrong in all of them, ERR_DUPLICATE_KIND, ERR_TOO_MANY, and as loadMachine
 * @example createRuntime({ path, tasks: loadMachines('machines', { actors: { fetch } }) })
 */
export function loadMachines(folder: string | URL, parts?: MachineParts): Definition[] {
  const registry = registryOf(parts)
  const place = nameOf(folder)
  const all = filesOf(place).map((name) => ({
    file: join(place, name),
    ...of(join(place, name), join(place, name), registry),
  }))
  const wrong = all.filter(({ definition }) => !definition)
  if (wrong.length > 0) throw invalidMachine(wrong)
  const files = new Map<string, string>()
  for (const { file, definition } of all as readonly { file: string; definition: Definition }[]) {
    const other = files.get(definition.kind)
    if (other !== undefined) {
      throw new HoldfastError(
        'ERR_DUPLICATE_KIND',
        `'${definition.kind}' is the kind of ${other} and of ${basename(file)}`,
      )
    }
    files.set(definition.kind, basename(file))
  }
  return all.map(({ definition }) => definition as Definition)
}

/**
 * All that is wrong or strange in a file, each with its path, and its line where it was read from disk.
 * @throws ERR_TOO_LARGE, ERR_NOT_JSON, ERR_INVALID_OPTION
 */
export function lintMachine(file: string | URL | object, parts?: MachineParts): readonly Finding[] {
  return of(file, nameOf(file), registryOf(parts)).findings
}

function of(file: string | URL | object, name: string, registry: Registry): Examined {
  const findings = new Findings()
  const onDisk = typeof file === 'string' || file instanceof URL
  return examined(onDisk ? Source.file(name, findings) : Source.value(name, file, findings), registry, findings)
}

function nameOf(file: unknown): string {
  if (typeof file === 'string' && file !== '') return file
  if (file instanceof URL) return fileURLToPath(file)
  if (typeof file === 'object' && file !== null) return 'the machine'
  throw invalid('loadMachine', 'a file, or an object', file)
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
