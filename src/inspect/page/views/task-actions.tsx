import { useSignal } from '@preact/signals'
import type { TaskView } from '../../../runtime/task-view.js'
import { ask, part } from '../ask.js'
import { fits, VERBS, type Verb } from '../bulk.js'
import { Icon, type IconName } from '../parts/icon.js'
import { doing } from '../parts/notices.js'
import { mayWrite } from '../session.js'
import { SendDialog } from './send-dialog.js'

const ICONS: Readonly<Record<Verb, IconName>> = { pause: 'pause', resume: 'play', cancel: 'cancel', retry: 'retry' }

/** Only what would work: of an ended task nothing is cancelled. */
export function TaskActions({ task, again }: { readonly task: TaskView; readonly again: () => void }) {
  const sending = useSignal(false)
  if (!mayWrite.value) return null
  const { id } = task
  async function act(verb: Verb): Promise<void> {
    await doing(`${VERBS[verb].title}: done`, () => ask(`/v1/tasks/${part(id)}/${verb}`, { method: 'POST' }))
    again()
  }
  const ended = ['FINISHED', 'FAILED', 'TERMINATED'].includes(task.state)
  return (
    <div class="actions" role="group" aria-label="What can be done">
      {task.machine && !ended && (
        <button type="button" class="primary" onClick={() => (sending.value = true)}>
          <Icon name="send" />
          Send an event
        </button>
      )}
      {(Object.keys(VERBS) as Verb[])
        .filter((verb) => fits(verb, task))
        .map((verb) => (
          <button key={verb} type="button" class={verb === 'cancel' ? 'danger' : ''} onClick={() => void act(verb)}>
            <Icon name={ICONS[verb]} />
            {VERBS[verb].title}
          </button>
        ))}
      {sending.value && (
        <SendDialog
          id={id}
          type=""
          close={() => {
            sending.value = false
            again()
          }}
        />
      )}
    </div>
  )
}
