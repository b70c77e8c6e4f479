/** What is found in a file: each with its path, and all of them, not the first alone. */
import { HoldfastError } from '../model/errors.js'

export type Path = readonly (string | number)[]

/** What is wrong, or strange, at one place of a file. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** `machine.states.waiting.after`; '' is the whole file. */
  readonly path: string
  readonly message: string
  readonly hint?: string
  /** Where the file was read as text, counted from 1. */
  readonly line?: number
  readonly column?: number
}

/** A finding, before it is known on which line it stands. */
export interface Found extends Omit<Finding, 'path'> {
  readonly at: Path
  /** It is the name of the member that is meant, and not its value. */
  readonly key: boolean
}

/** Beyond so many nobody reads on. */
const MOST = 200

export class Findings {
  readonly all: Found[] = []

  error(at: Path, message: string, hint?: string, key = false): void {
    this.#add('error', at, message, hint, key)
  }

  warning(at: Path, message: string, hint?: string): void {
    this.#add('warning', at, message, hint, false)
  }

  get failed(): boolean {
    return this.all.some(({ severity }) => severity === 'error')
  }

  #add(severity: Finding['severity'], at: Path, message: string, hint: string | undefined, key: boolean): void {
    if (this.all.length >= MOST) return
    // Two who look at the same place may find the same.
    const text = pathText(at)
    if (this.all.some((each) => each.message === message && pathText(each.at) === text)) return
    this.all.push({ severity, at, message, key, ...(hint === undefined ? {} : { hint }) })
  }
}

/** A path as people write it: `machine.states.a.on["door open"][0].target`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'string' && /^[\w$-]+$/.test(part)) return text === '' ? part : `${text}.${part}`
    return `${text}[${JSON.stringify(part)}]`
  }, '')
}

/** `poll.json:12:7: machine.initial is no state` */
export function findingText({ path, message, line, column }: Finding, file: string): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`
  return `${place}: ${path === '' ? 'it' : path} ${message}`
}

/** The errors among findings of one file or several as one error. */
export function invalidMachine(
  files: readonly { readonly file: string; readonly findings: readonly Finding[] }[],
): HoldfastError {
  const errors = files.flatMap(({ file, findings }) =>
    findings.filter(({ severity }) => severity === 'error').map((finding) => ({ file, finding })),
  )
  const [first] = errors as [{ file: string; finding: Finding }]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const issues = errors.map(({ file, finding }) => ({
    path: finding.path,
    message: `${findingText(finding, file)}${finding.hint === undefined ? '' : ` (${finding.hint})`}`,
  }))
  const hint = first.finding.hint ?? '`holdfast machines lint FILE` says all that is wrong.'
  return new HoldfastError('ERR_INVALID_MACHINE', `${findingText(first.finding, first.file)}${more}`, { hint, issues })
}
