import type { TaskView } from '../../../runtime/task-view.js'
import { useActors } from '../actors.js'
import { Empty, Panel, Waiting } from '../parts/panel.js'
import { StateBadge } from '../parts/state.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { MOST_LED_TO, type Watched } from '../task-watch.js'

/** Parents shown. */
const SHOWN = 30

interface TaskRelationsProps {
  readonly task: TaskView
  readonly ledTo: Watched['ledTo']
}

/** What it came from, and what came of it. */
export function TaskRelations({ task: { kind, id, cause, dependsOn = [] }, ledTo }: TaskRelationsProps) {
  const from = [...(cause ? [cause.id] : []), ...dependsOn].slice(0, SHOWN)
  const to = ledTo?.items ?? []
  const all = [...from, ...to.map((task) => task.id)]
  const { actors } = useActors(
    all.length === 0 ? undefined : { tasks: all, messages: ['actor', 'snapshot'] },
    (actor) => all.includes(actor.slice('task:'.length)),
  )
  const stateOf = (of: string, asked?: string) => {
    const told = actors.get(`task:${of}`)?.snapshot.value
    return typeof told === 'string' ? told : asked
  }
  if (all.length === 0) {
    return (
      <Panel title="Came from, led to">
        {ledTo ? (
          <Empty>Nobody made it but who asked for it, and it has no follow-ups.</Empty>
        ) : (
          <Waiting of="Asking what it led to" />
        )}
      </Panel>
    )
  }
  return (
    <Panel
      title="Came from, led to"
      actions={
        ledTo?.cursor === undefined ? undefined : <a href={href(['tasks'], { cause: id })}>More than {MOST_LED_TO}</a>
      }
    >
      <div class={`relations${from.length > 0 ? ' from' : ''}${to.length > 0 ? ' to' : ''}`}>
        <ul aria-label="It came from">
          {from.map((parent) => (
            <Node
              key={parent}
              id={parent}
              state={stateOf(parent, parent === cause?.id ? cause.state : undefined)}
              label={actors.get(`task:${parent}`)?.kind ?? parent}
            />
          ))}
        </ul>
        <p class="here">
          <Txt of={kind} most={40} />
        </p>
        <ul aria-label="It led to">
          {to.map((task) => (
            <Node key={task.id} id={task.id} state={stateOf(task.id, task.state)} label={task.kind} />
          ))}
        </ul>
      </div>
    </Panel>
  )
}

interface NodeProps {
  readonly id: string
  readonly state: string | undefined
  readonly label: string
}

function Node({ id, state, label }: NodeProps) {
  return (
    <li>
      <a href={href(['tasks', id])}>
        <Txt of={label} most={40} />
        {state !== undefined && <StateBadge state={state} />}
      </a>
    </li>
  )
}
