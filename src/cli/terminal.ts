/** The terminal as commands see it: where words go, how wide it is, and whether it has colours. */
import colors from 'picocolors'
import type { Colors } from 'picocolors/types.js'

/** A pipe has no width: what goes into it is never cut. */
const ENDLESS = Number.POSITIVE_INFINITY

export interface TerminalOptions {
  /** Programs read it: JSON, and nothing else on stdout. */
  readonly json?: boolean
  /** False: no colours though the terminal has them. */
  readonly color?: boolean
}

export class Terminal {
  readonly json: boolean
  readonly colors: Colors

  constructor({ json = false, color = true }: TerminalOptions = {}) {
    this.json = json
    this.colors = colors.createColors(color && this.interactive && !process.env.NO_COLOR && process.env.TERM !== 'dumb')
  }

  /** A person looks at it. */
  get interactive(): boolean {
    return process.stdout.isTTY === true
  }

  get columns(): number {
    return this.interactive ? Math.max(20, process.stdout.columns || 80) : ENDLESS
  }

  get rows(): number {
    return process.stdout.rows || 24
  }

  line(text = ''): void {
    process.stdout.write(`${text}\n`)
  }

  /** What is no answer: to stderr, so that it does not get into a pipe. */
  note(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  /** The answer of a command: the value for programs, what `show` makes of it for people. */
  answer<T>(value: T, show: (value: T) => string): void {
    this.line(this.json ? this.jsonOf(value) : show(value))
  }

  jsonOf(value: unknown): string {
    return JSON.stringify(value ?? null, null, this.interactive ? 2 : undefined)
  }
}

/**
 * Text from elsewhere on one line: what a task says may hold escape sequences, and a terminal would obey them.
 * @see https://en.wikipedia.org/wiki/C0_and_C1_control_codes
 */
export function plain(text: unknown): string {
  return (
    String(text)
      .replaceAll('\n', '⏎')
      .replaceAll('\t', ' ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�')
  )
}

/** The same for text of several lines. */
export function plainLines(text: string): string[] {
  return text.split('\n').map(plain)
}
