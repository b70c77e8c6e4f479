/** Devices and lines as text. */
import type { LineInfo } from '../devices/backend.js'
import type { DeviceNews, DeviceView } from '../runtime/devices.js'
import { facts, table } from './table.js'
import { plain, type Terminal } from './terminal.js'
import { momentOf, timeOf, whenOf } from './words.js'

/** A line of this machine, with the label of its chip. */
export type MachineLine = LineInfo & { readonly chip: string }

export function devicesText(terminal: Terminal, devices: readonly DeviceView[]): string {
  if (devices.length === 0) return 'no devices: the config has none'
  const style = linkStyle(terminal)
  return table(terminal, devices, [
    { title: 'DEVICE', of: ({ id }) => id, least: 8 },
    { title: 'TYPE', of: ({ type }) => type },
    { title: 'STATE', of: stateOf, style },
    { title: 'VALUE', of: readingOf, align: 'right' },
    { title: 'SINCE', of: ({ since, fault }) => whenOf(fault?.since ?? since) },
    { title: 'HARDWARE', of: ({ simulated }) => (simulated ? 'simulated' : ''), wide: true },
    { title: 'WHY', of: ({ fault }) => fault?.message, least: 10 },
  ])
}

/** What it is at, on one line. */
export function deviceLine(device: DeviceView): string {
  return plain([device.id, stateOf(device), readingOf(device)].filter((each) => each !== '').join(' '))
}

export function deviceText(terminal: Terminal, device: DeviceView): string {
  const { colors } = terminal
  const { id, type, since, readAt, fault, lines = [], simulated, commands, counts, news } = device
  const told = facts(terminal, [
    ['device', plain(id)],
    ['type', plain(type)],
    ['state', linkStyle(terminal)(plain(stateOf(device)), device)],
    ['value', plain(readingOf(device))],
    ['since', momentOf(since)],
    ['read', momentOf(readAt)],
    ['fault', fault && colors.red(plain(`${fault.message} (${fault.code})`))],
    ['faulty', momentOf(fault?.since)],
    ['do', fault && plain(fault.hint)],
    ['lines', lines.map(placeOf).join('\n')],
    ['hardware', simulated ? 'simulated' : undefined],
    ['takes', commands.map(plain).join(', ')],
    ['edges', counts.edges ? `${counts.edges}, ${counts.missed} missed, ${counts.floods} floods` : undefined],
    ['misreads', counts.misreads || undefined],
    ['faults', counts.faults || undefined],
  ])
  if (news.length === 0) return told
  return [told, colors.dim('news'), ...news.map((each) => `  ${newsText(terminal, each)}`)].join('\n')
}

/** What happened: when, to whom where that is not plain, what, and whatever else it says. */
export function newsText({ colors }: Terminal, { at, device, type, ...more }: DeviceNews, named = false): string {
  const said = Object.entries(more).map(([name, value]) => {
    const { message } = (value ?? {}) as { message?: unknown }
    return `${name}=${typeof message === 'string' ? message : typeof value === 'string' ? value : JSON.stringify(value)}`
  })
  return [colors.dim(timeOf(at) ?? ''), ...[...(named ? [device] : []), type, ...said].map(plain)].join('  ')
}

/** `nowhere`: the directory in which there are no chips at all. */
export function linesText(terminal: Terminal, lines: readonly MachineLine[], nowhere: string | undefined): string {
  if (nowhere !== undefined) return `no GPIO on this machine: there is no ${plain(nowhere)}/gpiochip*`
  if (lines.length === 0) return 'no line is free'
  const named = new Map<string, number>()
  for (const { name } of lines) named.set(name, (named.get(name) ?? 0) + 1)
  const { colors } = terminal
  return table(terminal, lines, [
    { title: 'LINE', of: (line) => addressOf(line, named.get(line.name) === 1), least: 12 },
    { title: 'CHIP', of: ({ chip }) => chip, least: 8 },
    { title: 'OFFSET', of: ({ offset }) => offset, align: 'right' },
    { title: 'DIRECTION', of: ({ direction }) => direction },
    {
      title: 'HELD BY',
      of: ({ used, consumer }) => (used ? consumer || 'the kernel' : ''),
      style: (text) => colors.yellow(text),
      least: 8,
    },
  ])
}

/** What `line:` takes. */
function addressOf({ chip, offset, name }: MachineLine, alone: boolean): string {
  return name !== '' && alone ? name : `{ chip: '${chip}', offset: ${offset} }`
}

function placeOf({ name, chip, offset }: NonNullable<DeviceView['lines']>[number]): string {
  const where = chip === undefined ? '' : `line ${offset} of ${chip}`
  return plain([name, where && name ? `(${where})` : where].filter(Boolean).join(' '))
}

const stateOf = ({ link, state }: DeviceView) => state ?? link

/** A level is said by the state. */
function readingOf({ value, unit }: DeviceView): string {
  if (value === null || typeof value === 'boolean') return ''
  const text = typeof value === 'number' ? String(Number(value.toFixed(3))) : value
  return unit === undefined ? text : `${text} ${unit}`
}

function linkStyle({ colors }: Terminal): (text: string, device: DeviceView) => string {
  const styles = { seeking: colors.cyan, ready: colors.green, faulty: colors.red, stopped: colors.dim }
  return (text, { link }) => styles[link](text)
}
