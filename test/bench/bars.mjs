// The promises in numbers. A bar without its figures in this run is not judged.
const MB = 1024 * 1024
const peers = ['bullmq', 'plainjob', 'graphile']

const atLeast = (value, bar, unit) => ({ value, unit, passed: value >= bar })
const atMost = (value, bar, unit) => ({ value, unit, passed: value <= bar })

const unslowed = ({ singlePerSecond, singleWithout, bulkPerSecond, bulkWithout }) =>
  Math.min(singlePerSecond / singleWithout, bulkPerSecond / bulkWithout)

const unseen = ({ offInspectorBytes, offInspectorPercent }) => offInspectorBytes + offInspectorPercent

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
    what: 'single',
    bar: 'at least 1.2 of BullMQ',
    judge: ({ ours, of }) =>
      atLeast(ours('single').tasksPerSecond / of('single', 'bullmq').tasksPerSecond, 1.2, 'of BullMQ'),
  },
  {
    what: 'fsyncs a task, bulk',
    bar: 'at most 0.05',
    judge: ({ ours }) => atMost(ours('bulk').syncsPerTask, 0.05, 'fsyncs'),
  },
  {
    what: 'bytes the device writes a task, bulk',
    bar: 'at most 1 KB',
    judge: ({ ours }) => atMost(ours('bulk').deviceBytesPerTask, 1024, 'bytes'),
  },
  {
    what: 'idle, enqueue to the start of the processor, p50',
    bar: 'at most 2 fsyncs’ worth',
    judge: ({ ours }) => atMost(ours('latency').syncsWorth, 2, 'fsyncs'),
  },
  {
    what: 'SD card, idle, enqueue to the start of the processor, p50',
    bar: 'at most 2 fsyncs’ worth',
    judge: ({ ours }) => atMost(ours('sd-latency').syncsWorth, 2, 'fsyncs'),
  },
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
