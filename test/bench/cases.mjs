// What is measured of each system, in the order of the report. `quick` is what --quick uses instead.
import { beside, resting, sizes, windows } from './sweeps.mjs'

const CARD_MS = 10
/** A file system of its own, where what the device writes is the point. */
const DISK_BYTES = 2 * 1024 ** 3

const rate = ['tasksPerSecond', 'syncsPerTask', 'bytesPerTask', 'cpuUsPerTask', 'memoryBytes']

const disk = {
  bulk: { mode: 'bulk', tasks: 20_000, quick: { tasks: 5000 }, columns: rate },
  'bulk-500': { mode: 'bulk', tasks: 20_000, concurrency: 500, quick: { tasks: 5000 }, columns: rate },
  single: { mode: 'single', tasks: 5000, quick: { tasks: 1000 }, columns: rate },
  callers100: { mode: 'callers100', tasks: 10_000, quick: { tasks: 3000 }, columns: rate },
}

const latency = {
  mode: 'latency',
  tasks: 500,
  quick: { tasks: 100 },
  columns: ['p50Ms', 'p99Ms', 'syncP50Ms', 'syncsWorth', 'syncsWorth99'],
}

const card = {
  'sd-bulk': { ...disk.bulk, quick: { tasks: 5000 } },
  'sd-bulk-500': { ...disk.bulk, concurrency: 500, quick: { tasks: 5000 } },
  'sd-single': { ...disk.single, tasks: 500, quick: { tasks: 200 } },
  'sd-callers100': { ...disk.callers100, tasks: 5000, quick: { tasks: 2000 } },
  'sd-latency': { ...latency, tasks: 100, quick: { tasks: 50 } },
}

const titles = {
  bulk: 'Bulk: # tasks, a thousand to a call',
  'bulk-500': 'Bulk, 500 at once: # tasks, a thousand to a call',
  single: 'Single: one caller that waits for each answer',
  callers100: 'A hundred callers, each waiting for its own answer',
  latency: 'Latency: idle, from the enqueue call to the start of the processor',
  idle: 'Idle: ten seconds of nothing to do',
  'sd-bulk': 'SD card, bulk',
  'sd-bulk-500': 'SD card, bulk, concurrency 500',
  'sd-single': 'SD card, single',
  'sd-callers100': 'SD card, a hundred callers',
  'sd-latency': 'SD card, latency',
  wear: 'Wear: what a disk of its own has written, its file system’s journal included',
  window: 'Commit window, on the SD card: 200 tasks a second arrive, one at a time',
  restart: 'Restart: # tasks in flight, killed with SIGKILL',
  'restart-running': 'Restart: # tasks running at once, killed with SIGKILL',
  growth: 'Growth: what a task costs beside those that a store holds already',
  memory: 'Memory: a daemon at rest, half a minute after its start',
  portal: 'Portal: files of 100 KB put into its inbox, in 96 MB of memory',
  dormant: 'Dormant: # tasks that are due next month',
  retention: 'Retention: # ended tasks, none of which is to be kept any more',
  group: 'Group: every verb for # tasks of one group, 500 to a commit',
  flow: 'Flow: # tasks that wait for the end of one',
  'schedules-idle': 'Schedules: # of them, none due soon, in ten seconds',
  ticks: 'Ticks: # schedules that tick in the same second',
  api: 'HTTP over the unix socket: clients in a process of their own, # tasks',
  inspect: 'Inspector: # machines a round, three steps each',
  page: 'Page: the dashboard of a daemon with # tasks, in Chromium over loopback',
  interrupted: 'Interrupted: a running task, killed with SIGKILL',
  edges: 'Edges: a simulated line, # tasks by an edge each, then a thousand edges a second that make none',
  isolated: 'Isolated: # tasks inline, in threads, in processes',
}

const table = {
  ...disk,
  latency,
  idle: {
    mode: 'idle',
    // V8 collects what it can for about half a minute after the last work; then it sleeps.
    settleMs: 30_000,
    watchMs: 10_000,
    once: true,
    quick: { settleMs: 5000, watchMs: 2000 },
    columns: ['syncs', 'writtenBytes', 'wakeUps', 'cpuMs', 'memoryBytes'],
  },
  ...Object.fromEntries(Object.entries(card).map(([name, each]) => [name, { ...each, delayMs: CARD_MS }])),
  wear: {
    mode: 'wear',
    tasks: 20_000,
    watchMs: 10_000,
    capMs: 120_000,
    diskBytes: DISK_BYTES,
    quick: { tasks: 2000, watchMs: 1000 },
    columns: [
      'loadBytes',
      'loadSyncs',
      'streamBytes',
      'streamSyncs',
      'loneBytes',
      'loneSyncs',
      'idleBytes',
      'idleSyncs',
    ],
  },
  window: {
    mode: 'window',
    perSecond: 200,
    seconds: 10,
    delayMs: CARD_MS,
    diskBytes: DISK_BYTES,
    points: windows([0, 1, 5, 20, 100, 500]),
    quick: { seconds: 1, points: windows([0, 20]) },
    columns: ['answerP50Ms', 'p50Ms', 'p99Ms', 'syncsPerTask', 'deviceBytesPerTask'],
  },
  restart: {
    mode: 'restart',
    tasks: 100_000,
    quick: { tasks: 10_000 },
    columns: ['readyMs', 'firstStartMs', 'memoryBytes'],
  },
  'restart-running': {
    mode: 'restart-running',
    tasks: 100_000,
    capMs: 120_000,
    points: beside(1_000_000),
    quick: { tasks: 5000, points: beside(10_000) },
    columns: ['readyMs', 'firstStartMs', 'allStartMs', 'memoryBytes'],
  },
  growth: {
    mode: 'growth',
    tasks: 20_000,
    settleMs: 5000,
    once: true,
    points: sizes([1000, 100_000, 1_000_000, 5_000_000]),
    quick: { tasks: 2000, settleMs: 200, points: sizes([1000, 10_000]) },
    columns: ['filledPerSecond', 'readyMs', 'bulkPerSecond', 'singlePerSecond', 'cpuUsPerTask', 'bytesPerTask'],
  },
  memory: {
    mode: 'memory',
    // V8 collects what it can for about half a minute; then it sleeps.
    settleMs: 30_000,
    once: true,
    points: resting({ queued: 100_000, dormant: 1_000_000 }),
    quick: { settleMs: 500, points: resting({ queued: 5000, dormant: 10_000 }) },
    columns: ['restingBytes', 'peakBytes'],
  },
  portal: {
    mode: 'portal',
    files: 500,
    boundBytes: 96 * 1024 * 1024,
    capMs: 300_000,
    quick: { files: 50 },
    columns: ['filesArchived', 'peakBytes', 'boundBytes', 'groupPeakBytes', 'kills'],
  },
  dormant: {
    mode: 'dormant',
    tasks: 1_000_000,
    quick: { tasks: 20_000 },
    once: true,
    columns: [
      'enqueuedPerSecond',
      'readyMs',
      'memoryBytes',
      'singlePerSecond',
      'singleWithout',
      'bulkPerSecond',
      'bulkWithout',
    ],
  },
  isolated: {
    mode: 'isolated',
    tasks: 10_000,
    quick: { tasks: 2000 },
    columns: [
      'inlinePerSecond',
      'threadPerSecond',
      'processPerSecond',
      'inlineMs',
      'threadMs',
      'processMs',
      'threadFirstMs',
      'processFirstMs',
    ],
  },
  // The space is given back a minute after the last was removed.
  retention: {
    mode: 'retention',
    tasks: 1_000_000,
    once: true,
    capMs: 900_000,
    compacts: true,
    quick: { tasks: 20_000, compacts: false },
    columns: [
      'sweptPerSecond',
      'sweepSyncs',
      'enqueueWithoutMs',
      'enqueueMs',
      'enqueue99WithoutMs',
      'enqueue99Ms',
      'bytesBefore',
      'bytesSwept',
      'bytesAfter',
      'memoryBytes',
    ],
  },
  group: {
    mode: 'group',
    tasks: 100_000,
    quick: { tasks: 5000 },
    once: true,
    columns: [
      'enqueuedPerSecond',
      'cancelledPerSecond',
      'syncsPerTask',
      'bytesPerTask',
      'pausedPerSecond',
      'resumedPerSecond',
      'retriedPerSecond',
      'removedPerSecond',
      'memoryBytes',
    ],
  },
  flow: {
    mode: 'flow',
    tasks: 100_000,
    quick: { tasks: 5000 },
    once: true,
    columns: ['enqueuedPerSecond', 'tasksPerSecond', 'syncsPerTask', 'bytesPerTask', 'cpuUsPerTask', 'memoryBytes'],
  },
  'schedules-idle': {
    mode: 'schedules-idle',
    tasks: 100_000,
    settleMs: 30_000,
    watchMs: 10_000,
    once: true,
    quick: { tasks: 5000, settleMs: 2000, watchMs: 2000 },
    columns: ['putPerSecond', 'readyMs', 'syncs', 'writtenBytes', 'wakeUps', 'cpuMs', 'memoryBytes'],
  },
  ticks: {
    mode: 'ticks',
    tasks: 10_000,
    aheadMs: 60_000,
    capMs: 60_000,
    once: true,
    quick: { tasks: 2000, aheadMs: 8000 },
    columns: ['ticksPerSecond', 'memoryBytes'],
  },
  api: {
    mode: 'api',
    tasks: 10_000,
    quick: { tasks: 2000 },
    columns: ['oneClientPerSecond', 'hundredClientsPerSecond', 'eventsPerSecond'],
  },
  inspect: {
    mode: 'inspect',
    tasks: 3000,
    quick: { tasks: 500 },
    columns: [
      'absentUs',
      'offUs',
      'onUs',
      'toldPerSecond',
      'absentBytes',
      'offBytes',
      'offInspectorBytes',
      'offInspectorPercent',
      'onInspectorBytes',
      'onInspectorPercent',
    ],
  },
  page: {
    mode: 'page',
    tasks: 1000,
    loads: 7,
    once: true,
    quick: { tasks: 200, loads: 3 },
    columns: ['brotliBytes', 'gzipBytes', 'firstBytes', 'paintMs', 'shownMs'],
  },
  edges: {
    mode: 'edges',
    tasks: 500,
    seconds: 10,
    quick: { tasks: 100, seconds: 2 },
    columns: ['edgeP50Ms', 'edgeP99Ms', 'syncP50Ms', 'syncsWorth', 'edgesPerSecond', 'syncsPerEdge', 'cpuPercent'],
  },
  // A peer may take a minute to find out.
  interrupted: { mode: 'interrupted', capMs: 120_000, once: true, columns: ['againMs'] },
}

/** One case with its sizes. */
function sized(name, { quick: less, ...full }, { quick, concurrency }) {
  const sizes = quick ? { ...full, ...less } : full
  const title = titles[name].replace('#', (sizes.tasks ?? 0).toLocaleString('en-US'))
  return { name, title, capMs: 20_000, delayMs: 0, concurrency, ...sizes }
}

/** The cases that the options ask for. */
export function cases(options) {
  const { modes } = options
  const asked = ([name, { delayMs }]) => modes.length === 0 || modes.includes(name) || (delayMs && modes.includes('sd'))
  return Object.entries(table)
    .filter(asked)
    .map(([name, each]) => sized(name, each, options))
}

export const caseNames = [...Object.keys(table), 'sd']
