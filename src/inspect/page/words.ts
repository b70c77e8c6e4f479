/** Times, lengths and numbers, as people say them. */
const UNITS = [
  ['y', 365.25 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** `1 h 5 min`, `340 ms`: two units at most. */
export function lengthOf(ms: number): string {
  const length = Math.max(0, ms)
  const at = UNITS.findIndex(([, size]) => length >= size)
  if (at === -1) return `${Math.round(length)} ms`
  const [unit, size] = UNITS[at] as (typeof UNITS)[number]
  const [smaller, part] = UNITS[at + 1] ?? ['', size]
  if (unit === 's') return `${length < 10_000 ? Math.floor(length / 100) / 10 : Math.floor(length / 1_000)} s`
  const whole = Math.floor(length / size)
  const rest = Math.floor((length - whole * size) / part)
  return rest > 0 ? `${whole} ${unit} ${rest} ${smaller}` : `${whole} ${unit}`
}

/** How long ago, or until when: `3 min ago`, `in 20 s`. */
export function awayOf(iso: string, now: number): string {
  const ms = Date.parse(iso) - now
  if (Number.isNaN(ms)) return '—'
  if (Math.abs(ms) < 1_000) return 'now'
  const whole = Math.floor(Math.abs(ms) / 1_000) * 1_000
  return ms > 0 ? `in ${lengthOf(whole)}` : `${lengthOf(whole)} ago`
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

export const timeOf = (iso: string | number) => said(TIME, iso)
export const dayOf = (iso: string | number) => said(DAY, iso)
export const clockOf = (iso: string | number) => said(CLOCK, iso)

function said(format: Intl.DateTimeFormat, iso: string | number): string {
  const time = typeof iso === 'number' ? iso : Date.parse(iso)
  return Number.isNaN(time) ? '—' : format.format(time)
}

const NUMBER = new Intl.NumberFormat(undefined)
const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

export const numberOf = (value: number) => NUMBER.format(value)
export const shortOf = (value: number) => (Math.abs(value) < 10_000 ? NUMBER.format(value) : SHORT.format(value))

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'] as const

export function sizeOf(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** at
  return `${value < 10 && at > 0 ? Math.round(value * 10) / 10 : Math.round(value)} ${SIZES[at]}`
}

/** `1 task`, `2 tasks`. */
export const countOf = (count: number, word: string) => `${numberOf(count)} ${word}${count === 1 ? '' : 's'}`
