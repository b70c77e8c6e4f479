/** A task that failed, in a list of those: what it is, and why. */
import type { ComponentChildren } from 'preact'
import type { TaskView } from '../../../runtime/task-view.js'
import { href } from '../place.js'
import { StateBadge } from './state.js'
import { Txt } from './txt.js'

interface FailedRowProps {
  readonly task: TaskView
  /** Characters of what went wrong. */
  readonly most: number
  /** When it was, or will be again; what can be done. */
  readonly children: ComponentChildren
}

export function FailedRow({ task, most, children }: FailedRowProps) {
  return (
    <li>
      <StateBadge state={task.state} />
      <a href={href(['tasks', task.id])}>
        <Txt of={task.kind} most={60} />
      </a>
      <span class="note grow">
        <Txt of={task.error?.message ?? task.reason ?? ''} most={most} />
      </span>
      {children}
    </li>
  )
}
