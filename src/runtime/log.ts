/** Where a runtime says what happens: pino, console, or anything with these four. */
export interface TaskLog {
  debug(message: string, data?: object): void
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
}
