/** Who sent what to whom, in its order: what a sequence diagram is drawn of. Bounded; the oldest go first. */
import type { Message } from './messages.js'

export interface Arrow {
  readonly n: number
  readonly at: string
  readonly from: string
  readonly to: string
  readonly type: string
  /** What was sent, whole. */
  readonly event: unknown
  readonly past: boolean
}

/** Who sends what nobody inside sent. */
export const OUTSIDE = 'outside'
/** What machines emit goes to whoever listens. */
export const LISTENERS = 'listeners'
const MOST = 2_000

export class Sequence {
  arrows: readonly Arrow[] = []
  #n = 0
  #new: Arrow[] = []

  /** True when it is part of the sequence. */
  hear(message: Message): boolean {
    if (message.type === 'event') {
      const { from = OUTSIDE, to, event, at, past = false } = message
      this.#new.push({ n: ++this.#n, at, from, to, type: typeOf(event), event, past })
      return true
    }
    if (message.type === 'emitted') {
      const { of, event, at, past = false } = message
      this.#new.push({ n: ++this.#n, at, from: of, to: LISTENERS, type: typeOf(event), event, past })
      return true
    }
    return false
  }

  /** Takes in what came since; gives what is shown. */
  settle(): readonly Arrow[] {
    if (this.#new.length > 0) this.arrows = [...this.arrows, ...this.#new.splice(0)].slice(-MOST)
    return this.arrows
  }
}

const typeOf = (event: unknown) => String((event as { type?: unknown } | null)?.type ?? event)

/** The actors of arrows, in the order in which they appear; the outside at the edges. */
export function lifelinesOf(
  arrows: readonly Arrow[],
  most: number,
): { readonly lines: string[]; readonly more: number } {
  const all = new Set<string>()
  for (const { from, to } of arrows) {
    all.add(from)
    all.add(to)
  }
  const inside = [...all].filter((name) => name !== OUTSIDE && name !== LISTENERS)
  const lines = [
    ...(all.has(OUTSIDE) ? [OUTSIDE] : []),
    ...inside.slice(0, most),
    ...(all.has(LISTENERS) ? [LISTENERS] : []),
  ]
  return { lines, more: Math.max(0, inside.length - most) }
}
