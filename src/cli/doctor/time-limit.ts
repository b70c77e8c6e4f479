/** Nobody waits for ever: a disk that hangs, and a config that awaits what never comes, are findings. */
import { lengthOf } from '../words.js'

/** Rejects when `work` takes longer than `ms`, or is not wanted any more; the work is left to itself. */
export async function inTime<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted()
  let timer: NodeJS.Timeout | undefined
  let aborted = () => {}
  const late = new Promise<never>((_, reject) => {
    aborted = () => reject(signal?.reason)
    signal?.addEventListener('abort', aborted)
    if (ms !== Number.POSITIVE_INFINITY) {
      timer = setTimeout(() => reject(new Error(`no answer within ${lengthOf(ms)}`)), ms)
    }
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', aborted)
  }
}
