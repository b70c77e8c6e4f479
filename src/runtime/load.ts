import type { Engine } from './engine.js'
import type { Place } from './row.js'

/** What a runtime carries at a moment. */
export interface Load {
  readonly routes: readonly {
    readonly route: string
    readonly queued: number
    readonly running: number
    readonly concurrency: number
    /** Since when, in milliseconds, the one whose turn is next has been due; 0 when nothing waits. */
    readonly waitingMs: number
    /** How long, in milliseconds, the one that came first has been queued; 0 when nothing waits. */
    readonly oldestMs: number
  }[]
  /** Queued for workers in other processes, by kind and route. */
  readonly remote: readonly {
    readonly kind: string
    readonly route: string
    readonly queued: number
    readonly waitingMs: number
  }[]
  /** Tasks in memory. */
  readonly live: number
  /** Functions being run. */
  readonly runs: number
  /** Schedules, from code and by the API. */
  readonly schedules: number
  /** For how long, in milliseconds, the commit in flight has been on its way to the disk; 0 when none is. */
  readonly commitMs: number
}

export function loadOf({ routes, ledger, runs, commit, clock, calendar }: Engine): Load {
  const now = clock.wall()
  const since = (runAt: number | undefined) => (runAt === undefined ? 0 : Math.max(0, now - runAt))
  const age = (place: Place | undefined) =>
    since(place && (ledger.directory.resident(place.id)?.context.history.at(-1)?.at ?? place.runAt))
  return {
    routes: [...routes.all()].map(({ name, running, queue, options }) => ({
      route: name,
      queued: queue.size + routes.remotes.queued(name),
      running,
      concurrency: options.concurrency,
      waitingMs: since(queue.first()?.runAt),
      oldestMs: Math.max(age(queue.oldest()), ...routes.remotes.oldest(name).map(age)),
    })),
    remote: [...routes.remotes.all()].map(({ kind, route, queue }) => ({
      kind,
      route,
      queued: queue.size,
      waitingMs: since(queue.first()?.runAt),
    })),
    live: ledger.directory.size,
    runs: runs.size,
    schedules: calendar.schedules.size,
    commitMs: commit.flyingMs,
  }
}
