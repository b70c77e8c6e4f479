/**
 * Where everything of a statechart goes. Each state with states in it is laid out by itself, the innermost first, and is
 * one box to the state around it; an arrow is laid out where the paths of its two states part, and reaches in from there.
 */
import { Graph, layout } from '@dagrejs/dagre'
import { type Arrow, around, type ChartState } from './chart.js'
import { cut, widthOf, wrapped } from './measure.js'

export interface Point {
  readonly x: number
  readonly y: number
}
/** By its upper left corner. */
export interface Box extends Point {
  readonly width: number
  readonly height: number
}

export interface DrawnState extends Box {
  readonly state: ChartState
  readonly title: string
  readonly lines: readonly string[]
  /** Above what is in it. */
  readonly headHeight: number
  readonly states: readonly DrawnState[]
  /** The dot from which an arrow leads to where it begins. */
  readonly dot: Point | undefined
  /** A region of a parallel state: no border of its own, but to the next. */
  readonly region: boolean
}

export interface DrawnArrow {
  readonly points: readonly Point[]
  readonly label: readonly string[]
  /** Around the label. */
  readonly box: Box | undefined
  /** The id of the state that it leaves; none from the dot. */
  readonly from: string | undefined
}

export interface Drawing {
  readonly root: DrawnState
  readonly arrows: readonly DrawnArrow[]
}

export const TITLE = 14
export const TEXT = 12
export const LINE = 17
export const PAD = 12
const DOT = 12
const MOST_LINE = 260
const MOST_LABEL = 170
const GAP = { nodesep: 36, ranksep: 44, edgesep: 18 }

/** Measures and places a whole machine; its corner is at 0, 0. */
export function drawingOf(root: ChartState): Drawing {
  const arrows: DrawnArrow[] = []
  const all = arrowsBelow(root)
  const placed = new Placing(all, arrows).state(root, false)
  return { root: placed, arrows }
}

/** What was laid out in the coordinates of the box around it. */
interface Laid {
  readonly width: number
  readonly height: number
  readonly states: readonly DrawnState[]
  readonly dot: Point | undefined
  readonly arrows: readonly DrawnArrow[]
}

class Placing {
  readonly #all: readonly Arrow[]
  readonly #arrows: DrawnArrow[]

  constructor(all: readonly Arrow[], arrows: DrawnArrow[]) {
    this.#all = all
    this.#arrows = arrows
  }

  state(root: ChartState, region: boolean): DrawnState {
    const { drawn, arrows } = this.#measure(root, region)
    this.#arrows.push(...arrows)
    return drawn
  }

  #measure(state: ChartState, region: boolean): { drawn: DrawnState; arrows: readonly DrawnArrow[] } {
    if (state.type === 'history') return { drawn: small(state, 24, state.history === 'deep' ? 'H*' : 'H'), arrows: [] }
    const title = cut(state.key)
    const lines = state.lines.flatMap((line) => wrapped(line, MOST_LINE, TEXT))
    const headHeight = PAD + TITLE + 4 + (lines.length > 0 ? 6 + lines.length * LINE : 0) + 8
    const widest = Math.max(widthOf(title, TITLE, true), ...lines.map((line) => widthOf(line, TEXT)))
    const least = Math.ceil(Math.max(64, widest + 2 * PAD))
    if (state.states.length === 0) {
      const box = { x: 0, y: 0, width: least, height: headHeight }
      return { drawn: { ...box, state, title, lines, headHeight, states: [], dot: undefined, region }, arrows: [] }
    }
    const inner = state.type === 'parallel' ? this.#regions(state) : this.#graph(state)
    const width = Math.max(least, inner.width)
    const move = { x: state.type === 'parallel' ? 0 : (width - inner.width) / 2, y: headHeight }
    const states = inner.states.map((each) => moved(each, move))
    const dot = inner.dot && shifted(inner.dot, move)
    const drawn = {
      x: 0, y: 0, width, height: headHeight + inner.height, state, title, lines, headHeight, states, dot, region,
    } // biome-ignore format: one line reads better
    return {
      drawn: state.type === 'parallel' ? stretched(drawn) : drawn,
      arrows: inner.arrows.map((each) => slid(each, move)),
    }
  }

  /** Side by side. */
  #regions(state: ChartState): Laid {
    let x = 0
    let height = 0
    const states: DrawnState[] = []
    const arrows: DrawnArrow[] = []
    for (const region of state.states) {
      const { drawn, arrows: inner } = this.#measure(region, true)
      states.push(moved(drawn, { x, y: 0 }))
      arrows.push(...inner.map((each) => slid(each, { x, y: 0 })))
      x += drawn.width
      height = Math.max(height, drawn.height)
    }
    return { width: x, height, states, dot: undefined, arrows }
  }

  #graph(state: ChartState): Laid {
    const graph = new Graph({ multigraph: true })
    graph.setGraph({ rankdir: 'TB', marginx: PAD * 1.5, marginy: PAD, ...GAP })
    const parts = state.states.map((child) => this.#measure(child, false))
    for (const [i, { drawn }] of parts.entries()) graph.setNode(String(i), { width: drawn.width, height: drawn.height })
    const begins = state.states.findIndex(
      (child) => child === state.initial || (state.initial && around(child, state.initial)),
    )
    if (begins >= 0) {
      graph.setNode('dot', { width: DOT, height: DOT })
      graph.setEdge('dot', String(begins), { width: 0, height: 0, weight: 4 }, 'dot')
    }
    const here = this.#all.flatMap((arrow, n) => {
      const [from, to] = [arrow.from, arrow.to].map((end) =>
        state.states.findIndex((child) => child === end || around(child, end)),
      )
      if (from === undefined || to === undefined || from < 0 || to < 0 || from === to) return []
      const label = labelLines(arrow)
      const width = Math.max(0, ...label.map((line) => widthOf(line, TEXT))) + 8
      const height = label.length * (LINE - 2) + 4
      graph.setEdge(String(from), String(to), { width, height, labelpos: 'c' }, String(n))
      return [{ arrow, n, from, to, label, width, height }]
    })
    layout(graph)
    const states = parts.map(({ drawn }, i) => moved(drawn, cornerOf(graph.node(String(i)))))
    const arrows = parts.flatMap(({ arrows }, i) => arrows.map((each) => slid(each, cornerOf(graph.node(String(i))))))
    for (const { arrow, n, from, to, label, width, height } of here) {
      const { points, x, y } = graph.edge({ v: String(from), w: String(to), name: String(n) }) as EdgePlace
      const ends = [find(states[from] as DrawnState, arrow.from), find(states[to] as DrawnState, arrow.to)] as const
      arrows.push({
        points: reaching(points, ...ends),
        label,
        box: { x: x - width / 2, y: y - height / 2, width, height },
        from: arrow.from.id,
      })
    }
    const dot = begins >= 0 ? graph.node('dot') : undefined
    if (dot && state.initial) {
      const { points } = graph.edge({ v: 'dot', w: String(begins), name: 'dot' }) as EdgePlace
      const target = find(states[begins] as DrawnState, state.initial)
      arrows.push({ points: reaching(points, undefined, target), label: [], box: undefined, from: undefined })
    }
    const { width, height } = graph.graph() as { width: number; height: number }
    return { width, height, states, dot: dot && { x: dot.x as number, y: dot.y as number }, arrows }
  }
}

interface EdgePlace {
  readonly points: readonly Point[]
  readonly x: number
  readonly y: number
}

function arrowsBelow(state: ChartState): Arrow[] {
  return [...state.arrows, ...state.states.flatMap(arrowsBelow)]
}

function labelLines({ events, guard, actions }: Arrow): string[] {
  const parts = [events.join(', '), guard, actions.length > 0 ? `/ ${actions.join(', ')}` : ''].filter(Boolean)
  const whole = parts.join(' ')
  if (widthOf(whole, TEXT) <= MOST_LABEL) return [whole]
  return parts.flatMap((part) => wrapped(part, MOST_LABEL, TEXT))
}

function small(state: ChartState, size: number, title: string): DrawnState {
  const box = { x: 0, y: 0, width: size, height: size }
  return { ...box, state, title, lines: [], headHeight: size, states: [], dot: undefined, region: false }
}

/** The regions of a parallel state fill it: the lines between them go from top to bottom. */
function stretched(drawn: DrawnState): DrawnState {
  const { states, width, height, headHeight } = drawn
  const spare = (width - states.reduce((sum, each) => sum + each.width, 0)) / states.length
  if (spare > 0) return drawn
  return { ...drawn, states: states.map((each) => ({ ...each, height: height - headHeight })) }
}

function cornerOf(node: { x?: number; y?: number; width?: number; height?: number }): Point {
  const { x = 0, y = 0, width = 0, height = 0 } = node
  return { x: x - width / 2, y: y - height / 2 }
}

const shifted = <Place extends Point>(place: Place, { x, y }: Point): Place => ({
  ...place,
  x: place.x + x,
  y: place.y + y,
})

function moved(drawn: DrawnState, by: Point): DrawnState {
  const { states, dot } = drawn
  return { ...shifted(drawn, by), states: states.map((each) => moved(each, by)), dot: dot && shifted(dot, by) }
}

function slid({ points, box, ...rest }: DrawnArrow, by: Point): DrawnArrow {
  return { ...rest, points: points.map((point) => shifted(point, by)), box: box && shifted(box, by) }
}

function find(drawn: DrawnState, state: ChartState): DrawnState {
  for (let at = drawn; ; ) {
    if (at.state === state) return at
    const next = at.states.find((each) => each.state === state || around(each.state, state))
    if (!next) return at
    at = next
  }
}

const centreOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 })

/** From border to border: the ends are where the line to the neighbour leaves the box. */
function reaching(points: readonly Point[], from: Box | undefined, to: Box | undefined): readonly Point[] {
  const inner = points.slice(1, -1)
  const first = from ? border(from, inner[0] ?? (points.at(-1) as Point)) : (points[0] as Point)
  const last = to ? border(to, inner.at(-1) ?? (points[0] as Point)) : (points.at(-1) as Point)
  return [first, ...inner, last]
}

/** Where the line from the centre of a box to a point leaves the box. */
function border(box: Box, towards: Point): Point {
  const centre = centreOf(box)
  const [dx, dy] = [towards.x - centre.x, towards.y - centre.y]
  if (dx === 0 && dy === 0) return centre
  const scale = Math.min(box.width / 2 / Math.abs(dx || 1e-9), box.height / 2 / Math.abs(dy || 1e-9))
  return { x: centre.x + dx * scale, y: centre.y + dy * scale }
}
