/**
 * The facts of a daemon as lines of its log: one a fact, its words always the same, what is particular beside them.
 * They are heard on the telemetry points; what the runtime logs by itself (a failing disk, a gate, a step of the clock)
 * is not told twice. No line carries an input, a result, or a setting: they may hold secrets.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Clock } from '../kernel/clock.js'
import type { Point } from '../kernel/telemetry.js'
import type { TaskLog } from '../runtime/log.js'
import { Bursts } from './bursts.js'

type Level = keyof TaskLog
type Fact = Readonly<Record<string, unknown>>
type Line = readonly [level: Level, message: string, data?: Fact]

/** Stopped on somebody's word, or because another took its place: nothing went wrong. */
const ON_PURPOSE: readonly unknown[] = ['cancelled', 'superseded']

/** The news that say something of the device itself; faults are logged where they are found out. */
const OF_DEVICES: Readonly<Record<string, Line[1]>> = {
  found: 'a device is there again',
  resync: 'a device lost edges, and was read again',
  flood: 'a device has more edges than it may have',
}

const LINES: { readonly [point in Point]?: (fact: Fact) => Line | undefined } = {
  'store.open': ({ created }) => (created ? ['info', 'a new store was made'] : undefined),
  'recovery.end': (found) => ['info', 'recovered', found],
  'task.migrated': ({ id, kind, from, to, dropped, begun }) => [
    'info',
    'a machine goes on in another version',
    { taskId: id, kind, from, to, dropped, begun },
  ],
  'task.quarantined': ({ id, code, reason }) => ['warn', 'a task is in quarantine', { taskId: id, code, reason }],
  'task.failed': ({ id, kind, attempt, error }) => {
    const { message, code } = (error ?? {}) as Fact
    return ['warn', 'a task failed for good', { taskId: id, kind, attempt, error: message, code }]
  },
  'task.terminated': ({ id, kind, attempt, reason }) => {
    const level = ON_PURPOSE.includes(reason) ? 'info' : 'warn'
    return [level, `a task was terminated: ${reason}`, { taskId: id, kind, attempt }]
  },
  'schedule.skipped': ({ id, at, count, reason }) => [
    'info',
    'ticks were skipped',
    { schedule: id, at, count, reason },
  ],
  'route.paused': ({ route }) => ['info', 'a route was paused', { route }],
  'route.resumed': ({ route }) => ['info', 'a route goes on', { route }],
  'device.news': ({ device, type, at, edges, missed, edge, whileAway }) => {
    if (type === 'fault' || type === 'reading') return undefined
    const about = OF_DEVICES[String(type)]
    if (about === undefined) return ['debug', 'something happened to a device', { device, type, at, edge, whileAway }]
    return [type === 'found' ? 'info' : 'warn', about, { device, at, edges, missed }]
  },
  'clock.trusted': ({ reason }) => ['info', 'the wall clock is trusted', { reason }],
  'supervisor.restarted': ({ child, error }) => ['warn', 'a supervised part died', { child, error: text(error) }],
  'supervisor.escalated': ({ child, error }) => ['error', 'a part died too often', { child, error: text(error) }],
  'isolation.ended': (fact) => ['debug', 'a cell ended', fact],
  'retention.swept': (fact) => ['debug', 'ended tasks were removed', fact],
  'store.compacted': (fact) => ['debug', 'the store was compacted', fact],
  'runtime.stopping': (fact) => ['info', 'stopping', fact],
  'runtime.drained': (fact) => ['info', 'drained', fact],
  'runtime.stopped': () => ['info', 'stopped'],
}

/** Tells the facts of this process to a log from now on; gives the way to leave. */
export function logFacts(log: TaskLog, clock: Clock): () => void {
  const bursts = new Bursts(clock)
  const leaving = Object.entries(LINES).map(([point, lineOf]) => {
    const hear = (fact: unknown) => {
      const line = lineOf(fact as Fact)
      if (!line) return
      const [level, message, data] = line
      if (bursts.pass(message, (more) => log[level](`${message}: and ${more} more`, { more })))
        log[level](message, data)
    }
    subscribe(`holdfast:${point}`, hear)
    return () => unsubscribe(`holdfast:${point}`, hear)
  })
  return () => {
    for (const leave of leaving) leave()
    bursts.close()
  }
}

const text = (error: unknown) => String((error as Error)?.message ?? error)
