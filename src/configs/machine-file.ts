/** One file: what stands in it, and what is wrong with it. */
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '../model/errors.js'
import { invalid } from '../runtime/checks.js'
import { strangeStates } from '../runtime/lint-reach.js'
import { type Charted, chartOf } from './chart.js'
import { type Finding, Findings, type Path } from './finding.js'
import { form } from './form.js'
import { checkHeader } from './header.js'
import type { Registry } from './registry.js'
import { check } from './shape.js'
import { Source } from './source.js'
import { MOST_STATES, membersOf, StateTree } from './targets.js'

type Members = Readonly<Record<string, unknown>>

export class MachineFile {
  readonly name: string
  readonly value: Members
  readonly findings = new Findings()
  readonly #source: Source

  /** A file, or what one would hold. @throws ERR_TOO_LARGE, ERR_NOT_JSON, ERR_INVALID_OPTION */
  constructor(file: unknown) {
    this.name = nameOf(file)
    const onDisk = typeof file === 'string' || file instanceof URL
    const source = onDisk ? Source.file(this.name, this.findings) : Source.value(this.name, file, this.findings)
    this.#source = source
    this.value = membersOf(source.value)
  }

  /** What groups it with the others of its kind; not there when it cannot be read. */
  get kind(): string | undefined {
    const { kind } = this.value
    return typeof kind === 'string' ? kind : undefined
  }

  get version(): number {
    const { version = 1 } = this.value
    return Number.isInteger(version) ? (version as number) : 1
  }

  /**
   * Its machine, or nothing when something is wrong; `file` has what holds for its kind. @throws ERR_TOO_LARGE when it has
   * too many states
   */
  charted(file: Members, registry: Registry): Charted | undefined {
    const { value, findings } = this
    if (this.#source.value === undefined) return undefined
    check(form, this.#source.value, [], findings)
    const { count } = new StateTree(membersOf(value.machine), [], '', new Findings())
    if (count > MOST_STATES) {
      throw new HoldfastError(
        'ERR_TOO_LARGE',
        `${this.name} has more than ${MOST_STATES.toLocaleString('en')} states`,
        {
          hint: 'Make several machines of it, one a kind.',
        },
      )
    }
    checkHeader(value, findings)
    const defaults = membersOf(membersOf(file.settings).defaults)
    const charted = chartOf(file, registry, () => defaults, findings)
    if (!charted) return undefined
    for (const { path, what } of strangeStates(charted.machine)) {
      const at: Path = ['machine', ...path.flatMap((key) => ['states', key])]
      findings.warning(at, what)
    }
    return charted
  }

  /** All that was found, in the order of the file where it has lines. */
  get placed(): Finding[] {
    const all = this.findings.all.map((found) => this.#source.placed(found))
    return all.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  }
}

function nameOf(file: unknown): string {
  if (typeof file === 'string' && file !== '') return file
  if (file instanceof URL) return fileURLToPath(file)
  if (typeof file === 'object' && file !== null) return 'the machine'
  throw invalid('loadMachine', 'a file, or an object', file)
}
