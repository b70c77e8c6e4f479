import { Line } from '../model/line.js'
import type { KindQueue } from './kind-queue.js'
import type { KeyQuota } from './quota.js'

/** What the order of a queue needs to know of a task. */
export interface Place {
  readonly id: string
  readonly priority: number
  readonly runAt: number
  readonly seq: number
}

/** A place in a row. */
export interface Waiting extends Place {
  /** A machine in flight that needs a slot again: its turn is before every task's, and it spends no token. */
  readonly resumes: boolean
  readonly row: Row
  live: boolean
  /** It stands among the firsts of its kind's rows. */
  announced: boolean
}

/** Who needs a slot again, then higher priority, then `runAt`, then arrival. */
export function before(a: Waiting, b: Waiting): boolean {
  if (a.resumes !== b.resumes) return a.resumes
  return (
    a.priority > b.priority ||
    (a.priority === b.priority && (a.runAt < b.runAt || (a.runAt === b.runAt && a.seq < b.seq)))
  )
}

/**
 * Those that wait for the same: the tasks of one route and one kind, with one concurrency key or with none. Places that
 * were given up stay in the line until they would come up; no more of them than of living ones.
 */
export class Row {
  readonly queue: KindQueue
  /** Undefined for those without a key. */
  readonly key: KeyQuota | undefined
  readonly #line = new Line<Waiting>(before)
  tasks = 0
  resuming = 0
  /** What of it can start as far as the key goes, as its kind's queue has counted it. */
  readonly counted = { tasks: 0, resuming: 0 }

  constructor(queue: KindQueue, key: KeyQuota | undefined) {
    this.queue = queue
    this.key = key
  }

  get size(): number {
    return this.tasks + this.resuming
  }

  push(waiting: Waiting): void {
    if (waiting.resumes) this.resuming++
    else this.tasks++
    this.#line.push(waiting)
  }

  drop(waiting: Waiting): void {
    waiting.live = false
    if (waiting.resumes) this.resuming--
    else this.tasks--
    if (this.#line.peek() === waiting) this.#line.pop()
    else if (this.#line.size > 1024 && this.#line.size > 2 * this.size) this.#line.retain((each) => each.live)
  }

  first(): Waiting | undefined {
    let first = this.#line.peek()
    for (; first && !first.live; first = this.#line.peek()) this.#line.pop()
    return first
  }
}
