import { HoldfastError } from '../model/errors.js'

const SHOWN_FRAMES = 5

const codeOf = (error: Error) => (error as { code?: unknown }).code

function titleOf(error: Error): string {
  const code = codeOf(error)
  return `${typeof code === 'string' ? code : error.name}: ${error.message}`
}

/** Where an error without a code was thrown: it comes from a config or a processor, and somebody has to find the line. */
function framesOf(error: Error): string[] {
  if (typeof codeOf(error) === 'string') return []
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, SHOWN_FRAMES)
}

/** An error as lines for a person: `error CODE: message`, `hint: ...`, and what caused it, one line each. */
export function errorLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [`error: ${String(error)}`]
  const issues = error instanceof HoldfastError ? (error.issues ?? []) : []
  const lines = [`error ${titleOf(error)}`, ...issues.map(({ path, message }) => `  ${path}: ${message}`)]
  if (error instanceof HoldfastError) lines.push(`hint: ${error.hint}`)
  lines.push(...framesOf(error))
  for (let { cause } = error; cause instanceof Error; { cause } = cause) {
    lines.push(`cause: ${titleOf(cause)}`, ...framesOf(cause))
  }
  return lines
}

export function report(error: unknown): void {
  process.stderr.write(`${errorLines(error).join('\n')}\n`)
}
