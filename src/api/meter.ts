/** Metrics for Prometheus. Counted as things happen, measured when somebody asks; nothing here has a timer. */
import type { ServerResponse } from 'node:http'
import { Counter, Histogram, Registry } from 'prom-client'
import type { TaskState } from '../../machines/index.js'
import type { Moved } from '../runtime/observers.js'
import type { Runtime } from '../runtime/runtime.js'
import { measureAll } from './gauges.js'
import { type LabelOf, type Named, optionsOf } from './metrics.js'
import { Scrape } from './scrape.js'

const ENDED: ReadonlySet<TaskState> = new Set(['FINISHED', 'FAILED', 'TERMINATED'])
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600]

export class Meter {
  readonly contentType: string
  readonly #registry = new Registry()
  readonly #scrape: Scrape
  readonly #leave: () => void
  readonly #requests: Counter<'status'>

  constructor(runtime: Runtime) {
    this.contentType = this.#registry.contentType
    const made = this.#counter('tasks_created_total')
    const ended = this.#counter('tasks_outcomes_total')
    const attempts = this.#counter('task_attempts_total')
    const waited = this.#histogram('task_wait_seconds')
    const ran = this.#histogram('task_run_seconds')
    const late = this.#histogram('task_late_seconds')
    const ticks = this.#counter('schedule_ticks_total')
    for (const outcome of ['made', 'skipped', 'fault']) ticks.inc({ outcome }, 0)
    const commits = this.#counter('commits_total')
    const fsyncs = this.#counter('fsyncs_total')
    const operations = this.#counter('commit_operations_total')
    const bytes = this.#counter('commit_bytes_total')
    this.#requests = this.#counter('http_requests_total')
    this.#scrape = new Scrape(runtime)
    measureAll(runtime, this.#scrape, this.#registry)

    this.#leave = runtime.observe({
      moved: (fact) => {
        const { from, to } = fact
        // Hidden kinds are counted without their names: the sums stay right.
        const kind = runtime.outside.shows(fact.kind) ? fact.kind : ''
        if (from === 'NONE') made.inc({ kind })
        if (from === 'SPOOLED' && to === 'QUEUED' && hasWaited(fact)) late.observe(lateFor(fact))
        if (to === 'RUNNING' && from !== 'RUNNING') {
          attempts.inc({ kind })
          waited.observe({ kind }, waitedFor(fact))
        }
        if (!ENDED.has(to) || from === to) return
        ended.inc({ kind, state: to, reason: to === 'TERMINATED' ? (fact.context.reason ?? '') : '' })
        if (from === 'RUNNING') ran.observe({ kind }, ranFor(fact))
      },
      ticked: ({ outcome, count }) => ticks.inc({ outcome }, count),
      committed: (size) => {
        commits.inc()
        fsyncs.inc()
        operations.inc(size.ops)
        bytes.inc(size.bytes)
      },
    })
  }

  request(response: ServerResponse): void {
    response.once('close', () => this.#requests.inc({ status: response.headersSent ? response.statusCode : 0 }))
  }

  text(): Promise<string> {
    this.#scrape.begin()
    return this.#registry.metrics()
  }

  close(): void {
    this.#leave()
  }

  #counter<Name extends Named<'counter'>>(name: Name): Counter<LabelOf<Name>> {
    return new Counter<LabelOf<Name>>(optionsOf(name, this.#registry))
  }

  #histogram<Name extends Named<'histogram'>>(name: Name): Histogram<LabelOf<Name>> {
    return new Histogram<LabelOf<Name>>({ ...optionsOf(name, this.#registry), buckets: SECONDS })
  }
}

/** Seconds, never less than none: the wall clock may have stepped meanwhile. */
function seconds(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(0, to - from) / 1000
}

function waitedFor({ context: { runAt, createdAt, history } }: Moved): number {
  return seconds(Math.max(runAt, createdAt), history.at(-1)?.at)
}

function ranFor({ context: { history } }: Moved): number {
  return seconds(history.at(-2)?.at, history.at(-1)?.at)
}

/** It was not due yet when it came to where it waited. */
function hasWaited({ context: { runAt, history } }: Moved): boolean {
  return runAt > (history.at(-2)?.at ?? runAt)
}

function lateFor({ context: { runAt, history } }: Moved): number {
  return seconds(runAt, history.at(-1)?.at)
}
