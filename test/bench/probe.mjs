// What Linux knows of a group of processes: a client, and the server it talks to with that server's children.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { syncs } from './syncs.mjs'

const TICK_US = 10_000
const SECTOR_BYTES = 512

const read = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
const threads = (pid) => {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}
const figure = (text, label) => Number(new RegExp(`^${label}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
const total = (pids, of) => pids.reduce((sum, pid) => sum + of(pid), 0)

/** These processes and all that descend from them. */
function family(pids) {
  const children = (pid) =>
    threads(pid).flatMap((thread) =>
      read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    )
  return pids.flatMap((pid) => [pid, ...family(children(pid))])
}

/** Bytes handed to the disk; a reaped child counts with its parent. */
const writtenBytes = (pid) => figure(read(`/proc/${pid}/io`), 'write_bytes')

/** Processor time of all threads, past and present, and of reaped children. */
function cpuUs(pid) {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1).split(' ')
  return total(fields.slice(11, 15), Number) * TICK_US
}

/** How often a thread went to sleep of its own accord: each is a wake-up that ended. */
const sleeps = (pid) =>
  total(threads(pid), (thread) => figure(read(`/proc/${pid}/task/${thread}/status`), 'voluntary_ctxt_switches'))

/** Processor time of the living threads, to the microsecond. */
const threadsUs = (pid) =>
  total(threads(pid), (thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1000)

/** RSS of a client, now (VmRSS) or at its highest (VmHWM), and its server, whose processes share pages counted once. */
function memoryBytes(label, client, server) {
  const rss = figure(read(`/proc/${client}/status`), label)
  const pss = total(server ? family([server]) : [], (pid) => figure(read(`/proc/${pid}/smaps_rollup`), 'Pss'))
  return (rss + pss) * 1024
}

/** Bytes that the device under a directory has ever written, by whomever, the journal of the file system included. */
function deviceBytes(directory) {
  execFileSync('sync', ['-f', directory])
  const { dev } = statSync(directory)
  const fields = read(`/sys/dev/block/${dev >> 8}:${dev & 255}/stat`)
    .trim()
    .split(/\s+/)
  return Number(fields[6]) * SECTOR_BYTES
}

const group = (client, server) => family(server ? [client, server] : [client])

/** Starts a measurement of this process and its server; the function it returns ends it. */
export function begin(directory, server) {
  const look = () => {
    const all = group(process.pid, server)
    return { syncs: syncs(), writtenBytes: total(all, writtenBytes), cpuUs: total(all, cpuUs), atMs: performance.now() }
  }
  const deviceFirst = deviceBytes(directory)
  const first = look()
  return (tasks) => {
    const last = look()
    const each = (name) => (last[name] - first[name]) / tasks
    return {
      tasksPerSecond: tasks / ((last.atMs - first.atMs) / 1000),
      syncsPerTask: each('syncs'),
      bytesPerTask: each('writtenBytes'),
      deviceBytesPerTask: (deviceBytes(directory) - deviceFirst) / tasks,
      cpuUsPerTask: each('cpuUs'),
      memoryBytes: memoryBytes('VmHWM', process.pid, server),
    }
  }
}

/** Watches a client and its server for a while, from outside, so that watching does not wake them. */
export async function watch({ client, server, ms, syncsFile }) {
  const look = () => {
    const all = group(client, server)
    return {
      syncs: syncs(syncsFile),
      writtenBytes: total(all, writtenBytes),
      wakeUps: total(all, sleeps),
      cpuMs: total(all, threadsUs) / 1000,
    }
  }
  const first = look()
  await new Promise((resolve) => setTimeout(resolve, ms))
  const last = look()
  const watched = Object.fromEntries(Object.keys(last).map((name) => [name, last[name] - first[name]]))
  return { ...watched, memoryBytes: memoryBytes('VmRSS', client, server) }
}
