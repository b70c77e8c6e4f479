import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Problem } from '../ask.js'
import { type Chosen, look, perform, type Touched, VERBS, type Verb } from '../bulk.js'
import { countOf } from '../words.js'
import { Dialog } from './dialog.js'
import { doing } from './notices.js'
import { Trouble, Waiting } from './panel.js'
import { StateBadge } from './state.js'
import { Txt } from './txt.js'

interface BulkDialogProps {
  readonly verb: Verb
  readonly chosen: Chosen
  /** `done` when something was. */
  readonly close: (done: boolean) => void
}

/** Says what will be touched, how many and some of them, before anything is. */
export function BulkDialog({ verb, chosen, close }: BulkDialogProps) {
  const touched = useSignal<Touched | Problem | undefined>(undefined)
  const busy = useSignal(false)
  const { title, says, done } = VERBS[verb]
  useEffect(() => {
    const controller = new AbortController()
    look(verb, chosen, controller.signal).then(
      (found) => {
        touched.value = found
      },
      (error: unknown) => {
        if (error instanceof Problem) touched.value = error
      },
    )
    return () => controller.abort()
  }, [])
  async function go(): Promise<void> {
    busy.value = true
    let count = 0
    const good = await doing(`${title}: done`, async () => {
      count = await perform(verb, chosen)
    })
    busy.value = false
    if (good) close(count > 0)
  }
  const found = touched.value
  const count = found && !(found instanceof Problem) ? found.count : 0
  return (
    <Dialog title={`${title} tasks`} close={() => close(false)}>
      {found === undefined && <Waiting of="Counting what it would touch" />}
      {found instanceof Problem && <Trouble problem={found} />}
      {found && !(found instanceof Problem) && (
        <>
          <p data-touched={found.count}>
            {found.count === 0 ? 'None of these tasks can be ' : <b>{countOf(found.count, 'task')} </b>}
            {found.count === 0 ? `${done}.` : `will be ${done}. ${says}`}
          </p>
          {found.sample.length > 0 && (
            <ul class="rows sample">
              {found.sample.map(({ id, kind, state, paused }) => (
                <li key={id}>
                  <StateBadge state={state} paused={paused} />
                  <Txt of={kind} most={40} />
                  <code>
                    <Txt of={id} most={40} />
                  </code>
                </li>
              ))}
              {found.count > found.sample.length && (
                <li class="note">and {countOf(found.count - found.sample.length, 'other')}</li>
              )}
            </ul>
          )}
        </>
      )}
      <footer class="dialog-foot">
        <button type="button" onClick={() => close(false)}>
          Leave them
        </button>
        <button
          type="button"
          class={verb === 'cancel' ? 'danger solid' : 'primary'}
          disabled={busy.value || count === 0}
          onClick={() => void go()}
        >
          {busy.value ? `${title} …` : `${title} ${countOf(count, 'task')}`}
        </button>
      </footer>
    </Dialog>
  )
}
