/** How times, lengths and states are said to people. */
import ms from 'ms'
import type { Terminal } from './terminal.js'

const DAY_MS = 24 * 60 * 60 * 1000

/** How long ago, or in how long: `3m ago`, `in 2h`. */
export function whenOf(at: string | undefined, now = Date.now()): string | undefined {
  if (at === undefined) return undefined
  const away = Date.parse(at) - now
  return away > 0 ? `in ${lengthOf(away)}` : `${lengthOf(-away)} ago`
}

export function lengthOf(length: number): string {
  return length < 1000 ? `${Math.round(length)}ms` : ms(length)
}

/** The time of day in this machine's zone, with the date when it is not of today. */
export function timeOf(at: string | undefined, now = Date.now()): string | undefined {
  if (at === undefined) return undefined
  const date = new Date(at)
  const pad = (value: number) => String(value).padStart(2, '0')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')
  if (Math.abs(date.getTime() - now) < DAY_MS && date.getDate() === new Date(now).getDate()) return time
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`
}

/** A point in time, and how far it is away. */
export function momentOf(at: string | undefined): string | undefined {
  return at && `${timeOf(at)} (${whenOf(at)})`
}

export function bytesOf(bytes: number): string {
  const step = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : bytes < 1024 ** 3 ? 2 : 3
  const value = bytes / 1024 ** step
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${['B', 'KB', 'MB', 'GB'][step]}`
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** A state in its colour, the same one everywhere. */
export function stateStyle({ colors }: Terminal): (text: string, state: string) => string {
  const styles: Readonly<Record<string, (text: string) => string>> = {
    SPOOLED: colors.blue,
    QUEUED: colors.cyan,
    RUNNING: colors.yellow,
    FINISHED: colors.green,
    FAILED: colors.red,
    TERMINATED: colors.magenta,
  }
  return (text, state) => (styles[state] ?? String)(text)
}
