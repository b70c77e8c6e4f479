// The promises in numbers. A bar without its figures in this run is not judged.
const KB = 1024
const MB = 1024 * 1024
const peers = ['bullmq', 'plainjob', 'graphile', 'graphile-18', 'pgboss']

const atLeast = (value, bar, unit) => ({ value, unit, passed: value >= bar })
const atMost = (value, bar, unit) => ({ value, unit, passed: value <= bar })

const unslowed = ({ singlePerSecond, singleWithout, bulkPerSecond, bulkWithout }) =>
  Math.min(singlePerSecond / singleWithout, bulkPerSecond / bulkWithout)

const unseen = ({ offInspectorBytes, offInspectorPercent }) => offInspectorBytes + offInspectorPercent

/** The last task of a run has nobody whose commit its end could join. */
const rounded = (value) => Number(value?.toFixed(2))

/** From the enqueue call to the start of the processor: an fsync is what it costs to be durable. */
const latencyBars = (name, where) => [
  {
    what: `${where}, enqueue to the start of the processor, p50`,
    bar: 'at most 2 fsyncs’ worth',
    judge: ({ ours }) => atMost(ours(name).syncsWorth, 2, 'fsyncs'),
  },
  {
    what: `${where}, enqueue to the start of the processor, p50`,
    bar: 'at most 1.5 fsyncs’ worth',
    judge: ({ ours }) => atMost(ours(name).syncsWorth, 1.5, 'fsyncs'),
  },
  {
    what: `${where}, enqueue to the start of the processor, p99`,
    bar: 'at most 3 fsyncs’ worth',
    judge: ({ ours }) => atMost(ours(name).syncsWorth99, 3, 'fsyncs'),
  },
]

/** The dearer of the two sorts: what a task costs in the greatest store, over what it costs in the least. */
const grown = (of, figure) =>
  Math.max(
    ...['dormant', 'ended'].map(
      (sort) => of('growth', `ours@5,000,000 ${sort}`)[figure] / of('growth', `ours@1,000 ${sort}`)[figure],
    ),
  )

const bars = [
  {
    what: 'bulk, end to end',
    bar: 'at least 12,000 tasks/s',
    judge: ({ ours }) => atLeast(ours('bulk').tasksPerSecond, 12_000, 'tasks/s'),
  },
  {
    what: 'bulk, end to end',
    bar: 'ahead of every durable peer of this run',
    judge: ({ ours, best }) => atLeast(ours('bulk').tasksPerSecond / best('bulk'), 1, 'of the best peer'),
  },
  {
    what: 'bulk, end to end',
    bar: 'ahead of graphile-worker 0.18 on Node 24 in the same run',
    judge: ({ ours, of }) =>
      atLeast(ours('bulk').tasksPerSecond / of('bulk', 'graphile-18').tasksPerSecond, 1, 'of graphile-worker 0.18'),
  },
  {
    what: 'bulk, end to end, both on Node 24',
    bar: 'ahead of graphile-worker 0.18 in the same run',
    judge: ({ of }) =>
      atLeast(
        of('bulk', 'ours-24').tasksPerSecond / of('bulk', 'graphile-18').tasksPerSecond,
        1,
        'of graphile-worker 0.18',
      ),
  },
  {
    what: 'bulk, 500 at once',
    bar: 'ahead of every durable peer of this run',
    judge: ({ ours, best }) => atLeast(ours('bulk-500').tasksPerSecond / best('bulk-500'), 1, 'of the best peer'),
  },
  {
    what: 'single',
    bar: 'at least 1.2 of BullMQ',
    judge: ({ ours, of }) =>
      atLeast(ours('single').tasksPerSecond / of('single', 'bullmq').tasksPerSecond, 1.2, 'of BullMQ'),
  },
  {
    what: 'single',
    bar: 'at least 1.4 of BullMQ',
    judge: ({ ours, of }) =>
      atLeast(ours('single').tasksPerSecond / of('single', 'bullmq').tasksPerSecond, 1.4, 'of BullMQ'),
  },
  {
    what: 'a hundred callers',
    bar: 'at least 1.5 of BullMQ',
    judge: ({ ours, of }) =>
      atLeast(ours('callers100').tasksPerSecond / of('callers100', 'bullmq').tasksPerSecond, 1.5, 'of BullMQ'),
  },
  {
    what: 'bulk',
    bar: 'at least a third of the floor',
    judge: ({ ours, of }) =>
      atLeast(ours('bulk').tasksPerSecond / of('bulk', 'floor').tasksPerSecond, 1 / 3, 'of the floor'),
  },
  {
    what: 'fsyncs a task, bulk',
    bar: 'at most 0.02',
    judge: ({ ours }) => atMost(ours('bulk').syncsPerTask, 0.0205, 'fsyncs'),
  },
  {
    what: 'what the device writes a task, at load',
    bar: 'at most 1 KB',
    judge: ({ ours }) => atMost(ours('wear').loadBytes, 1024, 'bytes'),
  },
  {
    what: 'fsyncs a task, at load',
    bar: 'at most 0.02',
    judge: ({ ours }) => atMost(ours('wear').loadSyncs, 0.0205, 'fsyncs'),
  },
  {
    what: 'what the device writes a task, in a stream of single ones',
    bar: 'at most 18 KB',
    judge: ({ ours }) => atMost(ours('wear').streamBytes / KB, 18, 'KB'),
  },
  {
    what: 'fsyncs a task, in a stream of single ones',
    bar: 'one',
    judge: ({ ours }) => atMost(rounded(ours('wear').streamSyncs), 1, 'fsyncs'),
  },
  {
    what: 'what the device writes a task, alone',
    bar: 'at most 36 KB',
    judge: ({ ours }) => atMost(ours('wear').loneBytes / KB, 36, 'KB'),
  },
  {
    what: 'fsyncs a task, alone',
    bar: 'two',
    judge: ({ ours }) => atMost(rounded(ours('wear').loneSyncs), 2, 'fsyncs'),
  },
  {
    what: 'what the device writes, idle',
    bar: 'nothing',
    judge: ({ ours }) => atMost(ours('wear').idleBytes, 0, 'bytes'),
  },
  ...latencyBars('latency', 'idle'),
  ...latencyBars('sd-latency', 'SD card, idle'),
  {
    what: 'SD card, single',
    bar: 'at least 80 tasks/s',
    judge: ({ ours }) => atLeast(ours('sd-single').tasksPerSecond, 80, 'tasks/s'),
  },
  {
    what: 'SD card, single',
    bar: 'at least 0.85 of the floor',
    judge: ({ ours, of }) =>
      atLeast(ours('sd-single').tasksPerSecond / of('sd-single', 'floor').tasksPerSecond, 0.85, 'of the floor'),
  },
  {
    what: 'SD card, a hundred callers',
    bar: 'at least 1,500 tasks/s',
    judge: ({ ours }) => atLeast(ours('sd-callers100').tasksPerSecond, 1500, 'tasks/s'),
  },
  {
    what: 'SD card, bulk, concurrency 500',
    bar: 'at least 10,000 tasks/s',
    judge: ({ ours }) => atLeast(ours('sd-bulk-500').tasksPerSecond, 10_000, 'tasks/s'),
  },
  {
    what: 'an interrupted task runs again',
    bar: 'within 1 s of the start',
    judge: ({ ours }) => atMost(ours('interrupted').againMs, 1000, 'ms'),
  },
  {
    what: 'restart with 100,000 tasks in flight',
    bar: 'ready in under 3 s',
    judge: ({ ours }) => atMost(ours('restart').readyMs, 3000, 'ms'),
  },
  {
    what: 'restart with 100,000 tasks in flight',
    bar: 'the first processor in under 1.5 s',
    judge: ({ ours }) => atMost(ours('restart').firstStartMs, 1500, 'ms'),
  },
  {
    what: 'restart with 100,000 tasks running at once',
    bar: 'the first runs again in under 1.5 s',
    judge: ({ of }) => atMost(of('restart-running', 'ours@alone').firstStartMs, 1500, 'ms'),
  },
  {
    what: 'restart with 100,000 tasks running at once',
    bar: 'all of them run again in under 3 s',
    judge: ({ of }) => atMost(of('restart-running', 'ours@alone').allStartMs, 3000, 'ms'),
  },
  {
    what: 'restart with 100,000 tasks running at once, beside 1,000,000 dormant ones',
    bar: 'at most 1.2 of the time without them',
    judge: ({ of }) =>
      atMost(
        of('restart-running', 'ours@beside 1,000,000 dormant').allStartMs /
          of('restart-running', 'ours@alone').allStartMs,
        1.2,
        'of the time',
      ),
  },
  {
    what: '5,000,000 stored tasks, CPU a task beside them',
    bar: 'at most 1.25 of that beside 1,000',
    judge: ({ of }) => atMost(grown(of, 'cpuUsPerTask'), 1.25, 'of the time'),
  },
  {
    what: '1,000,000 dormant tasks, at rest',
    bar: 'under 150 MB',
    judge: ({ of }) => atMost(of('memory', 'ours@1,000,000 dormant').restingBytes / MB, 150, 'MB'),
  },
  {
    what: 'the portal in 96 MB, files put into its inbox',
    bar: 'all archived, nothing killed',
    judge: ({ ours }) => atMost(ours('portal').kills, 0, 'killed'),
  },
  {
    what: '1,000,000 dormant tasks',
    bar: 'under 150 MB',
    judge: ({ ours }) => atMost(ours('dormant').memoryBytes / MB, 150, 'MB'),
  },
  {
    what: '1,000,000 dormant tasks, the cost of others',
    bar: 'at least 0.8 of the rates without them',
    judge: ({ ours }) => atLeast(unslowed(ours('dormant')), 0.8, 'of the rate'),
  },
  {
    what: 'inspector into which nobody looks',
    bar: 'no byte of a machine and no sample of the processor is its own',
    judge: ({ ours }) => atMost(unseen(ours('inspect')), 0, 'bytes and percent'),
  },
  {
    what: 'inspector that was left, bytes allocated for a machine',
    bar: 'at most 1.05 of one that was never there',
    judge: ({ ours }) => atMost(ours('inspect').offBytes / ours('inspect').absentBytes, 1.05, 'of it'),
  },
  {
    what: 'page, all of it',
    bar: 'at most 100 KB as brotli',
    judge: ({ ours }) => atMost(ours('page').brotliBytes / 1024, 100, 'KB'),
  },
  {
    what: 'page, first paint',
    bar: 'within 1 s',
    judge: ({ ours }) => atMost(ours('page').paintMs, 1000, 'ms'),
  },
  {
    what: 'idle',
    bar: 'no fsync, nothing written',
    judge: ({ ours }) => atMost(ours('idle').syncs + ours('idle').writtenBytes, 0, 'fsyncs and bytes'),
  },
  {
    what: 'idle',
    bar: 'no wake-up but those of Node itself (the floor’s, and 2)',
    judge: ({ ours, of }) => atMost(ours('idle').wakeUps - of('idle', 'floor').wakeUps, 2, 'more than the floor'),
  },
  {
    what: 'idle',
    bar: 'under 90 MB',
    judge: ({ ours }) => atMost(ours('idle').memoryBytes / MB, 90, 'MB'),
  },
]

const figure = (value) => value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 3 : 0 })

/** Each bar with its figure and whether it was passed; `passed` is undefined where this run does not tell. */
export function judged(measured) {
  const of = (name, system) => measured.find(({ each }) => each.name === name)?.results[system] ?? {}
  const ours = (name) => of(name, 'ours')
  const best = (name) => {
    const rates = peers.map((peer) => of(name, peer).tasksPerSecond).filter(Number.isFinite)
    return rates.length > 0 ? Math.max(...rates) : Number.NaN
  }
  return bars.map(({ what, bar, judge }) => {
    const { value, unit, passed } = judge({ ours, of, best })
    const told = Number.isFinite(value)
    return { what, bar, figure: told ? `${figure(value)} ${unit}` : '–', passed: told ? passed : undefined }
  })
}

export const verdict = (passed) => (passed === undefined ? 'not measured' : passed ? 'passed' : 'not passed')
