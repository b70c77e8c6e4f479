/**
 * A statechart as an SVG picture: light or dark as whoever looks at it has it. A page that it stands in may colour it by
 * `--holdfast-ink`, `--holdfast-paper`, `--holdfast-box`, `--holdfast-line` and `--holdfast-accent`.
 */
import type { StateView } from '../runtime/machine-view.js'
import { chartOf } from './chart.js'
import { type DrawnArrow, type DrawnState, drawingOf, LINE, PAD, type Point, TEXT, TITLE } from './layout.js'

const MARGIN = 12
const ROUND = 10
const BEND = 18
const STYLE = `
.holdfast-chart { --ink: #1f2328; --paper: #ffffff; --box: #f6f8fa; --line: #59636e; --accent: #0969da;
  font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; font-size: ${TEXT}px; }
@media (prefers-color-scheme: dark) {
  .holdfast-chart { --ink: #e6edf3; --paper: #0d1117; --box: #161b22; --line: #9198a1; --accent: #4493f8; } }
.holdfast-chart text { fill: var(--holdfast-ink, var(--ink)); }
.holdfast-chart .paper { fill: var(--holdfast-paper, var(--paper)); }
.holdfast-chart .state { fill: var(--holdfast-box, var(--box)); stroke: var(--holdfast-line, var(--line)); }
.holdfast-chart .around { fill: none; stroke: var(--holdfast-line, var(--line)); }
.holdfast-chart .border { fill: none; stroke: var(--holdfast-line, var(--line)); stroke-dasharray: 5 4; }
.holdfast-chart .title { font-size: ${TITLE}px; font-weight: 600; }
.holdfast-chart .arrow { fill: none; stroke: var(--holdfast-line, var(--line)); stroke-width: 1.3; }
.holdfast-chart .head, .holdfast-chart .dot { fill: var(--holdfast-line, var(--line)); }
.holdfast-chart .label { fill: var(--holdfast-accent, var(--accent)); text-anchor: middle;
  paint-order: stroke; stroke: var(--holdfast-paper, var(--paper)); stroke-width: 4px; stroke-linejoin: round; }
`.trim()

/** @example writeFileSync('visit.svg', svgOf((await runtime.machines.get('visit')).definition)) */
export function svgOf(machine: StateView): string {
  const { root, arrows } = drawingOf(chartOf(machine))
  const [width, height] = [root.width + 2 * MARGIN, root.height + 2 * MARGIN].map(Math.ceil)
  const head =
    '<svg xmlns="http://www.w3.org/2000/svg" class="holdfast-chart" role="img" ' +
    `width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}">`
  return [
    head,
    `<title>${escaped(machine.key)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="holdfast-head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" ' +
      'markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
    `<rect class="paper" x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}"/>`,
    ...stateLines(root, 0),
    ...arrows.map(arrowLine),
    ...arrows.flatMap(labelLines),
    '</svg>',
    '',
  ].join('\n')
}

function stateLines(drawn: DrawnState, depth: number): string[] {
  const { x, y, width, height, state, states, dot, region } = drawn
  if (state.type === 'history') {
    const r = width / 2
    const [cx, cy] = [x + r, y + r]
    return [`<circle class="state" ${numbers({ cx, cy, r })}/>`, text(drawn.title, { x: cx, y: cy + 4 }, 'label')]
  }
  const outline = (inset: number, name: string) =>
    `<rect class="${name}" ${numbers({ x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset, rx: ROUND - inset })}/>`
  return [
    ...(region ? [] : [outline(0, states.length > 0 && depth % 2 === 0 ? 'around' : 'state')]),
    ...(state.type === 'final' ? [outline(3, 'around')] : []),
    ...words(drawn),
    ...(dot ? [`<circle class="dot" ${numbers({ cx: dot.x, cy: dot.y, r: 6 })}/>`] : []),
    ...states.flatMap((each) => stateLines(each, depth + 1)),
    ...states.flatMap((each, i) => (each.region ? borders(drawn, each, i) : [])),
  ]
}

/** The title over a line, and under it what happens in the state. */
function words({ x, y, width, title, lines, headHeight, states, region }: DrawnState): string[] {
  const under = y + PAD + TITLE + 4
  const rule = (at: number) => `<path class="around" d="M${round(x)} ${round(at)}h${round(width)}"/>`
  return [
    text(title, { x: x + PAD, y: y + PAD + TITLE - 4 }, 'title'),
    ...(lines.length > 0 && !region ? [rule(under)] : []),
    ...lines.map((line, i) => text(line, { x: x + PAD, y: under + 2 + (i + 1) * LINE - 3 })),
    ...(states.length > 0 && !region ? [rule(y + headHeight)] : []),
  ]
}

function borders({ y, height, headHeight }: DrawnState, { x }: DrawnState, i: number): string[] {
  return i === 0
    ? []
    : [`<path class="border" d="M${round(x)} ${round(y + headHeight)}v${round(height - headHeight)}"/>`]
}

/** Straight from point to point, its corners rounded: it passes by its label, which stands at a corner. */
function arrowLine({ points }: DrawnArrow): string {
  const bends = points.slice(1, -1).map((point, i) => {
    const [before, after] = [towards(point, points[i] as Point), towards(point, points[i + 2] as Point)]
    return `L${place(before)} Q${place(point)} ${place(after)}`
  })
  const d = [`M${place(points[0] as Point)}`, ...bends, `L${place(points.at(-1) as Point)}`].join(' ')
  return `<path class="arrow" marker-end="url(#holdfast-head)" d="${d}"/>`
}

/** Where a corner begins to be round. */
function towards(corner: Point, next: Point): Point {
  const [dx, dy] = [next.x - corner.x, next.y - corner.y]
  const part = Math.min(0.5, BEND / Math.max(1, Math.hypot(dx, dy)))
  return { x: corner.x + dx * part, y: corner.y + dy * part }
}

function labelLines({ label, box }: DrawnArrow): string[] {
  if (!box) return []
  const { x, y, width } = box
  return label.map((line, i) => text(line, { x: x + width / 2, y: y + (i + 1) * (LINE - 2) - 2 }, 'label'))
}

const round = (value: number) => Math.round(value * 10) / 10
const place = ({ x, y }: Point) => `${round(x)} ${round(y)}`
const numbers = (values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${round(value)}"`)
    .join(' ')

function text(content: string, { x, y }: Point, name?: string): string {
  return `<text ${name ? `class="${name}" ` : ''}${numbers({ x, y })}>${escaped(content)}</text>`
}

/** Names are data of users: nothing of them is markup, and nothing is a character that XML does not have. */
function escaped(content: string): string {
  return content
    .replace(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '�')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
