/**
 * The files of one kind. The newest speaks for it; the machines of the others stay for the tasks that began on them, and
 * steps of the newest lead on what no file is there for.
 */
import { basename } from 'node:path'
import { type Definition, defineTask } from '../runtime/define.js'
import { validate } from '../runtime/schema.js'
import { type Migration, MOST_VERSIONS } from '../runtime/versions.js'
import { type Charted, chartOf, KEPT } from './chart.js'
import { DataReader } from './data.js'
import { Findings } from './finding.js'
import { type JsonSchema, jsonSchema } from './json-schema.js'
import type { MachineFile } from './machine-file.js'
import { migrationOf, type Side } from './migration.js'
import type { Registry } from './registry.js'
import { membersOf, rootId, StateTree } from './targets.js'

type Members = Readonly<Record<string, unknown>>

export class Family {
  /** By their versions, the newest last. */
  readonly files: readonly MachineFile[]
  readonly #newest: MachineFile
  readonly #registry: Registry

  constructor(files: readonly MachineFile[], registry: Registry) {
    this.files = [...files].sort((a, b) => a.version - b.version)
    this.#newest = this.files.at(-1) as MachineFile
    this.#registry = registry
  }

  /** The definition of the kind, or nothing when there are errors among the findings of its files. */
  definition(): Definition | undefined {
    const charted = new Map(this.files.map((each) => [each.version, each.charted(this.#spoken(each), this.#registry)]))
    this.#checkFiles()
    const steps = this.#steps(charted)
    if (this.files.some(({ findings }) => findings.failed)) return undefined
    const { $schema: _, description: __, delays: ___, machine: ____, migrate: _____, ...file } = this.#newest.value
    const { version: ______, ...header } = file
    const versions = this.files.map((each) => ({ version: each.version, machine: this.#maker(each) }))
    return defineTask({
      ...header,
      ...rest(file),
      ...(Object.keys(steps).length > 0 ? { migrate: steps } : {}),
      ...(versions.length > 1 ? { versions } : versions[0]),
    } as never) as Definition
  }

  /** Of an earlier file its machine counts, and its delays. */
  #spoken({ value }: MachineFile): Members {
    if (value === this.#newest.value) return value
    const { settings: _, input: __, ...own } = value
    const { settings, input } = this.#newest.value
    return { ...own, ...(settings === undefined ? {} : { settings }), ...(input === undefined ? {} : { input }) }
  }

  /** Each runtime has settings of its own, so each makes its own machine. */
  #maker(file: MachineFile) {
    return ({ settings }: { settings: () => unknown }) =>
      chartOf(this.#spoken(file), this.#registry, settings, new Findings())?.machine
  }

  #checkFiles(): void {
    for (const [i, file] of this.files.entries()) {
      const before = this.files[i - 1]
      if (!before || before.version !== file.version) continue
      const what = `is version ${file.version} of '${file.kind}', and so is ${basename(before.name)}`
      const hint = 'What changed has a higher `version`; what is another task has another `kind`.'
      file.findings.error([file.value.version === undefined ? 'kind' : 'version'], what, hint)
    }
    if (this.files.length > MOST_VERSIONS) {
      const what = `is one of ${this.files.length} versions, and at most ${MOST_VERSIONS} may be there`
      this.#newest.findings.error(['version'], what)
    }
  }

  #steps(charted: ReadonlyMap<number, Charted | undefined>): Record<number, Migration> {
    const { version: newest, value, findings } = this.#newest
    const keys = Object.keys(membersOf(value.migrate)).map(Number)
    const numbers = new Set(keys.filter((each) => each >= 1))
    const files = new Map(this.files.map((each) => [each.version, each]))
    const steps: Record<number, Migration> = {}
    for (const from of numbers) {
      const at = ['migrate', String(from)]
      if (from >= newest) {
        const hint = `Steps lead to the newest, which is version ${newest}.`
        findings.error(at, `leads away from version ${from}, and none is newer`, hint, true)
      } else if (!files.has(from + 1) && !numbers.has(from + 1)) {
        const hint = `Give it a step of its own, "${from + 1}", or put its file beside this one.`
        findings.error(at, `leads to version ${from + 1}, from which nothing leads on`, hint, true)
      } else {
        const side = (version: number) => this.#side(version, files.get(version), charted.get(version))
        steps[from] = migrationOf(value, side(from), side(from + 1), findings)
      }
    }
    if (!findings.failed) this.#checkGaps([...files.keys(), ...numbers])
    return steps
  }

  /** A version for which there is nothing: its tasks would be set aside. */
  #checkGaps(known: readonly number[]): void {
    const sorted = [...new Set(known)].sort((a, b) => a - b)
    for (const [i, next] of sorted.entries()) {
      const before = sorted[i - 1]
      if (before === undefined || next > this.#newest.version || next === before + 1) continue
      const missing = next === before + 2 ? `version ${before + 1}` : `versions ${before + 1} to ${next - 1}`
      const hint = `If there were such tasks, put their file beside this one, or lead them on with \`migrate\`.`
      this.#newest.findings.warning(['version'], `has nothing for tasks of ${missing}: they would be set aside`, hint)
    }
  }

  #side(version: number, file: MachineFile | undefined, charted: Charted | undefined): Side {
    const { kind = '', value } = file ?? this.#newest
    const machine = membersOf(value.machine)
    const { input } = this.#newest.value
    const kept = (given: unknown) => {
      const schema = input === undefined ? undefined : jsonSchema(input as JsonSchema)
      return { [KEPT]: validate(schema, given ?? null, kind) }
    }
    return {
      version,
      id: rootId(machine, kind),
      tree: file && new StateTree(machine, [], kind, new Findings()),
      kept: charted?.keepsInput ? kept : undefined,
    }
  }
}

/** What a header says in JSON and a definition in code. */
function rest({ input, settings, concurrency }: Members): object {
  const { schema, defaults } = membersOf(settings)
  return {
    ...(input === undefined ? {} : { input: jsonSchema(input as JsonSchema) }),
    ...(concurrency === undefined ? {} : { concurrency: concurrencyOf(concurrency) }),
    ...(settings === undefined
      ? {}
      : {
          settings: {
            ...(schema === undefined ? {} : { schema: jsonSchema(schema as JsonSchema) }),
            ...(defaults === undefined ? {} : { defaults }),
          },
        }),
  }
}

/** The key of a task is an expression over its input; null is none. */
function concurrencyOf(given: unknown): unknown {
  const { by, ...limits } = membersOf(given)
  if (by === undefined) return given
  const data = new DataReader(new Findings()).data(by, ['concurrency', 'by'], ['input'])
  return {
    ...limits,
    by: (input: unknown) => data.of({ context: null, event: null, settings: null, input: input ?? null }) ?? undefined,
  }
}
