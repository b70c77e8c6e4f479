// What is measured of each system, in the order of the report. `quick` is what --quick uses instead.
const CARD_MS = 10

const rate = ['tasksPerSecond', 'syncsPerTask', 'bytesPerTask', 'deviceBytesPerTask', 'cpuUsPerTask', 'memoryBytes']

const disk = {
  bulk: { mode: 'bulk', tasks: 20_000, quick: { tasks: 5000 }, columns: rate },
  single: { mode: 'single', tasks: 5000, quick: { tasks: 1000 }, columns: rate },
  callers100: { mode: 'callers100', tasks: 10_000, quick: { tasks: 3000 }, columns: rate },
}

const latency = {
  mode: 'latency',
  tasks: 500,
  quick: { tasks: 100 },
  columns: ['p50Ms', 'p99Ms', 'syncP50Ms', 'syncsWorth'],
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
  single: 'Single: one caller that waits for each answer',
  callers100: 'A hundred callers, each waiting for its own answer',
  latency: 'Latency: idle, from the enqueue call to the start of the processor',
  idle: 'Idle: ten seconds of nothing to do',
  'sd-bulk': 'SD card, bulk',
  'sd-bulk-500': 'SD card, bulk, concurrency 500',
  'sd-single': 'SD card, single',
  'sd-callers100': 'SD card, a hundred callers',
  'sd-latency': 'SD card, latency',
  restart: 'Restart: # tasks in flight, killed with SIGKILL',
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
    quick: { settleMs: 10_000, watchMs: 2000 },
    columns: ['syncs', 'writtenBytes', 'wakeUps', 'cpuMs', 'memoryBytes'],
  },
  ...Object.fromEntries(Object.entries(card).map(([name, each]) => [name, { ...each, delayMs: CARD_MS }])),
  restart: {
    mode: 'restart',
    tasks: 100_000,
    quick: { tasks: 10_000 },
    columns: ['readyMs', 'firstStartMs', 'memoryBytes'],
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
    quick: { tasks: 20_000 },
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
    quick: { tasks: 10_000, settleMs: 5000, watchMs: 2000 },
    columns: ['putPerSecond', 'readyMs', 'syncs', 'writtenBytes', 'wakeUps', 'cpuMs', 'memoryBytes'],
  },
  ticks: {
    mode: 'ticks',
    tasks: 10_000,
    aheadMs: 60_000,
    capMs: 60_000,
    once: true,
    quick: { tasks: 2000, aheadMs: 20_000 },
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
