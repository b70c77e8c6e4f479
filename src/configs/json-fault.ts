import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'

/** Why a text is no JSON, and where: counted from 1. */
export interface JsonFault {
  readonly what: string
  readonly line: number
  readonly column: number
}

/** The first fault of a text at which JSON.parse threw `error`. */
export function jsonFault(text: string, error: unknown): JsonFault {
  const errors: ParseError[] = []
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false })
  } catch {
    // Nested deeper than the parser goes.
  }
  const [first] = errors
  const [line, column] = lineOf(text, first?.offset ?? 0)
  return { what: first ? spaced(printParseErrorCode(first.error)) : (error as Error).message, line, column }
}

/** The line and the column of an offset. */
export function lineOf(text: string, offset: number): [line: number, column: number] {
  const before = text.slice(0, offset)
  return [before.split('\n').length, offset - before.lastIndexOf('\n')]
}

/** `PropertyNameExpected` as people say it. */
function spaced(code: string): string {
  return code.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
}
