/** What did not go well: the manifest of failed tasks, and the records that were set aside. */
import { useSignal } from '@preact/signals'
import type { Quarantined } from '../../../runtime/quarantine.js'
import type { TaskView } from '../../../runtime/task-view.js'
import { ask, Problem, part } from '../ask.js'
import { useAsked } from '../asked.js'
import { Ago } from '../parts/ago.js'
import { FailedRow } from '../parts/failed-row.js'
import { Icon } from '../parts/icon.js'
import { doing, notify } from '../parts/notices.js'
import { Empty, Panel, Trouble, Waiting } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { save } from '../save.js'
import { mayWrite } from '../session.js'
import { countOf, numberOf } from '../words.js'

const PAGE = 100
const SHOWN = 200

interface ManifestPage {
  readonly items: readonly TaskView[]
  readonly cursor?: string
}

export function Care() {
  return (
    <>
      <header class="view-head">
        <h1>Care</h1>
        <span class="note">what did not go well</span>
      </header>
      <Manifest />
      <Quarantine />
    </>
  )
}

function Manifest() {
  const { data, problem, again } = useAsked<ManifestPage>('/v1/manifest', { limit: PAGE }, 5_000)
  const more = useSignal<ManifestPage | undefined>(undefined)
  const busy = useSignal(false)
  const items = [...(data?.items ?? []), ...(more.value?.items ?? [])]
  const cursor = more.value ? more.value.cursor : data?.cursor
  async function next(): Promise<void> {
    busy.value = true
    try {
      const page = await ask<ManifestPage>('/v1/manifest', { query: { limit: PAGE, cursor } })
      more.value = { ...page, items: [...(more.value?.items ?? []), ...page.items] }
    } catch (error) {
      if (error instanceof Problem) notify(error.message, true)
    }
    busy.value = false
  }
  async function retry(id: string): Promise<void> {
    await doing('It is put back', () => ask(`/v1/tasks/${part(id)}/retry`, { method: 'POST' }))
    again()
  }
  return (
    <Panel
      title="Manifest"
      note={data && `${numberOf(items.length)}${cursor ? ' and more' : ''}`}
      actions={
        <>
          {items.length > 0 && (
            <button type="button" onClick={() => save('manifest.json', items)}>
              Export
            </button>
          )}
          <a href={href(['tasks'], { state: 'FAILED,TERMINATED' })}>Do to many</a>
        </>
      }
    >
      {problem && !data && <Trouble problem={problem} />}
      {!data && !problem && <Waiting of="Asking for the manifest" />}
      {data && items.length === 0 && <Empty>Nothing has failed.</Empty>}
      <ul class="rows">
        {items.map((task) => (
          <FailedRow key={task.id} task={task} most={160}>
            <span class="note">
              {task.retryAt ? (
                <>
                  again <Ago at={task.retryAt} />
                </>
              ) : (
                `dead after ${countOf(task.attempt, 'attempt')}`
              )}
            </span>
            {mayWrite.value && (
              <button type="button" onClick={() => void retry(task.id)}>
                <Icon name="retry" />
                Retry
              </button>
            )}
          </FailedRow>
        ))}
      </ul>
      {cursor && (
        <button type="button" disabled={busy.value} onClick={() => void next()}>
          {busy.value ? 'Asking …' : 'More'}
        </button>
      )}
    </Panel>
  )
}

function Quarantine() {
  const { data, problem, again } = useAsked<{ items: Quarantined[] }>('/v1/quarantine', {}, 10_000)
  const items = data?.items ?? []
  async function retry(id: string): Promise<void> {
    await doing('It is tried', async () => {
      const { restored } = await ask<{ restored: boolean }>(`/v1/quarantine/${part(id)}/retry`, { method: 'POST' })
      if (!restored) throw new Problem(409, '', 'It still cannot be restored', 'What it lacks is in its reason.')
    })
    again()
  }
  return (
    <Panel
      title="Quarantine"
      note={data && numberOf(items.length)}
      actions={
        items.length > 0 && (
          <button type="button" onClick={() => save('quarantine.json', items)}>
            Export
          </button>
        )
      }
    >
      {problem && !data && <Trouble problem={problem} />}
      {!data && !problem && <Waiting of="Asking for the quarantine" />}
      {data && items.length === 0 && <Empty>Every record could be read.</Empty>}
      <ul class="rows">
        {items.slice(0, SHOWN).map((record) => (
          <li key={record.id} class="wrap">
            <span class="tag warn">
              <Txt of={record.code} most={60} />
            </span>
            <code>
              <Txt of={record.id} most={128} />
            </code>
            <span class="note grow">
              <Txt of={record.reason} most={400} />
            </span>
            <span class="note">
              <Ago at={record.at} />
            </span>
            <button type="button" onClick={() => save(`${record.id.replace(/[^\w.-]/g, '_')}.json`, record)}>
              Export
            </button>
            {mayWrite.value && (
              <button type="button" onClick={() => void retry(record.id)}>
                <Icon name="retry" />
                Retry
              </button>
            )}
            <details>
              <summary>Record</summary>
              <pre>
                <Txt of={record.record} most={4_000} multiline />
              </pre>
            </details>
          </li>
        ))}
      </ul>
      {items.length > SHOWN && (
        <p class="note">and {countOf(items.length - SHOWN, 'other')}, all of them in the export</p>
      )}
    </Panel>
  )
}
