import type { TaskView } from '../../../runtime/views.js'
import { useActors } from '../actors.js'
import { Empty, Panel } from '../parts/panel.js'
import { StateBadge } from '../parts/state.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'

/** Each costs the daemon a read. */
const LOOKED_AT = 200
const SHOWN = 30

/** What it came from, and what came of it. */
export function TaskRelations({ task }: { readonly task: TaskView }) {
  const { actors, more } = useActors(
    { all: true, messages: ['actor', 'gone'], limit: LOOKED_AT },
    (_, actor) => actor?.what === 'task' && actor.cause === `task:${task.id}`,
  )
  const ids = [...actors.values()].slice(0, SHOWN).map(({ id }) => id.slice('task:'.length))
  const told = useActors(ids.length === 0 ? undefined : { tasks: ids, messages: ['actor', 'snapshot'] }, (id) =>
    ids.includes(id.slice('task:'.length)),
  )
  const parents = [
    ...(task.cause ? [{ id: task.cause.id, state: task.cause.state as string }] : []),
    ...(task.dependsOn ?? []).map((id) => ({ id, state: undefined })),
  ]
  const children = [...actors.values()].map((actor) => told.actors.get(actor.id) ?? actor)
  if (parents.length + children.length === 0) {
    return (
      <Panel title="Came from, led to">
        <Empty>
          Nobody made it but who asked for it, and it has no follow-ups{more ? ` among ${LOOKED_AT} tasks` : ''}.
        </Empty>
      </Panel>
    )
  }
  return (
    <Panel title="Came from, led to">
      <div class={`relations${parents.length > 0 ? ' from' : ''}${children.length > 0 ? ' to' : ''}`}>
        <ul aria-label="It came from">
          {parents.slice(0, SHOWN).map(({ id, state }) => (
            <Node key={id} id={id} state={state} label={id} />
          ))}
        </ul>
        <p class="here">
          <Txt of={task.kind} most={40} />
        </p>
        <ul aria-label="It led to">
          {children.slice(0, SHOWN).map(({ id, kind, snapshot }) => (
            <Node key={id} id={id.slice('task:'.length)} state={String(snapshot.value)} label={kind ?? id} />
          ))}
        </ul>
      </div>
    </Panel>
  )
}

function Node({
  id,
  state,
  label,
}: {
  readonly id: string
  readonly state: string | undefined
  readonly label: string
}) {
  return (
    <li>
      <a href={href(['tasks', id])}>
        <Txt of={label} most={40} />
        {state !== undefined && <StateBadge state={state} />}
      </a>
    </li>
  )
}
