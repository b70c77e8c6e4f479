import type { TaskView } from '../../../runtime/task-view.js'
import type { Actor } from '../actors.js'
import type { Change } from '../diff.js'
import { Ago } from '../parts/ago.js'
import { Json } from '../parts/json.js'
import { Panel } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import type { Step } from '../task-watch.js'
import { valueText } from '../value.js'
import { sizeOf } from '../words.js'

interface TaskContextProps {
  readonly task: TaskView
  readonly actors: ReadonlyMap<string, Actor>
  readonly steps: readonly Step[]
}

/** What the machine knows, and what each step changed of it while somebody looked. */
export function TaskContext({ task, actors, steps }: TaskContextProps) {
  const told = actors.get(`machine:${task.id}`)?.snapshot
  if (!task.machine && !told) return null
  const context = told && told.left === undefined ? told.context : task.machine?.context
  const children = [...actors.values()].filter(({ what }) => what === 'child')
  return (
    <Panel title="Context" note={told?.left === undefined ? undefined : `${sizeOf(told.left)}, as of the last answer`}>
      <Json value={context ?? null} />
      {children.length > 0 && (
        <ul class="rows" aria-label="Actors inside">
          {children.map(({ id, name, snapshot }) => (
            <li key={id}>
              <span class="note">actor</span>
              <Txt of={name} most={60} />
              <span class="note">
                <Txt of={valueText(snapshot.value ?? snapshot.status)} most={60} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {steps.length > 0 && (
        <ol class="steps" aria-label="What changed">
          {steps.map((step) => (
            <StepLine key={`${step.at} ${step.event}`} step={step} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function StepLine({ step: { at, event, value, diff } }: { readonly step: Step }) {
  return (
    <li>
      <p>
        <b>
          <Txt of={event || 'step'} most={80} />
        </b>{' '}
        <span class="note">
          → <Txt of={valueText(value)} most={80} /> · <Ago at={at} />
        </span>
      </p>
      {diff.changes.map((change) => (
        <ChangeLine key={change.path} change={change} />
      ))}
      {diff.more && <p class="note">and more</p>}
    </li>
  )
}

const SIGNS = { added: '+', removed: '−', changed: '±' } as const

function ChangeLine({ change: { path, sort, before, after } }: { readonly change: Change }) {
  return (
    <p class={`change ${sort}`}>
      <span>
        {SIGNS[sort]} <span class="unseen">{sort}</span>
      </span>
      <code>
        <Txt of={path || 'all'} most={120} />
      </code>
      {sort !== 'added' && (
        <del>
          <Txt of={JSON.stringify(before) ?? 'nothing'} most={120} />
        </del>
      )}
      {sort !== 'removed' && (
        <ins>
          <Txt of={JSON.stringify(after) ?? 'nothing'} most={120} />
        </ins>
      )}
    </p>
  )
}
