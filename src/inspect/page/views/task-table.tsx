/** The tasks, searched and filtered; what is chosen among them can be paused, resumed, cancelled and retried. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { ask, Problem } from '../ask.js'
import { type Chosen, VERBS, type Verb } from '../bulk.js'
import { every } from '../clock.js'
import { returns } from '../feed.js'
import { Ago } from '../parts/ago.js'
import { BulkDialog } from '../parts/bulk-dialog.js'
import { Icon, type IconName } from '../parts/icon.js'
import { notify } from '../parts/notices.js'
import { Empty, Trouble } from '../parts/panel.js'
import { StateBadge } from '../parts/state.js'
import { Txt } from '../parts/txt.js'
import { Window } from '../parts/window.js'
import { go, href, place } from '../place.js'
import { mayWrite } from '../session.js'
import { type Row, type TaskFilter, TaskList } from '../task-list.js'
import { plain } from '../text.js'
import { countOf, numberOf } from '../words.js'
import { TaskFilters } from './task-filters.js'

const ROW = 40
const REFRESH_MS = 4_000
const ICONS: Readonly<Record<Verb, IconName>> = { pause: 'pause', resume: 'play', cancel: 'cancel', retry: 'retry' }

export function TaskTable() {
  const { state, kind, route, group, schedule, cause } = place.value.query
  const filter: TaskFilter = { state, kind, route, group, schedule, cause }
  const key = JSON.stringify(filter)
  const list = useMemo(() => new TaskList(filter), [key])
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const doing = useSignal<{ readonly verb: Verb; readonly chosen: Chosen } | undefined>(undefined)
  const seen = useRef([0, 0] as [number, number])
  useEffect(() => {
    const refresh = () => void list.refresh(...seen.current)
    list.see(0, 0)
    chosen.value = new Set()
    const leave = every(REFRESH_MS, () => void list.follow(...seen.current))
    const unsubscribe = returns.subscribe(refresh)
    return () => {
      leave()
      unsubscribe()
      list.close()
    }
  }, [list])
  const { length, ended, problem, loading } = list.state.value
  const select = (id: string) => {
    const next = new Set(chosen.peek())
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  return (
    <div class="fill">
      <header class="view-head">
        <h1>Tasks</h1>
        <Count key={key} filter={filter} known={ended ? length : undefined} />
        {mayWrite.value && (
          <div
            class="actions"
            role="group"
            aria-label={chosen.value.size > 0 ? 'Do to those chosen' : 'Do to all of these'}
          >
            <span class="note">
              {chosen.value.size > 0 ? `${countOf(chosen.value.size, 'task')} chosen` : 'all of these'}
            </span>
            {(Object.keys(VERBS) as Verb[]).map((verb) => (
              <button
                key={verb}
                type="button"
                onClick={() => {
                  const ids = [...chosen.value]
                  doing.value = { verb, chosen: ids.length > 0 ? { ids } : { filter } }
                }}
              >
                <Icon name={ICONS[verb]} />
                {VERBS[verb].title}
              </button>
            ))}
          </div>
        )}
      </header>
      <TaskFilters filter={filter} change={(changed) => go(['tasks'], { ...filter, ...changed }, true)} />
      {problem && <Trouble problem={problem} />}
      {ended && length === 0 ? (
        <Empty>No task is like that.</Empty>
      ) : (
        <Window
          key={key}
          label="Tasks"
          length={length}
          rowHeight={ROW}
          head={<Head />}
          row={(at) => <TaskRow key={at} at={at} row={list.row(at)} chosen={chosen.value} select={select} />}
          seen={(from, to) => {
            seen.current = [from, to]
            list.see(from, to)
          }}
        />
      )}
      <p class="note foot" role="status">
        {loading && length === 0
          ? 'Asking …'
          : ended
            ? `${countOf(length, 'task')}, all of them`
            : `${numberOf(length)} so far, more below`}
      </p>
      {doing.value && (
        <BulkDialog
          {...doing.value}
          close={(done) => {
            doing.value = undefined
            if (done) void list.refresh(...seen.current)
          }}
        />
      )}
    </div>
  )
}

/** How many there are: the daemon reads them all for it, so it is asked by hand. */
function Count({ filter, known }: { readonly filter: TaskFilter; readonly known: number | undefined }) {
  const count = useSignal<number | 'asking' | undefined>(undefined)
  const value = known ?? count.value
  if (typeof value === 'number') return <span class="note">{countOf(value, 'task')}</span>
  async function look(): Promise<void> {
    count.value = 'asking'
    try {
      count.value = (await ask<{ count: number }>('/v1/tasks', { query: { ...filter, count: true } })).count
    } catch (error) {
      count.value = undefined
      if (error instanceof Problem) notify(error.message, true)
    }
  }
  return (
    <button type="button" class="link" disabled={value === 'asking'} onClick={() => void look()}>
      {value === 'asking' ? 'Counting …' : 'Count them'}
    </button>
  )
}

function Head() {
  return (
    <>
      <th scope="col" class="cell cell-pick">
        <span class="unseen">Choose</span>
      </th>
      {['State', 'Kind', 'Id', 'Route', 'Attempt', 'About', 'Since'].map((title) => (
        <th key={title} scope="col" class={`cell cell-${title.toLowerCase()}`}>
          {title}
        </th>
      ))}
    </>
  )
}

interface TaskRowProps {
  readonly at: number
  /** Undefined while it is on its way. */
  readonly row: Row | undefined
  readonly chosen: ReadonlySet<string>
  readonly select: (id: string) => void
}

function TaskRow({ at, row, chosen, select }: TaskRowProps) {
  if (!row) {
    return (
      <tr class="row" aria-rowindex={at + 2}>
        <td class="cell" />
        <td class="cell note">…</td>
      </tr>
    )
  }
  const { id, state, paused, kind, route, attempt, attempts, about, at: since } = row
  return (
    <tr class="row" aria-rowindex={at + 2} data-id={id}>
      <td class="cell cell-pick">
        {mayWrite.value && (
          <input
            type="checkbox"
            aria-label={`Choose ${plain(id, 60)}`}
            checked={chosen.has(id)}
            onChange={() => select(id)}
          />
        )}
      </td>
      <td class="cell cell-state">
        <StateBadge state={state} paused={paused} />
      </td>
      <td class="cell cell-kind">
        <a href={href(['tasks', id])}>
          <Txt of={kind} most={80} />
        </a>
      </td>
      <td class="cell cell-id">
        <code>
          <Txt of={id} most={128} />
        </code>
      </td>
      <td class="cell cell-route">
        <Txt of={route} most={60} />
      </td>
      <td class="cell cell-attempt">
        {attempt} of {attempts}
      </td>
      <td class="cell cell-about">
        <Txt of={about} most={160} />
      </td>
      <td class="cell cell-since">
        <Ago at={since} />
      </td>
    </tr>
  )
}
