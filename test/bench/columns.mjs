const whole = (value) => Math.round(value).toLocaleString('en-US')
const part = (value) => (value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
const bytes = (value) => (value >= 10_000 ? `${(value / 1024).toFixed(1)} KB` : `${whole(value)} B`)
const megabytes = (value) => `${whole(value / 1024 / 1024)} MB`
const ms = (value) => `${part(value)} ms`

/** Every figure: its heading, how it is written, and what it means. */
export const columns = {
  tasksPerSecond: {
    heading: 'tasks/s',
    write: whole,
    means: 'tasks that ended (their end is on disk), over the time from the first enqueue until the last had ended',
  },
  syncsPerTask: {
    heading: 'fsyncs/task',
    write: (v) => v.toFixed(3),
    means: 'fsync, fdatasync and msync, the server of a peer included',
  },
  bytesPerTask: {
    heading: 'bytes/task',
    write: bytes,
    means:
      '`write_bytes` of /proc/PID/io, the server of a peer included: pages made dirty, log and compaction included. Linux counts the whole of a large folio when a part of it is written, so PostgreSQL, which fills its log beforehand, shows more than it writes',
  },
  deviceBytesPerTask: {
    heading: 'device bytes/task',
    write: bytes,
    means: 'what the kernel counts as written to the loop device of that disk, the journal of its file system included',
  },
  cpuUsPerTask: {
    heading: 'CPU us/task',
    write: whole,
    means: 'processor time of all threads, the server of a peer included',
  },
  memoryBytes: {
    heading: 'memory',
    write: megabytes,
    means: 'RSS of the process, at its highest under load, and the PSS of the server of a peer',
  },
  p50Ms: { heading: 'p50', write: ms, means: 'half of the tasks started within this time of the enqueue call' },
  p99Ms: { heading: 'p99', write: ms, means: '99 of 100 did' },
  syncP50Ms: {
    heading: 'bare fsync p50',
    write: ms,
    means: 'an append of 300 bytes and an fdatasync, taken between the tasks in the same process',
  },
  syncsWorth: { heading: 'fsyncs’ worth', write: part, means: 'p50 over the bare fsync' },
  syncsWorth99: { heading: 'p99’s worth', write: part, means: 'p99 over the bare fsync p50' },
  answerP50Ms: { heading: 'answer p50', write: ms, means: 'half of the enqueue calls were answered within this time' },
  loadBytes: {
    heading: 'load',
    write: bytes,
    means: 'bytes a task that the device wrote, a thousand tasks to a call; the whole of a disk that nothing else uses',
  },
  loadSyncs: { heading: 'load, fsyncs', write: (v) => v.toFixed(3), means: 'a task, a thousand to a call' },
  streamBytes: { heading: 'stream', write: bytes, means: 'bytes a task, one caller that waits for each answer' },
  streamSyncs: { heading: 'stream, fsyncs', write: (v) => v.toFixed(3), means: 'a task, one caller' },
  loneBytes: { heading: 'alone', write: bytes, means: 'bytes a task that ends before the next one comes' },
  loneSyncs: { heading: 'alone, fsyncs', write: (v) => v.toFixed(3), means: 'a task that ends before the next one' },
  idleBytes: { heading: 'idle', write: bytes, means: 'bytes that the device wrote in the time watched' },
  idleSyncs: { heading: 'idle, fsyncs', write: whole, means: 'in the time watched' },
  syncs: { heading: 'fsyncs', write: whole, means: 'in the time watched' },
  writtenBytes: { heading: 'bytes written', write: bytes, means: 'in the time watched' },
  wakeUps: {
    heading: 'wake-ups',
    write: whole,
    means: 'how often a thread woke up and slept again, half a minute after the last task',
  },
  cpuMs: { heading: 'CPU', write: ms, means: 'processor time in the time watched' },
  readyMs: { heading: 'started after', write: ms, means: 'from the call of `start()` until it resolved' },
  firstStartMs: {
    heading: 'first processor after',
    write: ms,
    means: 'from the call of `start()` to the start of the first processor',
  },
  allStartMs: {
    heading: 'all running after',
    write: ms,
    means: 'from the call of `start()` until the last of them runs again',
  },
  filledPerSecond: {
    heading: 'filled/s',
    write: whole,
    means: 'tasks put into the store beforehand: dormant ones a thousand to a call, ended ones by running them',
  },
  restingBytes: { heading: 'at rest', write: megabytes, means: 'RSS, after a restart, when V8 has collected' },
  peakBytes: { heading: 'peak', write: megabytes, means: 'RSS at its highest since the start' },
  filesArchived: { heading: 'files', write: whole, means: 'in the archive, with their entries in its manifest' },
  boundBytes: {
    heading: 'bound',
    write: megabytes,
    means: 'of its cgroup, which has no swap; – where none may be made (`--cgroup`)',
  },
  groupPeakBytes: {
    heading: 'peak of the group',
    write: megabytes,
    means: 'all that the kernel counts for it, cached files included, which it takes back at the bound',
  },
  kills: { heading: 'killed', write: whole, means: 'processes that the kernel killed for want of memory' },
  enqueuedPerSecond: { heading: 'enqueued/s', write: whole, means: 'accepted and on disk, a thousand to a call' },
  singlePerSecond: {
    heading: 'single tasks/s',
    write: whole,
    means: 'tasks due now, one by one, with the dormant ones there',
  },
  bulkPerSecond: {
    heading: 'bulk tasks/s',
    write: whole,
    means: 'tasks due now, a thousand to a call, with the dormant ones there',
  },
  singleWithout: { heading: 'single without', write: whole, means: 'the same in a store that holds nothing else' },
  bulkWithout: { heading: 'bulk without', write: whole, means: 'the same in a store that holds nothing else' },
  edgesPerSecond: { heading: 'edges/s', write: whole, means: 'of a line whose every level is kept, and makes no task' },
  syncsPerEdge: { heading: 'fsyncs/edge', write: (v) => v.toFixed(3), means: 'meanwhile' },
  edgeP50Ms: { heading: 'edge p50', write: ms, means: 'half of the tasks started within this time of their edge' },
  edgeP99Ms: { heading: 'edge p99', write: ms, means: '99 of 100 did' },
  cpuPercent: {
    heading: 'CPU share',
    write: (v) => `${part(v)} %`,
    means: 'of one processor meanwhile, all threads, and the making of the edges included',
  },
  oneClientPerSecond: { heading: 'one client/s', write: whole, means: 'tasks answered with 201, which are on disk' },
  hundredClientsPerSecond: {
    heading: 'a hundred clients/s',
    write: whole,
    means: 'the same, each waiting for its answer',
  },
  eventsPerSecond: {
    heading: 'events to 20 readers/s',
    write: whole,
    means: 'transitions told, to all of them together, while tasks are made a hundred to a request',
  },
  absentUs: {
    heading: 'never looked into, CPU us',
    write: whole,
    means:
      'processor time of a machine, a thousand to a call, in a runtime into which nobody ever looked; the middle of 8 rounds',
  },
  offUs: {
    heading: 'left again, CPU us',
    write: whole,
    means: 'the same in turns with it, in one that was looked into and left',
  },
  onUs: {
    heading: 'looked into, CPU us',
    write: whole,
    means: 'the same while an inspector looks at everything; its own reading included',
  },
  toldPerSecond: { heading: 'messages/s', write: whole, means: 'what that inspector was told, at most 1,000 a second' },
  absentBytes: {
    heading: 'never looked into, allocated',
    write: bytes,
    means: 'bytes allocated for a machine, by the samples of V8, in a runtime into which nobody ever looked',
  },
  offBytes: { heading: 'left again, allocated', write: bytes, means: 'the same in one that was looked into and left' },
  offInspectorBytes: {
    heading: 'of that the inspector',
    write: part,
    means:
      'bytes of a machine that were allocated in the sources of the inspector, and of the tape that is there for it alone',
  },
  offInspectorPercent: {
    heading: 'of the processor',
    write: (v) => `${part(v)} %`,
    means:
      'samples of the main thread at work that were in the same sources; the most of three looks, as are the bytes',
  },
  onInspectorBytes: {
    heading: 'looked into, the inspector',
    write: bytes,
    means: 'the same bytes while somebody looks at everything: what is measured is there to be found',
  },
  onInspectorPercent: {
    heading: 'looked into, of the processor',
    write: (v) => `${part(v)} %`,
    means: 'the same samples then',
  },
  brotliBytes: { heading: 'brotli', write: bytes, means: 'all files of the page as a browser gets them' },
  gzipBytes: { heading: 'gzip', write: bytes, means: 'the same for one that knows no brotli' },
  firstBytes: {
    heading: 'first view',
    write: bytes,
    means: 'what a browser that was never here gets for the overview',
  },
  paintMs: {
    heading: 'first paint',
    write: ms,
    means: 'first contentful paint of a browser that was never here, p50; – where there is no Chromium',
  },
  shownMs: { heading: 'figures shown', write: ms, means: 'until the counts of tasks are there, p50' },
  inlinePerSecond: { heading: 'inline/s', write: whole, means: 'tasks that ended inline, a thousand to a call' },
  threadPerSecond: { heading: 'thread/s', write: whole, means: 'the same, in as many threads as there are cores' },
  processPerSecond: { heading: 'process/s', write: whole, means: 'the same, in processes' },
  inlineMs: {
    heading: 'inline',
    write: ms,
    means: 'from the enqueue call until the result is on disk, p50, one at a time',
  },
  threadMs: { heading: 'thread', write: ms, means: 'the same, in a thread that is there already' },
  processMs: { heading: 'process', write: ms, means: 'the same, in a process that is there already' },
  threadFirstMs: { heading: 'first in a thread', write: ms, means: 'the same, with the start of the thread' },
  processFirstMs: { heading: 'first in a process', write: ms, means: 'the same, with the start of the process' },
  sweptPerSecond: {
    heading: 'removed/s',
    write: whole,
    means: 'tasks removed, from the start on, over the time it took',
  },
  sweepSyncs: { heading: 'fsyncs', write: whole, means: 'all but two for each task enqueued meanwhile' },
  enqueueMs: { heading: 'enqueue p50', write: ms, means: 'one caller, now and then, while tasks are removed' },
  enqueue99Ms: { heading: 'enqueue p99', write: ms, means: 'the same, 99 of 100' },
  enqueueWithoutMs: { heading: 'p50 without', write: ms, means: 'the same in the same store while nothing is removed' },
  enqueue99WithoutMs: { heading: 'p99 without', write: ms, means: 'the same, 99 of 100' },
  bytesBefore: { heading: 'directory', write: megabytes, means: 'the files of the store with all its tasks' },
  bytesSwept: { heading: 'swept', write: megabytes, means: 'when the last was removed' },
  bytesAfter: { heading: 'compacted', write: megabytes, means: 'when the space was given back' },
  cancelledPerSecond: {
    heading: 'cancelled/s',
    write: whole,
    means: 'by one call for the group; fsyncs and bytes are those of this',
  },
  pausedPerSecond: { heading: 'paused/s', write: whole, means: 'by one call for the group' },
  resumedPerSecond: { heading: 'resumed/s', write: whole, means: 'by one call for the group' },
  retriedPerSecond: { heading: 'retried/s', write: whole, means: 'by one call for the group, while they begin to run' },
  removedPerSecond: { heading: 'removed/s', write: whole, means: 'by one call for the group' },
  putPerSecond: { heading: 'put/s', write: whole, means: 'schedules made and on disk, 500 calls at a time' },
  ticksPerSecond: {
    heading: 'ticks/s',
    write: whole,
    means: 'tasks that ended (their end is on disk), over the time from the instant until the last had ended',
  },
  againMs: {
    heading: 'runs again after',
    write: ms,
    means: 'from the call that starts the system to the second run of the task',
  },
}

export const written = (name, value) => (Number.isFinite(value) ? columns[name].write(value) : '–')
