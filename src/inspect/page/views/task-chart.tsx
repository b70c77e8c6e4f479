import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { activeStates } from '../../../pictures/index.js'
import type { MachineDefinitionView } from '../../../runtime/runtime-machines.js'
import type { TaskView } from '../../../runtime/task-view.js'
import type { Actor } from '../actors.js'
import { part } from '../ask.js'
import { useAsked } from '../asked.js'
import type { TimerView } from '../messages.js'
import { nextEvents } from '../next-events.js'
import { Ago } from '../parts/ago.js'
import { Chart } from '../parts/chart.js'
import { Panel, Trouble } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { mayWrite } from '../session.js'
import { plain } from '../text.js'
import { valueText } from '../value.js'
import { SendDialog } from './send-dialog.js'

interface TaskChartProps {
  readonly task: TaskView
  /** Of the task, as it is known last. */
  readonly state: string
  readonly actors: ReadonlyMap<string, Actor>
  readonly again: () => void
}

const LIFE = 'holdfast:task'

/** The statechart with its active state lit: the user's machine where there is one, else the life that every task has. */
export function TaskChart({ task, state, actors, again }: TaskChartProps) {
  const machine = actors.get(`machine:${task.id}`)
  const has = task.machine !== undefined || machine !== undefined
  const chosen = useSignal<'machine' | 'life' | undefined>(undefined)
  const tab = has ? (chosen.value ?? 'machine') : 'life'
  const name = tab === 'life' ? LIFE : (machine?.machine ?? task.kind)
  const { data, problem } = useAsked<MachineDefinitionView>(`/v1/machines/${part(name)}`)
  const value = tab === 'life' ? state : (machine?.snapshot.value ?? task.machine?.value)
  const spoken = JSON.stringify(value)
  const active = useMemo(() => (data ? activeStates(data.definition, value) : new Set<string>()), [data, spoken])
  const lights = useMemo(() => ({ active }), [active])
  const timers = tab === 'life' ? [] : (machine?.timers ?? task.machine?.timers ?? [])
  return (
    <Panel
      title={tab === 'life' ? 'Its life' : 'Its machine'}
      note={<Txt of={valueText(value)} most={80} />}
      actions={
        has && (
          <span class="segments" role="group" aria-label="Which statechart">
            {(['machine', 'life'] as const).map((each) => (
              <button key={each} type="button" aria-pressed={tab === each} onClick={() => (chosen.value = each)}>
                {each === 'life' ? 'Life' : 'Machine'}
              </button>
            ))}
          </span>
        )
      }
    >
      {problem && !data && <Trouble problem={problem} />}
      {data && (
        <Chart of={data.definition} lights={lights} label={`${plain(name, 60)}, in ${plain(valueText(value), 80)}`} />
      )}
      <Timers timers={timers} />
      {data && tab === 'machine' && task.state === 'RUNNING' && (
        <Next id={task.id} again={again} events={nextEvents(data.definition, active)} />
      )}
    </Panel>
  )
}

function Timers({
  timers,
}: {
  readonly timers: readonly (Pick<TimerView, 'id' | 'due'> & { readonly event?: string })[]
}) {
  if (timers.length === 0) return null
  return (
    <ul class="rows" aria-label="Timers">
      {timers.slice(0, 20).map(({ id, due, event }) => (
        <li key={id}>
          <span class="note">timer</span>
          <Txt of={timerName(event ?? id)} most={80} />
          <b>
            <Ago at={due} />
          </b>
        </li>
      ))}
    </ul>
  )
}

/** XState calls those of `after` by their delay and their state. */
function timerName(event: string): string {
  const [, delay, state] = /^xstate\.after\.(.+?)\.(.+)$/.exec(event) ?? []
  return delay === undefined ? event : `after ${/^\d+$/.test(delay) ? `${delay} ms` : delay} in ${state}`
}

function Next({
  id,
  events,
  again,
}: {
  readonly id: string
  readonly events: ReturnType<typeof nextEvents>
  readonly again: () => void
}) {
  const sending = useSignal<string | undefined>(undefined)
  if (events.length === 0) return null
  return (
    <div class="next" role="group" aria-label="Events that it waits for">
      <span class="note">It waits for</span>
      {events.map(({ type, guards }) =>
        mayWrite.value ? (
          <button key={type} type="button" onClick={() => (sending.value = type)}>
            <Txt of={type} most={60} />
            {guards.length > 0 && <span class="note"> if {<Txt of={guards.join(' or ')} most={60} />}</span>}
          </button>
        ) : (
          <span key={type} class="tag">
            <Txt of={type} most={60} />
          </span>
        ),
      )}
      {sending.value !== undefined && (
        <SendDialog
          id={id}
          type={sending.value === '*' ? '' : sending.value}
          close={() => {
            sending.value = undefined
            again()
          }}
        />
      )}
    </div>
  )
}
