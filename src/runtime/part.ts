/**
 * A part that is plugged into a runtime from outside: the API, say. It knows the runtime; the runtime knows of it only
 * this. Parts are started when everything has been read and before work is taken, and stopped when what ran has come
 * to its end, the last one first; a part that cannot start keeps the runtime from starting.
 */
import { tell } from '../kernel/telemetry.js'
import type { Doors } from './lifetime.js'
import type { Runtime } from './runtime.js'

export interface Part {
  readonly name: string
  start(runtime: Runtime): Promise<void>
  /** Called once, also when start() failed or was never called. Must not throw. */
  stop(): Promise<void>
}

/** The doors of a runtime, for its parts. */
export function doorsOf(parts: readonly Part[], runtime: Runtime): Doors {
  return {
    async open() {
      for (const part of parts) {
        await part.start(runtime)
        tell('part.started', () => ({ part: part.name }))
      }
    },
    async close() {
      for (const part of [...parts].reverse()) await part.stop().catch(() => undefined)
    },
  }
}
