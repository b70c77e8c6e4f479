/**
 * A list of tasks as long as the store has them, read a page at a time behind cursors. Rows are kept small, and only those
 * of the pages near to what is seen: what was passed is asked for again by its cursor when somebody comes back.
 */
import { type Signal, signal } from '@preact/signals'
import type { TaskView } from '../../runtime/task-view.js'
import { ask, Problem } from './ask.js'
import { now } from './clock.js'
import { valueText } from './value.js'

/** What the list shows of a task; its input and context stay where they are. */
export type Row = Pick<
  TaskView,
  'id' | 'kind' | 'state' | 'route' | 'group' | 'priority' | 'attempt' | 'attempts' | 'paused'
> & {
  /** When it came to its state. */
  readonly at: string
  readonly retryAt?: string
  /** What went wrong, or the sub-state of its machine. */
  readonly about: string
}

export type TaskFilter = Readonly<
  Record<'state' | 'kind' | 'route' | 'group' | 'schedule' | 'cause', string | undefined>
>

export interface Listed {
  /** Rows that are known to be there; there may be more. */
  readonly length: number
  readonly ended: boolean
  readonly loading: boolean
  readonly problem: Problem | undefined
  /** Grows when rows change. */
  readonly version: number
}

interface Page {
  /** Where it begins; nothing for the first. */
  readonly cursor: string | undefined
  readonly first: number
  count: number
  rows: readonly Row[] | undefined
}

interface Answer {
  readonly items: readonly TaskView[]
  readonly cursor?: string
}

export const PAGE = 100
/** Tasks that the daemon reads for one answer: what is rare is found in several. */
const LOOK = 10_000
/** Between two looks it rests for so many times as long as the first took. */
const REST = 20
/** Pages whose rows are kept. */
const KEPT = 12

export class TaskList {
  readonly state: Signal<Listed> = signal({ length: 0, ended: false, loading: false, problem: undefined, version: 0 })
  readonly #filter: TaskFilter
  readonly #pages: Page[] = [{ cursor: undefined, first: 0, count: 0, rows: undefined }]
  readonly #closed = new AbortController()
  readonly #loading = new Set<number>()
  #ended = false
  /** The last row that is seen. */
  #to = 0
  #rests = 0

  constructor(filter: TaskFilter) {
    this.#filter = filter
  }

  close(): void {
    this.#closed.abort()
  }

  /** A row that is at hand. */
  row(at: number): Row | undefined {
    const page = this.#pages[this.#pageAt(at)]
    return page?.rows?.[at - page.first]
  }

  /** What is seen: loads what is not at hand, the next page when the end is near, and lets far ones go. */
  see(from: number, to: number): void {
    this.#to = to
    const [first, last] = [this.#pageAt(from), this.#pageAt(to)]
    for (let at = first; at <= last; at++) if (!this.#pages[at]?.rows) void this.#load(at)
    const next = this.#pages.length - 1
    if (!this.#ended && last >= next - 1) void this.#load(next)
    for (const [at, page] of this.#pages.entries()) {
      // Where little is like what is sought, what is seen at once is of many pages.
      if (at < first - KEPT / 2 || at > last + KEPT / 2) page.rows = undefined
    }
  }

  /** The same as time goes on: what takes the daemon long is asked for seldom. */
  async follow(from: number, to: number): Promise<void> {
    const begun = now()
    if (begun < this.#rests) return
    this.#rests = Number.POSITIVE_INFINITY
    await this.refresh(from, to)
    this.#rests = now() + REST * (now() - begun)
  }

  /** Reads the pages that are seen anew. */
  async refresh(from: number, to: number): Promise<void> {
    const [first, last] = [this.#pageAt(from), this.#pageAt(to)]
    for (let at = first; at <= last; at++) await this.#load(at)
  }

  #pageAt(row: number): number {
    // No page has more rows than it was asked for.
    let at = Math.min(this.#pages.length - 1, Math.floor(row / PAGE))
    while ((this.#pages[at + 1]?.first ?? Number.POSITIVE_INFINITY) <= row) at++
    return at
  }

  async #load(at: number): Promise<void> {
    const page = this.#pages[at]
    if (!page || this.#loading.has(at)) return
    this.#loading.add(at)
    this.#tell({ loading: true })
    try {
      const { signal } = this.#closed
      const query = { ...this.#filter, limit: PAGE, look: LOOK, cursor: page.cursor }
      const { items, cursor } = await ask<Answer>('/v1/tasks', { query, signal })
      this.#took(at, page, items.map(rowOf), cursor)
      this.#tell({ problem: undefined })
      // What was read had little of what is sought: it goes on until there is enough to be seen.
      if (!this.#ended && at === this.#pages.length - 2 && page.first + page.count < this.#to + PAGE / 2)
        void this.#load(at + 1)
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#tell({ problem: error instanceof Problem ? error : new Problem(0, 'ERR_PAGE', String(error), '') })
    } finally {
      this.#loading.delete(at)
      if (!this.#closed.signal.aborted) this.#tell({ loading: this.#loading.size > 0 })
    }
  }

  /** Tasks move between the pages while they are read: only at the end does a page change where the others begin. */
  #took(at: number, page: Page, rows: readonly Row[], cursor: string | undefined): void {
    page.rows = rows
    const last = at === this.#pages.length - 1
    if (!last) return
    page.count = rows.length
    this.#ended = cursor === undefined
    if (cursor !== undefined) this.#pages.push({ cursor, first: page.first + rows.length, count: 0, rows: undefined })
  }

  #tell(changed: Partial<Listed>): void {
    const last = this.#pages.at(-1) as Page
    const { version } = this.state.peek()
    const length = last.first + last.count
    this.state.value = { ...this.state.peek(), ...changed, length, ended: this.#ended, version: version + 1 }
  }
}

function rowOf(task: TaskView): Row {
  const { id, kind, state, route, priority, attempt, attempts, paused, group, retryAt, history, createdAt } = task
  return {
    id, kind, state, route, priority, attempt, attempts, paused, at: history.at(-1)?.at ?? createdAt, about: aboutOf(task),
    ...(group === undefined ? {} : { group }),
    ...(retryAt === undefined ? {} : { retryAt }),
  } // biome-ignore format: one line reads better
}

const LONGEST_ABOUT = 160

function aboutOf({ error, reason, machine, progress }: TaskView): string {
  const text = error?.message ?? reason ?? (machine ? valueText(machine.value) : undefined)
  return (text ?? (progress === undefined ? '' : JSON.stringify(progress))).slice(0, LONGEST_ABOUT)
}
