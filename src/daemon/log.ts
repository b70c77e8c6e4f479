/** The log of a daemon, by pino: a line of JSON each, to stdout, or to a stream that makes them readable. */
import { pino, stdSerializers } from 'pino'
import type { Clock } from '../kernel/clock.js'
import { isoTime } from '../model/duration.js'
import type { TaskLog } from '../runtime/log.js'
import { LineWriter } from './line-writer.js'
import type { LogLevel } from './log-level.js'

/** What a line has of its own: data of these names would hide it. */
const OWN = ['level', 'time', 'msg']
const STDOUT = 1
const NOT_KEPT = 'lines were not kept: they came faster than they could be written'
export interface DaemonLog extends TaskLog {
  /** Resolves when what was logged is written, or its reader does not take it. */
  close(): Promise<void>
}

/** Where lines go: each is one JSON object with its newline. */
export interface Lines {
  write(line: string): void
}

/** `to`: where the lines go; stdout when left out. */
export function daemonLog(level: LogLevel, clock: Clock, to?: Lines): DaemonLog {
  const stdout = to ? undefined : new LineWriter(STDOUT, clock, (lines) => logger.warn(`${lines} ${NOT_KEPT}`))
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${isoTime(clock.wall())}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err, cause: stdSerializers.err },
    },
    to ?? (stdout as Lines),
  )
  const line = (name: keyof TaskLog) => (message: string, data?: object) => logger[name](withoutOwn(data), message)
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    close: async () => stdout?.close(),
  }
}

function withoutOwn(data: object | undefined): object | undefined {
  if (!data || !OWN.some((name) => Object.hasOwn(data, name))) return data
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [OWN.includes(name) ? `${name}_` : name, value]),
  )
}
