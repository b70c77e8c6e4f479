/** What is seen of a daemon, and of one of its tasks, on a screen. */
import type { EmittedEvent } from '../runtime/events.js'
import type { StateView } from '../runtime/machine-view.js'
import type { MinutesView } from '../runtime/minutes-view.js'
import type { TaskView } from '../runtime/task-view.js'
import { machineText } from './machine-text.js'
import { cutTo, facts, table } from './table.js'
import { errorText } from './task-text.js'
import { tasksTable } from './tasks-table.js'
import { plain, plainLines, type Terminal } from './terminal.js'
import { bytesOf, lengthOf, momentOf, stateStyle, timeOf } from './words.js'

const BARS = '▁▂▃▄▅▆▇█'
/** Slots of a line of bars: five minutes. */
const SLOTS = 60
/** Lines of the latest events, and of a context. */
const LINES = 12

/** The daemon: tasks by state, what happened of late, the routes, and the tasks that run. */
export function overviewText(terminal: Terminal, minutes: MinutesView, running: readonly TaskView[]): string {
  const { colors } = terminal
  const style = stateStyle(terminal)
  const { samples, states } = minutes
  const last = samples.at(-1)
  const told = Object.entries(states).map(([state, count]) => style(`${state} ${count.toLocaleString('en')}`, state))
  const load = facts(terminal, [
    ['tasks', told.join('  ')],
    ['finished', bars(minutes, ({ finished }) => finished)],
    ['failed', bars(minutes, ({ failed }) => failed)],
    ['written', bars(minutes, ({ bytes }) => bytes, bytesOf)],
    [
      'process',
      [
        last?.rssBytes === undefined ? '' : `${bytesOf(last.rssBytes)} of memory`,
        last?.loopBusy === undefined ? '' : `${Math.round(last.loopBusy * 100)}% busy`,
        last?.diskFreeBytes === undefined ? '' : `${bytesOf(last.diskFreeBytes)} free on disk`,
      ]
        .filter((text) => text !== '')
        .join(', '),
    ],
  ])
  const routes = table(terminal, Object.entries(last?.routes ?? {}), [
    { title: 'ROUTE', of: ([name]) => name, least: 8 },
    { title: 'QUEUED', of: ([, { queued }]) => queued, align: 'right' },
    { title: 'RUNNING', of: ([, { running: busy }]) => busy, align: 'right' },
    { title: 'OLDEST', of: ([, { oldestMs }]) => (oldestMs > 0 ? lengthOf(oldestMs) : ''), align: 'right' },
  ])
  const busy = running.length === 0 ? colors.dim('nothing is running') : tasksTable(terminal, running)
  return [load, routes, busy].join('\n\n')
}

/** One bar a slot, and how much there was in all; slots in which nothing happened are low ones. */
function bars(
  { now, slotMs, samples }: MinutesView,
  of: (sample: MinutesView['samples'][number]) => number,
  say = (sum: number) => sum.toLocaleString('en'),
): string {
  const until = Date.parse(now)
  const values = Array.from({ length: SLOTS }, () => 0)
  for (const sample of samples) {
    const slot = SLOTS - 1 - Math.floor((until - Date.parse(sample.at)) / slotMs)
    if (slot >= 0 && slot < SLOTS) values[slot] = (values[slot] ?? 0) + of(sample)
  }
  const most = Math.max(1, ...values)
  const line = values.map((value) => (value === 0 ? ' ' : BARS[Math.ceil((value / most) * BARS.length) - 1])).join('')
  return `${line.trimStart() === '' ? '' : `${line} `}${say(values.reduce((sum, value) => sum + value, 0))} in 5m`
}

export interface InspectedView {
  readonly task: TaskView
  /** Its machine, or the life of every task. */
  readonly definition: StateView
  readonly events: readonly EmittedEvent[]
}

/** A task: its chart with the state that it is in lit, what it waits for, and how it came there. */
export function inspectedText(terminal: Terminal, { task, definition, events }: InspectedView): string {
  const { colors } = terminal
  const style = stateStyle(terminal)
  const { machine } = task
  const head = [
    colors.bold(task.id),
    plain(task.kind),
    style(task.state, task.state),
    task.attempts > 1 ? `attempt ${task.attempt} of ${task.attempts}` : '',
    task.reason ?? (task.error ? colors.red(plain(task.error.message)) : ''),
  ]
  const timers = machine?.timers.map(({ id, due }) => `${plain(id)}  ${momentOf(due)}`) ?? []
  const context = machine ? plainLines(JSON.stringify(machine.context, null, 2) ?? '') : []
  return [
    head.filter((text) => text !== '').join('  '),
    machineText(terminal, definition, machine?.value ?? task.state),
    ...(task.error?.stack === undefined
      ? []
      : [`${colors.dim('error')}\n${clipped(terminal, errorText(task.error).split('\n'))}`]),
    ...(timers.length > 0 ? [`${colors.dim('timers')}\n${timers.map((line) => `  ${line}`).join('\n')}`] : []),
    ...(context.length > 1 ? [`${colors.dim('context')}\n${clipped(terminal, context)}`] : []),
    `${colors.dim('timeline')}\n${timeline(terminal, task, events)}`,
  ].join('\n\n')
}

function clipped({ columns }: Terminal, lines: readonly string[]): string {
  const shown = lines.slice(0, LINES).map((line) => cutTo(`  ${line}`, columns))
  return [...shown, ...(lines.length > LINES ? [`  … ${lines.length - LINES} lines more`] : [])].join('\n')
}

/** The states that it was in and what it emitted, in the order of time. */
function timeline(terminal: Terminal, { history, endedAt }: TaskView, events: readonly EmittedEvent[]): string {
  const style = stateStyle(terminal)
  const { dim } = terminal.colors
  const states = history.map(({ state, at }, i) => {
    const until = history[i + 1]?.at ?? (endedAt === undefined ? new Date().toISOString() : at)
    const lasted = Date.parse(until) - Date.parse(at)
    return { at, text: `${style(state.padEnd(10), state)}  ${lasted > 0 ? dim(lengthOf(lasted)) : ''}` }
  })
  const room = Math.max(8, terminal.columns - 2 - 20 - 12)
  const emitted = events.map(({ at, event }) => ({
    at,
    text: `${dim('emitted   ')}  ${cutTo(plain(JSON.stringify(event)), room)}`,
  }))
  const all = [...states, ...emitted].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(-LINES)
  return all.map(({ at, text }) => `  ${timeOf(at)}  ${text}`.trimEnd()).join('\n')
}
