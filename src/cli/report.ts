import { HoldfastError } from '../index.js'

/**
 * An error as lines for a person: `error CODE: message`, `hint: ...`, and what caused it. Errors that are not ours
 * keep their stack: they come from a config or a processor, and somebody has to find the line.
 */
export function errorLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [`error ERR_UNKNOWN: ${String(error)}`]
  if (!(error instanceof HoldfastError)) {
    const code = (error as { code?: unknown }).code
    const stack = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
    return [`error ${typeof code === 'string' ? code : error.name}: ${error.message}`, ...stack.slice(0, 5)]
  }
  const cause = error.cause === undefined ? [] : errorLines(error.cause).map((line) => `  ${line}`)
  return [
    `error ${error.code}: ${error.message}`,
    ...(error.issues ?? []).map(({ path, message }) => `  ${path}: ${message}`),
    `hint: ${error.hint}`,
    ...(cause.length > 0 ? ['cause:', ...cause] : []),
  ]
}

export function report(error: unknown): void {
  process.stderr.write(`${errorLines(error).join('\n')}\n`)
}
