import { useSignal } from '@preact/signals'
import { ask, part } from '../ask.js'
import { Dialog } from '../parts/dialog.js'
import { doing } from '../parts/notices.js'

interface SendDialogProps {
  readonly id: string
  /** Of the event, as far as it is known. */
  readonly type: string
  readonly close: () => void
}

/** An event to the machine of a task: a type, and what else is in it as JSON. */
export function SendDialog({ id, type, close }: SendDialogProps) {
  const wrong = useSignal('')
  const busy = useSignal(false)
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const named = String(form.get('type')).trim()
    const members = membersOf(String(form.get('members')))
    if (typeof members === 'string') {
      wrong.value = members
      return
    }
    busy.value = true
    const body = { ...members, type: named }
    const good = await doing(`${named}: taken, and handled once`, () =>
      ask(`/v1/tasks/${part(id)}/events`, { method: 'POST', body }),
    )
    busy.value = false
    if (good) close()
  }
  return (
    <Dialog title="Send an event" close={close}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <label>
          Type
          <input name="type" required defaultValue={type} spellcheck={false} autocomplete="off" />
        </label>
        <label>
          What else is in it, as JSON
          <textarea name="members" rows={5} spellcheck={false} defaultValue="{}" aria-invalid={wrong.value !== ''} />
        </label>
        {wrong.value !== '' && (
          <p class="wrong" role="alert">
            {wrong.value}
          </p>
        )}
        <footer class="dialog-foot">
          <button type="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class="primary" disabled={busy.value}>
            Send
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

/** The members, or what is wrong with them. */
function membersOf(text: string): object | string {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    return 'It has to be an object: { "door": 2 }'
  } catch (error) {
    return `It is no JSON: ${(error as Error).message}`
  }
}
