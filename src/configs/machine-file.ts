/** A file as a definition of a task, or what is wrong in it. */
import { HoldfastError } from '../model/errors.js'
import { type Definition, defineTask } from '../runtime/define.js'
import { strangeStates } from '../runtime/lint-reach.js'
import { chartOf } from './chart.js'
import { DataReader } from './data.js'
import { type Finding, Findings, type Path } from './finding.js'
import { form } from './form.js'
import { checkHeader } from './header.js'
import { type JsonSchema, jsonSchema } from './json-schema.js'
import type { Registry } from './registry.js'
import { check } from './shape.js'
import type { Source } from './source.js'
import { MOST_STATES, membersOf, StateTree } from './targets.js'

type Members = Readonly<Record<string, unknown>>

export interface Examined {
  readonly findings: readonly Finding[]
  /** Not there when there are errors among the findings. */
  readonly definition: Definition | undefined
}

/** All that can be said of a file. @throws ERR_TOO_LARGE when it has too many states */
export function examined(source: Source, registry: Registry, findings: Findings): Examined {
  const definition = source.value === undefined ? undefined : read(source, registry, findings)
  const placed = findings.all.map((found) => source.placed(found))
  return { findings: placed.sort(byPlace), definition }
}

/** In the order of the file, where they have lines. */
function byPlace(a: Finding, b: Finding): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

function read({ name, value }: Source, registry: Registry, findings: Findings): Definition | undefined {
  check(form, value, [], findings)
  const file = membersOf(value)
  const { count } = new StateTree(membersOf(file.machine), [], '', new Findings())
  if (count > MOST_STATES) {
    throw new HoldfastError('ERR_TOO_LARGE', `${name} has more than ${MOST_STATES.toLocaleString('en')} states`, {
      hint: 'Make several machines of it, one a kind.',
    })
  }
  checkHeader(file, findings)
  const defaults = membersOf(membersOf(file.settings).defaults)
  const machine = chartOf(file, registry, () => defaults, findings)
  if (!machine) return undefined
  for (const { path, what } of strangeStates(machine)) {
    const at: Path = ['machine', ...path.flatMap((key) => ['states', key])]
    findings.warning(at, what)
  }
  return definitionOf(file, registry)
}

function definitionOf(file: Members, registry: Registry): Definition {
  const { $schema: _, description: __, delays: ___, machine: ____, input, settings, concurrency, ...header } = file
  const { schema, defaults } = membersOf(settings)
  return defineTask({
    ...header,
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
    // Each runtime has settings of its own, so each makes its own machine.
    machine: ({ settings }: { settings: () => unknown }) => chartOf(file, registry, settings, new Findings()),
  } as never) as Definition
}

/** The key of a task is an expression over its input; null is none. */
function concurrencyOf(given: unknown): unknown {
  const { by, ...rest } = membersOf(given)
  if (by === undefined) return given
  const data = new DataReader(new Findings()).data(by, ['concurrency', 'by'], ['input'])
  return {
    ...rest,
    by: (input: unknown) => data.of({ context: null, event: null, settings: null, input: input ?? null }) ?? undefined,
  }
}
