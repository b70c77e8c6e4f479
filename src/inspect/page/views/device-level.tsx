/** What a device is at, in one line; and why it is not. */
import { Ago } from '../parts/ago.js'
import { Txt } from '../parts/txt.js'
import { levelNow, type Seen } from '../trace.js'
import { numberOf } from '../words.js'

export function DeviceLevel({ seen }: { readonly seen: Seen }) {
  const { link, state, since, readAt, fault } = seen
  const at = readAt ?? since
  const well = link === 'ready' && fault === undefined
  const lit = well && (levelNow(seen) ?? 0) > 0 && seen.unit === undefined
  return (
    <p class="level" data-link={link} data-state={state}>
      <i class={`lamp ${lit ? 'lit' : well ? '' : 'faulty'}`} aria-hidden="true" />
      <b>
        <Txt of={levelText(seen)} most={60} />
      </b>
      {beside(seen) !== undefined && (
        <span class="note">
          <Txt of={beside(seen)} most={40} />
        </span>
      )}
      {at !== undefined && link === 'ready' && (
        <span class="note since">
          <Ago at={at} />
        </span>
      )}
    </p>
  )
}

/** `open`, `21.5 °C`, `40 %`, `up`. */
export function levelText({ type, link, state, value, unit }: Seen): string {
  if (link !== 'ready') return link
  if (type === 'pwm' && typeof value === 'number') return `${numberOf(Math.round(value * 1000) / 10)} %`
  if (typeof value === 'number') return unit === undefined ? numberOf(value) : `${numberOf(value)} ${unit}`
  if (type === 'interlock' && typeof value === 'string') return value
  return state ?? '—'
}

/** The state, where the level does not say it. */
function beside({ type, state, value }: Seen): string | undefined {
  return typeof value === 'number' || (type === 'interlock' && typeof value === 'string') ? state : undefined
}

export function DeviceFault({ seen: { fault } }: { readonly seen: Seen }) {
  if (!fault) return null
  return (
    <div class="failure">
      <strong>
        <Txt of={fault.message} most={200} />
      </strong>
      <span>
        <Txt of={fault.hint} most={300} />
      </span>
      <span class="note">
        <code>{fault.code}</code> <Ago at={fault.since} />
      </span>
    </div>
  )
}
