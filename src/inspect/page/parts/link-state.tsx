import { useAsked } from '../asked.js'
import { second } from '../clock.js'
import { link } from '../feed.js'
import { mayWrite, session } from '../session.js'
import { lengthOf } from '../words.js'
import { Txt } from './txt.js'

const LOOK_MS = 10_000

/** Whether the page hears the daemon, and as whom: calm, because it comes back by itself. */
export function LinkState() {
  const { state, since } = link.value
  // It may have changed since the connection was made.
  const runtime = useAsked<{ state: string }>('/healthz', {}, LOOK_MS).data?.state ?? link.value.runtime
  const known = session.value
  const who = typeof known === 'object' ? (known.name ?? (known.by === 'socket' ? 'over the socket' : '')) : ''
  const word =
    state === 'live'
      ? runtime === 'working'
        ? 'Live'
        : runtime
      : state === 'away'
        ? `Away for ${lengthOf(Math.floor(Math.max(0, second.value - since) / 1000) * 1000)}`
        : 'Connecting'
  return (
    <div class={`link-state ${state}`} data-link={state}>
      <p role="status" aria-live="polite" aria-label={state === 'away' ? 'The daemon is away' : word}>
        <i class="dot" aria-hidden="true" />
        {word}
      </p>
      <p class="who">
        <Txt of={who} most={40} />
        {!mayWrite.value && <span class="tag">read only</span>}
      </p>
    </div>
  )
}
