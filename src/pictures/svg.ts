/**
 * A statechart as an SVG picture: light or dark as whoever looks at it has it. A page that it stands in may colour it by
 * `--holdfast-ink`, `--holdfast-paper`, `--holdfast-box`, `--holdfast-line` and `--holdfast-accent`.
 */
import type { StateView } from '../runtime/machine-view.js'
import type { Lights } from './lights.js'
import { type Mark, marksOf } from './marks.js'
import { STYLE } from './style.js'

/** @example writeFileSync('visit.svg', svgOf((await runtime.machines.get('visit')).definition)) */
export function svgOf(machine: StateView, lights: Lights = {}): string {
  const { content, ...svg } = marksOf(machine, lights)
  const [title, ...rest] = content as readonly Mark[]
  const style = { name: 'style', attributes: {}, content: STYLE }
  return `${open(svg)}\n${[title as Mark, style, ...rest].map(textOf).join('\n')}\n</svg>\n`
}

function textOf(mark: Mark): string {
  const { name, content } = mark
  if (content.length === 0) return `${open(mark).slice(0, -1)}/>`
  // The style is ours, and `>` is part of no selector in it.
  const inside = typeof content === 'string' ? escaped(content) : content.map(textOf).join('')
  return `${open(mark)}${name === 'style' ? content : inside}</${name}>`
}

function open({ name, attributes }: Pick<Mark, 'name' | 'attributes'>): string {
  return `<${[name, ...Object.entries(attributes).map(([key, value]) => `${key}="${value}"`)].join(' ')}>`
}

/** Names are data of users: nothing of them is markup, and nothing is a character that XML does not have. */
function escaped(content: string): string {
  return content
    .replace(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '�')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
