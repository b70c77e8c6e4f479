/**
 * What the picture of a statechart is made of: elements of SVG as data. Text is written of it here, and elements are built
 * of it in a page, so both show the same. All names are data of users and stay data.
 */
import type { StateView } from '../runtime/machine-view.js'
import { chartOf } from './chart.js'
import { type DrawnArrow, type DrawnState, drawingOf, LINE, PAD, type Point, TEXT, TITLE } from './layout.js'
import type { Lights } from './lights.js'
import { widthOf } from './measure.js'

export interface Mark {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number>>
  /** Text, or what is within. */
  readonly content: string | readonly Mark[]
}

const MARGIN = 12
const ROUND = 10
const BEND = 18
const COUNT = { height: 18, pad: 7 }

/** The whole picture; `lights` is laid over it and moves nothing. */
export function marksOf(machine: StateView, lights: Lights = {}): Mark {
  const { root, arrows } = drawingOf(chartOf(machine))
  const [width, height] = [root.width + 2 * MARGIN, root.height + 2 * MARGIN].map(Math.ceil) as [number, number]
  const head = mark('path', { class: 'head', d: 'M0 0 8 4 0 8z' })
  const marker = {
    id: 'holdfast-head',
    viewBox: '0 0 8 8',
    refX: 7.5,
    refY: 4,
    markerWidth: 8,
    markerHeight: 8,
    markerUnits: 'userSpaceOnUse',
    orient: 'auto',
  }
  const frame = {
    xmlns: 'http://www.w3.org/2000/svg',
    class: 'holdfast-chart',
    role: 'img',
    width,
    height,
    viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`,
  }
  return mark('svg', frame, [
    mark('title', {}, machine.key),
    mark('defs', {}, [mark('marker', marker, [head])]),
    mark('rect', { class: 'paper', x: -MARGIN, y: -MARGIN, width, height }),
    ...stateMarks(root, 0, lights),
    ...arrows.map((arrow) => arrowMark(arrow, lights)),
    ...arrows.flatMap((arrow) => labelMarks(arrow, lights)),
    ...countMarks(root, lights),
  ])
}

function stateMarks(drawn: DrawnState, depth: number, lights: Lights): Mark[] {
  const { x, y, width, height, state, states, dot, region } = drawn
  if (state.type === 'history') {
    const r = width / 2
    const [cx, cy] = [x + r, y + r]
    return [mark('circle', numbers({ cx, cy, r }, 'state')), text(drawn.title, { x: cx, y: cy + 4 }, 'label')]
  }
  const lit = depth > 0 && lights.active?.has(state.id) ? (states.length > 0 ? ' within' : ' active') : ''
  const outline = (inset: number, name: string, more: Mark['attributes'] = {}) =>
    mark('rect', {
      ...numbers(
        { x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset, rx: ROUND - inset },
        name,
      ),
      ...more,
    })
  const heat = lights.heat?.get(state.id) ?? 0
  const shape = states.length > 0 && depth % 2 === 0 ? 'around' : 'state'
  return [
    ...(region ? [] : [outline(0, shape + lit)]),
    ...(heat > 0 ? [outline(0, 'heat', { 'fill-opacity': round(Math.min(1, heat) * 5) / 10 })] : []),
    ...(state.type === 'final' ? [outline(3, 'around')] : []),
    ...words(drawn),
    ...(dot ? [mark('circle', numbers({ cx: dot.x, cy: dot.y, r: 6 }, 'dot'))] : []),
    ...states.flatMap((each) => stateMarks(each, depth + 1, lights)),
    ...states.flatMap((each, i) => (each.region ? borders(drawn, each, i) : [])),
  ]
}

/** The title over a line, and under it what happens in the state. */
function words({ x, y, width, title, lines, headHeight, states, region }: DrawnState): Mark[] {
  const under = y + PAD + TITLE + 4
  const rule = (at: number) => mark('path', { class: 'around', d: `M${round(x)} ${round(at)}h${round(width)}` })
  return [
    text(title, { x: x + PAD, y: y + PAD + TITLE - 4 }, 'title'),
    ...(lines.length > 0 && !region ? [rule(under)] : []),
    ...lines.map((line, i) => text(line, { x: x + PAD, y: under + 2 + (i + 1) * LINE - 3 })),
    ...(states.length > 0 && !region ? [rule(y + headHeight)] : []),
  ]
}

function borders({ y, height, headHeight }: DrawnState, { x }: DrawnState, i: number): Mark[] {
  const d = `M${round(x)} ${round(y + headHeight)}v${round(height - headHeight)}`
  return i === 0 ? [] : [mark('path', { class: 'border', d })]
}

/** On the upper right corner of its state, over everything else. */
function countMarks(drawn: DrawnState, lights: Lights): Mark[] {
  const count = lights.counts?.get(drawn.state.id)
  const inside = drawn.states.flatMap((each) => countMarks(each, lights))
  if (!count) return inside
  const label = String(count)
  const { height, pad } = COUNT
  const width = Math.max(height, widthOf(label, TEXT, true) + 2 * pad)
  const [x, y] = [drawn.x + drawn.width - width + 6, drawn.y - 7]
  return [
    ...inside,
    mark('rect', numbers({ x, y, width, height, rx: height / 2 }, 'count')),
    text(label, { x: x + width / 2, y: y + 13 }, 'number'),
  ]
}

/** Straight from point to point, its corners rounded: it passes by its label, which stands at a corner. */
function arrowMark({ points, from }: DrawnArrow, lights: Lights): Mark {
  const bends = points.slice(1, -1).map((point, i) => {
    const [before, after] = [towards(point, points[i] as Point), towards(point, points[i + 2] as Point)]
    return `L${place(before)} Q${place(point)} ${place(after)}`
  })
  const d = [`M${place(points[0] as Point)}`, ...bends, `L${place(points.at(-1) as Point)}`].join(' ')
  return mark('path', { class: leadsOn(from, lights) ? 'arrow next' : 'arrow', 'marker-end': 'url(#holdfast-head)', d })
}

/** Where a corner begins to be round. */
function towards(corner: Point, next: Point): Point {
  const [dx, dy] = [next.x - corner.x, next.y - corner.y]
  const part = Math.min(0.5, BEND / Math.max(1, Math.hypot(dx, dy)))
  return { x: corner.x + dx * part, y: corner.y + dy * part }
}

function labelMarks({ label, box, from }: DrawnArrow, lights: Lights): Mark[] {
  if (!box) return []
  const { x, y, width } = box
  const name = leadsOn(from, lights) ? 'label next' : 'label'
  return label.map((line, i) => text(line, { x: x + width / 2, y: y + (i + 1) * (LINE - 2) - 2 }, name))
}

const leadsOn = (from: string | undefined, { active }: Lights) => from !== undefined && active?.has(from) === true
const round = (value: number) => Math.round(value * 10) / 10
const place = ({ x, y }: Point) => `${round(x)} ${round(y)}`

function numbers(values: Readonly<Record<string, number>>, name?: string): Mark['attributes'] {
  const rounded = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, round(value)]))
  return name === undefined ? rounded : { class: name, ...rounded }
}

function text(content: string, at: Point, name?: string): Mark {
  return mark('text', numbers({ ...at }, name), content)
}

function mark(name: string, attributes: Mark['attributes'], content: Mark['content'] = []): Mark {
  return { name, attributes, content }
}
