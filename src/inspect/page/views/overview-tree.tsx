import { useActors } from '../actors.js'
import { Empty, Panel } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { valueText } from '../value.js'

/** The supervision tree: who is there, and what each is about. */
export function Tree() {
  const { actors } = useActors({ supervisors: true, messages: ['actor', 'snapshot', 'gone'] }, (id) =>
    id.startsWith('supervisor:'),
  )
  const all = [...actors.values()]
  return (
    <Panel title="Supervisors" actions={<a href={href(['machines'], { tab: 'supervisors' })}>Statecharts</a>}>
      {all.length === 0 && <Empty>They are told when the page is connected.</Empty>}
      <ul class="rows">
        {all.map(({ id, name, machine, snapshot }) => (
          <li key={id}>
            <span class={`badge ${snapshot.status === 'error' ? 'state-failed' : 'plain'}`}>
              <Txt of={valueText(snapshot.value ?? snapshot.status)} most={60} />
            </span>
            <a href={href(['machines', machine ?? ''], { actor: id })}>
              <Txt of={name} />
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
