import { entered } from './history.js'
import type { Due, Now, TaskContext } from './task.js'

/** What a second request makes of a task that waits: all that it asked for counts, and nothing of the first. */
export interface Replacement {
  readonly due: Due | null
  readonly runAt: number
  readonly expires: number | null
  readonly priority: number
  readonly route: string
  readonly version: number
  readonly atMostOnce: boolean
  readonly paused: boolean
}

/** A task that somebody paused stays so, and what it waits for stays to be waited for. */
export function replaced(context: TaskContext, event: Replacement) {
  const { due, runAt, expires, priority, route, version, atMostOnce } = event
  return { due, runAt, expires, priority, route, version, atMostOnce, paused: context.paused || event.paused }
}

/** What waited for its retry is asked for in other words: it begins afresh. The last error stays for inspection. */
export function startedOver(context: TaskContext, event: Replacement & { readonly now: Now }) {
  return {
    ...replaced(context, event),
    failures: 0,
    interruptions: 0,
    reason: undefined,
    retryAt: null,
    endedAt: null,
    history: entered(context, 'SPOOLED', event.now),
  }
}
