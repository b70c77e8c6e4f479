/** What is looked into: a runtime, with the eyes of its owner or of those outside. */
import type { Runtime } from '../runtime/runtime.js'

export interface Source {
  readonly runtime: Runtime
  /** What may be seen and done: `runtime.outside` leaves hidden kinds out. */
  readonly seen: Pick<Runtime['outside'], 'find' | 'events' | 'send'> & {
    readonly schedules: Pick<Runtime['outside']['schedules'], 'list'>
  }
  /** False for a kind that is hidden. */
  shows(kind: string): boolean
}

/** As those see it who came over the API. */
export function fromOutside(runtime: Runtime): Source {
  return { runtime, seen: runtime.outside, shows: (kind) => runtime.outside.shows(kind) }
}

/** As the program sees it that made it. */
export function fromInside(runtime: Runtime): Source {
  return { runtime, seen: runtime, shows: () => true }
}
