/** Every statechart there is: those of the kinds with their tasks on them, those of holdfast with the supervisors. */
import type { MachineView } from '../../../runtime/runtime-machines.js'
import { useActors } from '../actors.js'
import { useAsked } from '../asked.js'
import { Empty, Panel, Trouble, Waiting } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href, place } from '../place.js'
import { valueText } from '../value.js'
import { MachinePicture } from './machine-picture.js'

export function Machines() {
  const { data, problem } = useAsked<{ items: MachineView[] }>('/v1/machines')
  const [, chosen] = place.value.path
  const machines = data?.items ?? []
  const actor = place.value.query.actor
  const id = chosen ?? machines.find(({ own }) => !own)?.id ?? machines[0]?.id
  return (
    <>
      <header class="view-head">
        <h1>Machines</h1>
      </header>
      {problem && !data && <Trouble problem={problem} />}
      {!data && !problem && <Waiting of="Asking for the machines" />}
      <div class="side-by-side">
        <div>
          <Panel title="Of the kinds">
            <List machines={machines.filter(({ own }) => !own)} id={id} />
            {data && machines.every(({ own }) => own) && (
              <Empty>No kind is a machine; functions have only the life of a task.</Empty>
            )}
          </Panel>
          <Panel title="Of holdfast">
            <List machines={machines.filter(({ own }) => own)} id={id} />
          </Panel>
          <Supervisors actor={actor} />
        </div>
        <div>{id !== undefined && <MachinePicture key={`${id} ${actor}`} id={id} actor={actor} />}</div>
      </div>
    </>
  )
}

function List({ machines, id }: { readonly machines: readonly MachineView[]; readonly id: string | undefined }) {
  return (
    <ul class="rows choose">
      {machines.map((machine) => (
        <li key={machine.id}>
          <a
            href={href(['machines', machine.id])}
            {...(machine.id === id && place.value.query.actor === undefined ? { 'aria-current': 'true' as const } : {})}
          >
            <Txt of={machine.id} most={60} />
          </a>
          {machine.version !== undefined && <span class="note">version {machine.version}</span>}
        </li>
      ))}
    </ul>
  )
}

function Supervisors({ actor }: { readonly actor: string | undefined }) {
  const { actors } = useActors({ supervisors: true, messages: ['actor', 'snapshot', 'gone'] }, (id) =>
    id.startsWith('supervisor:'),
  )
  return (
    <Panel title="Supervisors">
      <ul class="rows choose">
        {[...actors.values()].map(({ id, name, machine, snapshot }) => (
          <li key={id}>
            <a
              href={href(['machines', machine ?? 'holdfast:supervisor'], { actor: id })}
              {...(id === actor ? { 'aria-current': 'true' as const } : {})}
            >
              <Txt of={name} most={60} />
            </a>
            <span class="note">
              <Txt of={valueText(snapshot.value ?? snapshot.status)} most={40} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
