/** The metrics, once: what is served is made of this table, and so is docs/reference/metrics.md. */
import type { Registry } from 'prom-client'

export const METRICS = {
  state: ['gauge', '1 for the state the runtime is in, 0 for the others', ['state']],
  tasks_created_total: ['counter', 'tasks made', ['kind']],
  task_attempts_total: ['counter', 'attempts begun', ['kind']],
  tasks_outcomes_total: [
    'counter',
    'attempts that came to an outcome, and what stopped others',
    ['kind', 'state', 'reason'],
  ],
  task_wait_seconds: ['histogram', 'from the time a task was due to the begin of an attempt', ['kind']],
  task_run_seconds: ['histogram', 'from the begin of an attempt to its outcome', ['kind']],
  task_late_seconds: ['histogram', 'of tasks that waited for their runAt: from then to their queue', []],
  queue_depth: ['gauge', 'tasks queued, those for workers elsewhere included', ['route']],
  queue_wait_seconds: ['gauge', 'since when the task whose turn is next has been due', ['route']],
  queue_oldest_seconds: ['gauge', 'how long the task that came first has been queued', ['route']],
  route_running: ['gauge', 'tasks that hold a place of a route', ['route']],
  route_concurrency: ['gauge', 'places of a route', ['route']],
  remote_queue_depth: ['gauge', 'tasks queued for workers elsewhere', ['kind', 'route']],
  workers: ['gauge', 'workers elsewhere, by their state', ['state']],
  live_actors: ['gauge', 'tasks in memory', []],
  runs: ['gauge', 'functions being run, and leases', []],
  gate_open: ['gauge', '1 when the latest answer of a gate was good', ['gate']],
  gate_asked: ['gauge', '1 while somebody needs a gate; one that nobody needs is not asked, and holds', ['gate']],
  gate_changes_total: ['counter', 'how often the answer of a gate changed', ['gate']],
  schedules: ['gauge', 'schedules, from code and by the API', []],
  schedule_ticks_total: ['counter', 'ticks of schedules by what became of them: made, skipped, fault', ['outcome']],
  device_ready: ['gauge', '1 for a device that is ready, 0 for one that is faulty or looked for', ['device', 'type']],
  device_state: ['gauge', '1 for the state a device is in; faulty and seeking are states here', ['device', 'state']],
  device_value: [
    'gauge',
    'what a sensor reads, or the duty of an output; none while it is not known',
    ['device', 'unit'],
  ],
  device_edges_total: ['counter', 'edges of the lines of a device', ['device']],
  device_edges_missed_total: ['counter', 'edges that the kernel had no room for', ['device']],
  device_floods_total: ['counter', 'how often a device had more edges than it may have', ['device']],
  device_misreads_total: ['counter', 'readings of a sensor that failed', ['device']],
  device_faults_total: ['counter', 'how often a device became faulty', ['device']],
  commits_total: ['counter', 'batches on disk, each one fsync', []],
  fsyncs_total: ['counter', 'fsyncs of commits; those of LevelDB for its own files are not counted', []],
  commit_operations_total: ['counter', 'puts and dels in them', []],
  commit_bytes_total: ['counter', 'bytes of keys and values in them, before compression and compaction', []],
  wear_bytes_per_day: [
    'gauge',
    'keys and values handed to the store, and what the kernel says the process wrote, mean of the last days',
    ['source'],
  ],
  wear_bytes_today: [
    'gauge',
    'keys and values handed to the store today, and what the kernel says the process wrote',
    ['source'],
  ],
  wear_fsyncs_per_day: ['gauge', 'synced batches, mean of the last days', []],
  wear_fsyncs_today: ['gauge', 'synced batches, today', []],
  wear_budget_per_day: ['gauge', 'the budget of a day, where there is one: bytes, fsyncs', ['of']],
  http_requests_total: ['counter', 'requests answered; status 0 for those that were left', ['status']],
  event_loop_lag_seconds: ['gauge', 'one turn of the event loop, at the time of asking', []],
  event_loop_utilization: ['gauge', 'busy part of the time since it was asked for last', []],
  process_resident_memory_bytes: ['gauge', 'memory of the process', []],
} as const

type Metrics = typeof METRICS
/** The metrics of a type. */
export type Named<Type extends string> = {
  [Name in keyof Metrics]: Metrics[Name][0] extends Type ? Name : never
}[keyof Metrics]
export type LabelOf<Name extends keyof Metrics> = Metrics[Name][2][number]

/** As prom-client wants to know it. */
export function optionsOf<Name extends keyof Metrics>(name: Name, registry: Registry) {
  const [, help, labels] = METRICS[name]
  return { name: `holdfast_${name}`, help, labelNames: labels as readonly LabelOf<Name>[], registers: [registry] }
}
