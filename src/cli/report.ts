import { HoldfastError } from '../model/errors.js'
import { hintOf } from './hints.js'

const SHOWN_FRAMES = 5

const codeOf = (error: Error) => (error as { code?: unknown }).code

function titleOf(error: Error): string {
  const code = codeOf(error)
  return `${typeof code === 'string' ? code : error.name}: ${error.message}`
}

/**
 * Where an error without a code was thrown: it comes from a config or a processor, and somebody has to find the line.
 * The frames in which Node reads a module that is no JavaScript lead nobody to it.
 */
function framesOf(error: Error): string[] {
  if (typeof codeOf(error) === 'string') return []
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !(error instanceof SyntaxError && line.includes('node:internal/')))
    .slice(0, SHOWN_FRAMES)
}

/** The issues of an error that its message does not tell. */
function issuesOf({ issues = [], message: told }: HoldfastError): string[] {
  return issues
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .filter((issue) => !told.includes(issue))
    .map((issue) => `  ${issue}`)
}

/** An error as lines for a person: `error CODE: message`, `hint: ...`, and what caused it, one line each. */
export function errorLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [`error: ${String(error)}`]
  const lines = [`error ${titleOf(error)}`]
  if (error instanceof HoldfastError) lines.push(...issuesOf(error), `hint: ${hintOf(error)}`)
  lines.push(...framesOf(error))
  for (let { cause } = error; cause instanceof Error; { cause } = cause) {
    lines.push(`cause: ${titleOf(cause)}`, ...framesOf(cause))
  }
  return lines
}

export function report(error: unknown): void {
  process.stderr.write(`${errorLines(error).join('\n')}\n`)
}
