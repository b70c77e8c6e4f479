/** Tasks as a table. */
import type { TaskView } from '../runtime/task-view.js'
import { table } from './table.js'
import type { Terminal } from './terminal.js'
import { stateStyle, whenOf } from './words.js'

export function tasksTable(terminal: Terminal, tasks: readonly TaskView[]): string {
  const style = stateStyle(terminal)
  return table(terminal, tasks, [
    { title: 'ID', of: ({ id }) => id, least: 12 },
    { title: 'KIND', of: ({ kind }) => kind, least: 8 },
    {
      title: 'STATE',
      of: ({ state, paused }) => (paused ? `${state}*` : state),
      style: (text, { state }) => style(text, state),
    },
    { title: 'TRY', of: triesOf, align: 'right' },
    { title: 'WHEN', of: (task) => whenOf(momentOf(task)) },
    { title: 'GROUP', of: ({ group }) => group, least: 5, wide: true },
    { title: 'WHAT', of: whatOf, least: 5, wide: true },
  ])
}

function triesOf({ attempt, attempts }: TaskView): string {
  return attempts === 1 && attempt <= 1 ? '' : `${attempt}/${attempts}`
}

/** Its end, its retry, or when it is due. */
function momentOf(task: TaskView): string {
  if (task.endedAt !== undefined) return task.endedAt
  if (task.retryAt !== undefined) return task.retryAt
  return task.state === 'SPOOLED' ? task.runAt : (task.history.at(-1)?.at ?? task.createdAt)
}

/** What most matters of it just now, on a line. */
export function whatOf(task: TaskView): string {
  if (task.error !== undefined) return `${task.error.name}: ${task.error.message}`
  if (task.reason !== undefined) return task.reason
  if (task.progress !== undefined) return JSON.stringify(task.progress)
  if (task.machine !== undefined && task.state === 'RUNNING') return JSON.stringify(task.machine.value)
  if (task.pending !== undefined) return `waits for ${task.pending} more`
  return task.input === undefined || task.input === null ? '' : JSON.stringify(task.input)
}
