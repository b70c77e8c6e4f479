/** What came of something that was done: said once, at the edge, and gone after a while. */
import { signal } from '@preact/signals'
import { Problem } from '../ask.js'
import { after } from '../clock.js'
import { Txt } from './txt.js'

interface Notice {
  readonly id: number
  readonly text: string
  readonly bad: boolean
}

const SHOWN_MS = { good: 5_000, bad: 12_000 } as const
const MOST = 4

const notices = signal<readonly Notice[]>([])
let last = 0

export function notify(text: string, bad = false): void {
  const notice = { id: ++last, text, bad }
  notices.value = [...notices.peek(), notice].slice(-MOST)
  after(bad ? SHOWN_MS.bad : SHOWN_MS.good, () => {
    notices.value = notices.peek().filter((each) => each !== notice)
  })
}

/** Does it, and says what came of it. True when it went well. */
export async function doing(said: string, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    notify(said)
    return true
  } catch (error) {
    notify(error instanceof Problem ? [error.message, error.hint].filter(Boolean).join('. ') : String(error), true)
    return false
  }
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, bad }) => (
        <p key={id} class={bad ? 'notice bad' : 'notice'}>
          <Txt of={text} most={400} />
        </p>
      ))}
    </div>
  )
}
