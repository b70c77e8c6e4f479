/**
 * The latest minutes of the daemon: its own ring of the last fifteen, and everything since the page was opened. It is
 * followed while somebody looks; what was missed meanwhile the ring still has.
 */
import { signal } from '@preact/signals'
import type { MinutesView, Sample } from '../../runtime/minutes-view.js'
import { ask, Problem } from './ask.js'
import { every, heard } from './clock.js'
import { returns } from './feed.js'

export interface Minutes {
  readonly slotMs: number
  readonly states: Readonly<Record<string, number>>
  /** The oldest first, one a slot. A slot that the daemon slept through has none. */
  readonly samples: readonly Sample[]
}

/** A daemon that was just started has few: they are drawn as wide as that. */
const LEAST_SLOTS = 12
/** Four hours of slots of five seconds. */
const MOST = 2_880

export const minutes = signal<Minutes | undefined>(undefined)
export const minutesProblem = signal<Problem | undefined>(undefined)

let followers = 0
let stop = () => {}

/** Follows until the returned function is called. */
export function follow(): () => void {
  if (++followers === 1) {
    void take()
    const leave = every(5_000, () => void take())
    const unsubscribe = returns.subscribe(() => void take())
    stop = () => {
      leave()
      unsubscribe()
    }
  }
  return () => {
    if (--followers === 0) stop()
  }
}

let asking = false

async function take(): Promise<void> {
  if (asking) return
  asking = true
  try {
    const since = minutes.peek()?.samples.at(-1)?.at
    const { now, slotMs, states, samples } = await ask<MinutesView>('/v1/history', { query: { since } })
    heard(now)
    const [first] = samples
    const before = (minutes.peek()?.samples ?? []).filter(({ at }) => first === undefined || at < first.at)
    minutes.value = { slotMs, states, samples: [...before, ...samples].slice(-MOST) }
    minutesProblem.value = undefined
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    minutesProblem.value = error
  } finally {
    asking = false
  }
}

/**
 * Seconds since 1970, and for each the sample of its slot: null where the daemon slept, undefined before anything is known.
 * The slot that goes on is not among them: it would look like a fall.
 */
export function gridOf(
  { samples, slotMs }: Minutes,
  spanMs: number,
  now: number,
): [number[], (Sample | null | undefined)[]] {
  const bySlot = new Map(samples.map((sample) => [Math.round(Date.parse(sample.at) / slotMs), sample]))
  const last = Math.floor(now / slotMs) - 1
  const begun = Math.min(...bySlot.keys())
  const first = Math.min(Math.max(last - Math.ceil(spanMs / slotMs) + 1, begun - 1), last - LEAST_SLOTS + 1)
  const slots = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return [
    slots.map((slot) => (slot * slotMs) / 1000),
    slots.map((slot) => bySlot.get(slot) ?? (slot > begun ? null : undefined)),
  ]
}
