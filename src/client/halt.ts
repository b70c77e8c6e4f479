/** What ends a call before its answer: its caller's signal, and that of the client when it closes. */
import { setMaxListeners } from 'node:events'

export type Halts = readonly (AbortSignal | undefined)[]

/** The last argument of every method. */
export interface CallOptions {
  /** Aborted, the call rejects with its reason; a request that was sent may be done all the same. */
  readonly signal?: AbortSignal
}

/** Calls `halt` once with the reason, at once when it is there already; gives the way to leave. */
export function whenHalted(halts: Halts, halt: (reason: unknown) => void): () => void {
  const undo: (() => void)[] = []
  for (const signal of halts) {
    if (!signal) continue
    if (signal.aborted) {
      halt(signal.reason)
      break
    }
    const heard = () => halt(signal.reason)
    // One signal may end a thousand calls: that is no leak.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', heard, { once: true })
    undo.push(() => signal.removeEventListener('abort', heard))
  }
  return () => {
    for (const leave of undo) leave()
  }
}

/** @throws the reason */
export function throwIfHalted(halts: Halts): void {
  for (const signal of halts) signal?.throwIfAborted()
}
