import { useSignal } from '@preact/signals'
import { Problem } from '../ask.js'
import { Trouble } from '../parts/panel.js'
import { logIn } from '../session.js'

/** Over TCP the daemon wants to know who looks: a token is exchanged for a session that no script can read. */
export function LogIn() {
  const problem = useSignal<Problem | undefined>(undefined)
  const busy = useSignal(false)
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    busy.value = true
    try {
      await logIn(String(new FormData(form).get('token')).trim())
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problem.value =
        error.status === 401 ? new Problem(401, error.code, 'The daemon does not know this token.', '') : error
    } finally {
      busy.value = false
    }
  }
  return (
    <main class="alone">
      <form class="log-in" onSubmit={(event) => void submit(event)}>
        <h1>holdfast</h1>
        <p>This daemon is asked over the network. Show it a token.</p>
        <label>
          Token
          <input name="token" type="password" autocomplete="current-password" required spellcheck={false} />
        </label>
        {problem.value && <Trouble problem={problem.value} />}
        <button type="submit" class="primary" disabled={busy.value}>
          Log in
        </button>
        <p class="hint">
          On the board, <code>holdfast tokens create NAME --scope read</code> makes one.
        </p>
      </form>
    </main>
  )
}
