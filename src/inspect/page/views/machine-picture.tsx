import { useMemo, useRef } from 'preact/hooks'
import { activeStates, type Lights, type StateView } from '../../../pictures/index.js'
import type { MachineDefinitionView } from '../../../runtime/runtime-machines.js'
import type { TaskView } from '../../../runtime/task-view.js'
import { useActors } from '../actors.js'
import { part } from '../ask.js'
import { useAsked } from '../asked.js'
import { second } from '../clock.js'
import { crowdOf, Heat } from '../crowd.js'
import type { Subscription } from '../messages.js'
import { Chart } from '../parts/chart.js'
import { Panel, Trouble, Waiting } from '../parts/panel.js'
import { href } from '../place.js'
import { plain } from '../text.js'
import { countOf, numberOf } from '../words.js'

interface MachinePictureProps {
  readonly id: string
  /** One supervisor that plays it, by its address. */
  readonly actor: string | undefined
}

const LIFE = 'holdfast:task'
const WATCHED = 1_000

/** A statechart with those that play it on it: how many are in each state, and where time is spent. */
export function MachinePicture({ id, actor }: MachinePictureProps) {
  const { data, problem } = useAsked<MachineDefinitionView>(`/v1/machines/${part(id)}`)
  const kind = data?.kind
  return (
    <Panel
      title={plain(actor === undefined ? id : `${actor.slice(actor.indexOf(':') + 1)} (${id})`, 80)}
      actions={kind !== undefined && <a href={href(['tasks'], { kind })}>Its tasks</a>}
    >
      {problem && !data && <Trouble problem={problem} />}
      {!data && !problem && <Waiting of="Asking for it" />}
      {data && id === LIFE && actor === undefined && <Lives machine={data.definition} />}
      {data && (id !== LIFE || actor !== undefined) && <Players machine={data} actor={actor} />}
    </Panel>
  )
}

/** Those that play a machine just now, watched from here on. */
function Players({ machine, actor }: { readonly machine: MachineDefinitionView; readonly actor: string | undefined }) {
  const { definition, id, kind } = machine
  const heat = useRef(new Heat(definition))
  const mine = (each: string) =>
    actor === undefined ? !each.startsWith('task:') && !each.includes('#') : each === actor
  const to: Subscription =
    kind !== undefined
      ? { kinds: [kind], messages: ['actor', 'snapshot', 'gone'], limit: WATCHED }
      : {
          supervisors: true,
          schedules: id === 'holdfast:schedule',
          devices: true,
          messages: ['actor', 'snapshot', 'gone'],
        }
  const { actors, more } = useActors(
    to,
    (each, told) => mine(each) && told?.machine === id,
    (message) => heat.current.hear(message, (each) => mine(each)),
  )
  const playing = [...actors.values()].filter(({ snapshot }) => snapshot.status === 'active')
  const values = playing.map(({ snapshot }) => snapshot.value)
  const spoken = JSON.stringify(values)
  const minute = Math.floor(second.value / 2_000)
  const lights: Lights = useMemo(
    () => ({
      ...(actor === undefined
        ? { counts: crowdOf(definition, values) }
        : { active: activeStates(definition, values[0]) }),
      heat: heat.current.degrees(second.peek()),
    }),
    [spoken, minute, actor],
  )
  const said =
    actor === undefined
      ? `${countOf(playing.length, 'actor')} in it${more ? `, of the first ${numberOf(WATCHED)} tasks` : ''}`
      : ''
  return <Lit machine={definition} lights={lights} said={said} warmth="time spent since this page is open" />
}

/** All tasks, by the states of their life; where they spent their time is read off the histories of some. */
function Lives({ machine }: { readonly machine: StateView }) {
  const counts = useAsked<{ states: Readonly<Record<string, number>> }>('/v1/history', {}, 3_000)
  const some = useAsked<{ items: TaskView[] }>('/v1/tasks', { limit: 100 }, 15_000)
  const states = counts.data?.states
  const lights: Lights = useMemo(() => {
    const heat = new Heat(machine)
    for (const { history } of some.data?.items ?? []) {
      for (const [i, { state, at }] of history.entries()) {
        const until = history[i + 1]?.at
        if (until !== undefined) heat.add(state, Date.parse(until) - Date.parse(at))
      }
    }
    const byId = Object.entries(states ?? {}).map(
      ([state, count]) => [machine.states[state]?.id ?? state, count] as const,
    )
    return { counts: new Map(byId), heat: heat.degrees(0) }
  }, [machine, JSON.stringify(states), some.data])
  const all = Object.values(states ?? {}).reduce((sum, count) => sum + count, 0)
  return (
    <Lit
      machine={machine}
      lights={lights}
      said={states ? countOf(all, 'task') : ''}
      warmth={`time spent by ${countOf(some.data?.items.length ?? 0, 'task')}`}
    />
  )
}

interface LitProps {
  readonly machine: StateView
  readonly lights: Lights
  readonly said: string
  readonly warmth: string
}

function Lit({ machine, lights, said, warmth }: LitProps) {
  return (
    <>
      <p class="note chart-note">
        {said}{' '}
        <span class="warmth">
          <i aria-hidden="true" /> the warmer, the more {warmth}
        </span>
      </p>
      <Chart of={machine} lights={lights} label={`${plain(machine.key, 60)}. ${said}`} />
      <CountList machine={machine} lights={lights} />
    </>
  )
}

/** The numbers on the picture, for who does not see it. */
function CountList({
  machine,
  lights: { counts = new Map() },
}: {
  readonly machine: StateView
  readonly lights: Lights
}) {
  return (
    <ul class="unseen" aria-label="How many are in each state">
      {[...counts].map(([state, count]) => (
        <li key={state}>
          {plain(state.slice(machine.id.length + 1), 80)}: {count}
        </li>
      ))}
    </ul>
  )
}
