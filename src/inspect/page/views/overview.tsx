/** How the daemon is, at a glance: what there is, what happens, what waits, and what went wrong. */
import { useEffect } from 'preact/hooks'
import type { GateView } from '../../../runtime/gates/gates.js'
import type { RouteView } from '../../../runtime/route-control.js'
import type { TaskView } from '../../../runtime/task-view.js'
import { useAsked } from '../asked.js'
import { follow, minutes, minutesProblem } from '../minutes.js'
import { Ago } from '../parts/ago.js'
import { FailedRow } from '../parts/failed-row.js'
import { Empty, Panel, Trouble, Waiting } from '../parts/panel.js'
import { STATES, StateBadge } from '../parts/state.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { countOf, lengthOf, numberOf, shortOf } from '../words.js'
import { Plots } from './overview-plots.js'
import { Tree } from './overview-tree.js'

const FOLLOW_MS = 5_000
const SHOWN = 8

interface List<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}

export function Overview() {
  useEffect(follow, [])
  const known = minutes.value
  return (
    <>
      <h1>Overview</h1>
      {minutesProblem.value && !known && <Trouble problem={minutesProblem.value} />}
      <section class="tiles" aria-label="Tasks by state">
        {STATES.map((state) => (
          <a key={state} class="tile" href={href(['tasks'], { state })}>
            <StateBadge state={state} />
            <b data-count={state} title={known && numberOf(known.states[state] ?? 0)}>
              {known ? shortOf(known.states[state] ?? 0) : '–'}
            </b>
          </a>
        ))}
      </section>
      {known ? <Plots known={known} /> : !minutesProblem.value && <Waiting of="Asking for the latest minutes" />}
      <div class="columns">
        <Routes />
        <Failures />
      </div>
      <div class="columns">
        <Gates />
        <Tree />
      </div>
    </>
  )
}

function Routes() {
  const { data, problem } = useAsked<List<RouteView>>('/v1/routes', {}, FOLLOW_MS)
  const latest = minutes.value?.samples.findLast(({ routes }) => routes)?.routes ?? {}
  return (
    <Panel title="Routes">
      {problem && !data && <Trouble problem={problem} />}
      {data && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is larger than its frame is scrolled by the keyboard, too
        <div class="scroll" tabIndex={0} role="group" aria-label="Table of routes">
          <table>
            <thead>
              <tr>
                <th scope="col">Route</th>
                <th scope="col" class="number">
                  Queued
                </th>
                <th scope="col" class="number">
                  Oldest
                </th>
                <th scope="col" class="number">
                  Running
                </th>
                <th scope="col">Held by</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map(({ name, queued, running, concurrency, held }) => (
                <tr key={name}>
                  <th scope="row">
                    <a href={href(['tasks'], { route: name })}>
                      <Txt of={name} />
                    </a>
                  </th>
                  <td class="number">{numberOf(queued)}</td>
                  <td class="number">{queued > 0 && latest[name] ? lengthOf(latest[name].oldestMs) : '—'}</td>
                  <td class="number">
                    <meter
                      min={0}
                      max={concurrency}
                      value={Math.min(running, concurrency)}
                      aria-label={`places of ${name}`}
                    />{' '}
                    {running}/{concurrency}
                  </td>
                  <td>
                    {held.length > 0 ? (
                      <span class="tag warn">
                        {held.map((each) => (
                          <Txt key={each} of={each} />
                        ))}
                      </span>
                    ) : (
                      '—'
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function Gates() {
  const { data, problem } = useAsked<List<GateView>>('/v1/gates', {}, FOLLOW_MS)
  return (
    <Panel title="Gates">
      {problem && !data && <Trouble problem={problem} />}
      {data?.items.length === 0 && <Empty>No route waits for a condition.</Empty>}
      <ul class="rows">
        {data?.items.map(({ name, state, since, reason, routes }) => (
          <li key={name}>
            <span class={`badge gate-${state}`}>
              <i class="dot" aria-hidden="true" />
              {state}
            </span>
            <b>
              <Txt of={name} />
            </b>
            <span class="note">
              {since && <Ago at={since} />}{' '}
              {routes.length > 0 && (
                <>
                  holds{' '}
                  {routes.map((route) => (
                    <Txt key={route} of={`${route} `} />
                  ))}
                </>
              )}
              {reason && <Txt of={reason} />}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

/** When it came to its state. */
const endOf = ({ history, createdAt }: TaskView) => history.at(-1)?.at ?? createdAt

function Failures() {
  const { data, problem } = useAsked<List<TaskView>>('/v1/manifest', { limit: 200 }, 2 * FOLLOW_MS)
  const all = [...(data?.items ?? [])].sort((a, b) => (endOf(a) < endOf(b) ? 1 : -1))
  return (
    <Panel
      title="Failed lately"
      note={data?.cursor ? `of the first ${countOf(all.length, 'task')} in the manifest` : undefined}
      actions={<a href={href(['care'])}>All</a>}
    >
      {problem && !data && <Trouble problem={problem} />}
      {data && all.length === 0 && <Empty>Nothing has failed.</Empty>}
      <ul class="rows">
        {all.slice(0, SHOWN).map((task) => (
          <FailedRow key={task.id} task={task} most={90}>
            <span class="note">
              <Ago at={endOf(task)} />
            </span>
          </FailedRow>
        ))}
      </ul>
    </Panel>
  )
}
