/**
 * A part that is plugged into a runtime from outside: the API, say. It knows the runtime; the runtime knows of it only
 * this. Parts are started when everything has been read and before work is taken, and stopped when what ran has come
 * to its end, the last one first; a part that cannot start keeps the runtime from starting.
 */
import { tell } from '../kernel/telemetry.js'
import type { Engine } from './engine.js'
import type { Doors } from './lifetime.js'
import { PartDesk } from './part-desk.js'
import type { Runtime } from './runtime.js'

export interface Part {
  readonly name: string
  start(runtime: Runtime, desk: PartDesk): Promise<void>
  /** The disk failed and is back: what it holds counts, and nothing of what was made since. */
  resume?(): Promise<void>
  /** Called once, also when start() failed or was never called. Must not throw. */
  stop(): Promise<void>
}

/** The doors of a runtime, for its parts. */
export function doorsOf(parts: readonly Part[], runtime: Runtime, engine: () => Engine): Doors {
  return {
    async open() {
      for (const part of parts) {
        await part.start(runtime, new PartDesk(part.name, engine(), runtime.actor))
        tell('part.started', () => ({ part: part.name }))
      }
    },
    async resume() {
      for (const part of parts) await part.resume?.()
    },
    async close() {
      for (const part of [...parts].reverse()) await part.stop().catch(() => undefined)
    },
  }
}
