import { HoldfastError, shown } from '../model/errors.js'

/** From which level on is logged, the lowest first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LEVELS)[number]

/** @throws ERR_INVALID_OPTION */
export function logLevel(given: string, option: string): LogLevel {
  if (LEVELS.includes(given as LogLevel)) return given as LogLevel
  throw new HoldfastError(
    'ERR_INVALID_OPTION',
    `${option}: expected one of ${LEVELS.join(', ')}, found ${shown(given)}`,
  )
}
