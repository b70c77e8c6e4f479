/**
 * The time of the page: that of the daemon, as near as its answers tell. A board without a clock of its own may be years
 * away from the phone that looks at it, and what is due counts down by the board. Nothing else here reads the time.
 */
import { signal } from '@preact/signals'

let aheadMs = 0

/** Milliseconds since 1970, at the daemon. */
export function now(): number {
  return Date.now() + aheadMs
}

/** What the daemon said the time is, just now. */
export function heard(iso: string): void {
  const ahead = Date.parse(iso) - Date.now()
  // Less than a second may be the way here.
  if (Number.isFinite(ahead) && Math.abs(ahead - aheadMs) > 1_000) aheadMs = ahead
}

/** Runs `act` after a time; gives the way to leave it. */
export function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

/** Runs `act` again and again while somebody sees the page. */
export function every(ms: number, act: () => void): () => void {
  const timer = setInterval(() => {
    if (!document.hidden) act()
  }, ms)
  return () => clearInterval(timer)
}

/** The time, anew each second: for what counts. */
export const second = signal(now())
every(1_000, () => {
  second.value = now()
})
