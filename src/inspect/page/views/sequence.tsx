/** Who sends what to whom, as it happens: for the actors that are chosen in the address. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { KindView } from '../../../runtime/kind-control.js'
import { useFrame } from '../actors.js'
import { useAsked } from '../asked.js'
import { listen } from '../feed.js'
import type { Subscription } from '../messages.js'
import { Json } from '../parts/json.js'
import { Empty, Panel } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { go, place } from '../place.js'
import { type Arrow, lifelinesOf, Sequence as Past } from '../sequence.js'
import { plain } from '../text.js'
import { countOf, numberOf } from '../words.js'
import { SequencePicture } from './sequence-picture.js'

const SHOWN = 200
const LIFELINES = 12

export function Sequence() {
  const { task, kind, event = '', supervisors } = place.value.query
  const kinds = useAsked<{ items: KindView[] }>('/v1/kinds').data?.items ?? []
  const paused = useSignal(false)
  const chosen = useSignal<Arrow | undefined>(undefined)
  const { arrows, dropped, clear } = useArrows(subscriptionOf(place.value.query), paused.value)
  const wanted = arrows.filter(({ type, to, from }) => {
    if (
      supervisors !== 'true' &&
      task === undefined &&
      (to.startsWith('supervisor:') || from.startsWith('supervisor:'))
    )
      return false
    return event === '' || type.toLowerCase().includes(event.toLowerCase())
  })
  const shown = wanted.slice(-SHOWN)
  const { lines, more } = lifelinesOf(shown, LIFELINES)
  const change = (changed: Record<string, string | undefined>) =>
    go(['sequence'], { ...place.value.query, ...changed }, true)
  return (
    <>
      <header class="view-head">
        <h1>Sequence</h1>
        <span class="note">
          {countOf(wanted.length, 'event')}
          {wanted.length > shown.length && `, the latest ${numberOf(shown.length)} shown`}
          {dropped > 0 && `, ${numberOf(dropped)} passed by`}
          {more > 0 && `, ${numberOf(more)} actors left out`}
        </span>
        <div class="actions">
          <button type="button" aria-pressed={paused.value} onClick={() => (paused.value = !paused.value)}>
            {paused.value ? 'Go on' : 'Hold'}
          </button>
          <button type="button" onClick={clear}>
            Clear
          </button>
        </div>
      </header>
      <div class="filters">
        <div class="fields">
          <label class="field">
            Kind
            <select
              value={kind ?? ''}
              onChange={(e) => change({ kind: e.currentTarget.value || undefined, task: undefined })}
            >
              <option value="">any</option>
              {kinds.map(({ name }) => (
                <option key={name} value={name}>
                  {plain(name, 60)}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            Tasks, by their ids
            <input
              value={task ?? ''}
              placeholder="all"
              spellcheck={false}
              onChange={(e) => change({ task: e.currentTarget.value.trim() || undefined })}
            />
          </label>
          <label class="field">
            Event
            <input
              value={event}
              placeholder="any"
              spellcheck={false}
              onInput={(e) => change({ event: e.currentTarget.value || undefined })}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={supervisors === 'true'}
              onChange={(e) => change({ supervisors: e.currentTarget.checked ? 'true' : undefined })}
            />
            Supervisors, too
          </label>
        </div>
      </div>
      {shown.length === 0 ? (
        <Empty>Nothing was sent yet. What is sent from now on appears here.</Empty>
      ) : (
        <SequencePicture
          arrows={shown}
          lines={lines}
          chosen={chosen.value}
          choose={(arrow) => (chosen.value = arrow)}
        />
      )}
      {chosen.value && (
        <Panel title="Event" note={<Txt of={chosen.value.type} most={80} />}>
          <Json value={chosen.value.event} />
        </Panel>
      )}
    </>
  )
}

function useArrows(to: Subscription, paused: boolean) {
  const state = useSignal<{ readonly arrows: readonly Arrow[]; readonly dropped: number }>({ arrows: [], dropped: 0 })
  const past = useRef(new Past())
  const dropped = useRef(0)
  const held = useRef(paused)
  held.current = paused
  const draw = useFrame(() => {
    if (!held.current) state.value = { arrows: past.current.settle(), dropped: dropped.current }
  })
  const key = JSON.stringify(to)
  const clear = () => {
    past.current = new Past()
    dropped.current = 0
    state.value = { arrows: [], dropped: 0 }
  }
  useEffect(() => {
    clear()
    return listen(to, {
      begin: () => {
        // What is kept of the past is told again.
        if (to.past) past.current = new Past()
      },
      hear: (message) => {
        if (message.type === 'dropped') dropped.current += message.count
        if (past.current.hear(message)) draw()
      },
    })
  }, [key])
  useEffect(draw, [paused])
  return { ...state.value, clear }
}

function subscriptionOf({ task, kind, supervisors }: Readonly<Record<string, string>>): Subscription {
  const messages = ['event', 'emitted'] as const
  const more = supervisors === 'true' ? { supervisors: true } : {}
  if (task !== undefined) return { tasks: task.split(/[\s,]+/).slice(0, 100), messages, past: true, ...more }
  if (kind !== undefined) return { kinds: [kind], messages, limit: 100, ...more }
  return { all: true, messages, limit: 0 }
}
