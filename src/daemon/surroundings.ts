/** What the service manager says to the daemon by its environment. */

/** @see man sd_notify, man sd_watchdog_enabled */
export interface Surroundings {
  /** Where the service manager listens; `undefined` without one. */
  readonly socket: string | undefined
  /** How long, in milliseconds, it bears our silence; `undefined` when it does not mind. */
  readonly watchdogMs: number | undefined
}

const NAMES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const

/**
 * Takes it out of the environment: a child that found it there would speak in the daemon's name.
 * @param pid of this process: a watchdog that is meant for another one is not ours
 */
export function takeSurroundings(env: NodeJS.ProcessEnv, pid: number): Surroundings {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC, WATCHDOG_PID } = env
  for (const name of NAMES) delete env[name]
  const watchdogMs = Math.floor(Number(WATCHDOG_USEC ?? 0) / 1000)
  const ours = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid
  return { socket: socket || undefined, watchdogMs: ours && watchdogMs > 0 ? watchdogMs : undefined }
}
