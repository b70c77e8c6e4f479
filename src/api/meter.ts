/** Metrics for Prometheus. Counted as things happen, measured when somebody asks; nothing here has a timer. */
import type { ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { TaskState } from '../../machines/index.js'
import type { Moved } from '../runtime/observers.js'
import type { Runtime } from '../runtime/runtime.js'

const ENDED: ReadonlySet<TaskState> = new Set(['FINISHED', 'FAILED', 'TERMINATED'])
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600]
const STATES = ['starting', 'working', 'degraded', 'stopping'] as const

export class Meter {
  readonly contentType: string
  readonly #registry = new Registry()
  readonly #leave: () => void
  readonly #requests: Counter<'status'>
  #utilization = performance.eventLoopUtilization()

  constructor(runtime: Runtime) {
    this.contentType = this.#registry.contentType
    const registers = [this.#registry]
    const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
      new Counter<Label>({ name: `holdfast_${name}`, help, labelNames, registers })
    const histogram = (name: string, help: string) =>
      new Histogram({ name: `holdfast_${name}`, help, labelNames: ['kind'] as const, buckets: SECONDS, registers })

    const made = counter('tasks_created_total', 'tasks made', ['kind'])
    const ended = counter('tasks_outcomes_total', 'attempts that came to an outcome, and what stopped others', [
      'kind',
      'state',
      'reason',
    ])
    const attempts = counter('task_attempts_total', 'attempts begun', ['kind'])
    const waited = histogram('task_wait_seconds', 'from the time a task was due to the begin of an attempt')
    const ran = histogram('task_run_seconds', 'from the begin of an attempt to its outcome')
    const commits = counter('commits_total', 'batches on disk, each one fsync')
    const fsyncs = counter('fsyncs_total', 'fsyncs of commits; those of LevelDB for its own files are not counted')
    const operations = counter('commit_operations_total', 'puts and dels in them')
    const bytes = counter('commit_bytes_total', 'bytes of keys and values in them, before compression and compaction')
    this.#requests = counter('http_requests_total', 'requests answered', ['status'])
    this.#gauges(runtime, registers)

    this.#leave = runtime.observe({
      moved: (fact) => {
        const { from, to } = fact
        // Hidden kinds are counted without their names: the sums stay right.
        const kind = runtime.outside.shows(fact.kind) ? fact.kind : ''
        if (from === 'NONE') made.inc({ kind })
        if (to === 'RUNNING' && from !== 'RUNNING') {
          attempts.inc({ kind })
          waited.observe({ kind }, waitedFor(fact))
        }
        if (!ENDED.has(to) || from === to) return
        ended.inc({ kind, state: to, reason: to === 'TERMINATED' ? (fact.context.reason ?? '') : '' })
        if (from === 'RUNNING') ran.observe({ kind }, ranFor(fact))
      },
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
    return this.#registry.metrics()
  }

  close(): void {
    this.#leave()
  }

  #gauges(runtime: Runtime, registers: Registry[]): void {
    const gauge = <Label extends string>(
      name: string,
      help: string,
      labelNames: readonly Label[],
      collect: (gauge: Gauge<Label>) => void | Promise<void>,
    ) => {
      const made: Gauge<Label> = new Gauge<Label>({
        name: `holdfast_${name}`,
        help,
        labelNames,
        registers,
        collect: () => collect(made),
      })
    }
    gauge('queue_depth', 'tasks queued', ['route'], (depth) => {
      for (const { route, queued } of runtime.load().routes) depth.set({ route }, queued)
    })
    gauge('queue_wait_seconds', 'since when the task whose turn is next has been due', ['route'], (age) => {
      for (const { route, waitingMs } of runtime.load().routes) age.set({ route }, waitingMs / 1000)
    })
    gauge('route_running', 'tasks that hold a place of a route', ['route'], (running) => {
      for (const each of runtime.load().routes) running.set({ route: each.route }, each.running)
    })
    gauge('remote_queue_depth', 'tasks queued for workers elsewhere', ['kind', 'route'], (depth) => {
      for (const { kind, route, queued } of runtime.load().remote) depth.set({ kind, route }, queued)
    })
    gauge('workers', 'workers elsewhere, by their state', ['state'], (workers) => {
      for (const state of ['waiting', 'working', 'idle', 'gone']) workers.set({ state }, 0)
      for (const { state } of runtime.leases.workers()) workers.inc({ state })
    })
    gauge('live_actors', 'tasks in memory', [], (live) => live.set(runtime.load().live))
    gauge('runs', 'functions being run, and leases', [], (runs) => runs.set(runtime.load().runs))
    gauge('state', '1 for the state the runtime is in', ['state'], (states) => {
      for (const state of STATES) states.set({ state }, runtime.state === state ? 1 : 0)
    })
    gauge('event_loop_lag_seconds', 'one turn of the event loop, at the time of asking', [], async (lag) => {
      const from = process.hrtime.bigint()
      await new Promise((resolve) => setImmediate(resolve))
      lag.set(Number(process.hrtime.bigint() - from) / 1e9)
    })
    gauge('event_loop_utilization', 'busy part of the time since it was asked for last', [], (busy) => {
      const now = performance.eventLoopUtilization()
      busy.set(performance.eventLoopUtilization(now, this.#utilization).utilization)
      this.#utilization = now
    })
    gauge('process_resident_memory_bytes', 'memory of the process', [], (memory) =>
      memory.set(process.memoryUsage.rss()),
    )
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
