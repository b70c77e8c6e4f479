/** A task in full, as text. */
import type { TaskView } from '../runtime/task-view.js'
import { facts } from './table.js'
import { plain, plainLines, type Terminal } from './terminal.js'
import { lengthOf, momentOf, stateStyle, timeOf } from './words.js'

export function taskText(terminal: Terminal, task: TaskView): string {
  const { colors } = terminal
  const json = (value: unknown) =>
    value === undefined ? undefined : plainLines(JSON.stringify(value, null, 2)).join('\n')
  const told = facts(terminal, [
    ['id', task.id],
    ['kind', plain(task.kind)],
    ['state', stateStyle(terminal)(task.state, task.state) + (task.paused ? ', paused' : '')],
    ['reason', task.reason],
    ['attempt', `${task.attempt} of ${task.attempts}`],
    ['route', `${plain(task.route)}, priority ${task.priority}`],
    ['run at', momentOf(task.runAt)],
    ['retry at', momentOf(task.retryAt)],
    ['group', task.group],
    ['key', task.key && plain(task.key)],
    ['concurrency', task.concurrencyKey && plain(task.concurrencyKey)],
    ['device', task.device && `${task.device}, ${task.deviceEvent} at ${timeOf(task.deviceAt)}`],
    ['schedule', task.schedule && `${task.schedule} at ${timeOf(task.scheduledAt)}`],
    ['after', task.dependsOn?.join('\n')],
    ['waits for', task.pending],
    ['cause', task.cause && `${task.cause.id} ${task.cause.state}`],
    ['progress', json(task.progress)],
    ['machine', task.machine && plain(JSON.stringify(task.machine.value))],
    ['context', task.machine && json(task.machine.context)],
    ['timers', task.machine?.timers.map(({ id, due }) => `${plain(id)}, ${momentOf(due)}`).join('\n')],
    ['input', json(task.input)],
    ['result', json(task.result)],
    ['error', task.error && colors.red(errorText(task.error))],
  ])
  return `${told}\n${historyText(terminal, task)}`
}

/** An error, with where it was thrown if that is told. */
export function errorText({ name, message, code, stack }: NonNullable<TaskView['error']>): string {
  return [`${code ?? name}: ${message}`, ...(stack?.split('\n').slice(1) ?? [])].flatMap(plainLines).join('\n')
}

/** The states it was in, each with how long. */
function historyText(terminal: Terminal, { history, endedAt }: TaskView): string {
  const style = stateStyle(terminal)
  const lines = history.map(({ state, at }, i) => {
    const until = history[i + 1]?.at ?? endedAt ?? new Date().toISOString()
    const lasted = i === history.length - 1 && endedAt !== undefined ? '' : lengthOf(Date.parse(until) - Date.parse(at))
    return `  ${timeOf(at)}  ${style(state.padEnd(10), state)}  ${terminal.colors.dim(lasted)}`.trimEnd()
  })
  return [terminal.colors.dim('history'), ...lines].join('\n')
}
