/**
 * The log of a daemon for whoever sits before it: `12:00:05 warn  message  name=value`. What a task says may hold escape
 * sequences and line breaks: it stays on its line. A line begins by clearing what somebody draws and redraws at the
 * bottom of the terminal, so that neither garbles the other.
 */
import type { Colors } from 'picocolors/types.js'
import type { Lines } from '../daemon/log.js'
import { plain, plainLines } from './terminal.js'

const CLEAR = '\r\x1b[K'
const TIME_OF_DAY = { hour12: false } as const

interface Entry {
  readonly level: string
  readonly time: string
  readonly msg?: string
  readonly [name: string]: unknown
}

/** @param out where the readable lines go */
export function logLines(colors: Colors, out: { write(text: string): unknown }): Lines {
  return { write: (line) => void out.write(`${CLEAR}${readable(JSON.parse(line) as Entry, colors)}\n`) }
}

function readable({ level, time, msg = '', ...data }: Entry, colors: Colors): string {
  const at = new Date(time).toLocaleTimeString('en-GB', TIME_OF_DAY)
  const shade = SHADES[level] ?? 'dim'
  const facts = Object.entries(data).map(([name, value]) => colors.dim(` ${plain(name)}=${shown(value)}`))
  const line = `${colors.dim(at)} ${colors[shade](level.padEnd(5))} ${plain(msg)}${facts.join('')}`
  return [line, ...framesOf(data).map((frame) => colors.dim(`    ${frame}`))].join('\n')
}

const SHADES: Readonly<Record<string, 'red' | 'yellow' | 'green'>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  info: 'green',
}

const isError = (value: unknown): value is { type: string; message: string; stack: string } =>
  typeof (value as { stack?: unknown } | null)?.stack === 'string'

function shown(value: unknown): string {
  if (isError(value)) return plain(`${value.type}: ${value.message}`)
  return plain(typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value))
}

/** Where the errors among the data were thrown. */
function framesOf(data: object): string[] {
  const stacks = Object.values(data).filter(isError)
  return stacks.flatMap(({ stack }) => plainLines(stack).filter((line) => /^\s*at /.test(line)))
}
