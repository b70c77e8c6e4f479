/** A picture has everything of its machine, each thing in its place, and nothing of a name is markup. */
import { describe, expect, test } from 'vitest'
import { type AnyStateMachine, createMachine } from 'xstate'
import * as machines from '../../../machines/index.js'
import { type ChartState, chartOf } from '../../../src/pictures/chart.js'
import { type Box, type DrawnState, drawingOf, type Point } from '../../../src/pictures/layout.js'
import { svgOf } from '../../../src/pictures/svg.js'
import { definitionOf } from '../../../src/runtime/machine-view.js'
import fc from '../../support/fast-check.js'

const own = Object.values(machines).filter((each) => typeof each === 'object' && 'root' in each) as AnyStateMachine[]
const all = (state: DrawnState): DrawnState[] => [state, ...state.states.flatMap(all)]
const states = (state: ChartState): ChartState[] => [state, ...state.states.flatMap(states)]

const SLACK = 0.01
const within = (inner: Box, outer: Box) =>
  inner.x >= outer.x - SLACK &&
  inner.y >= outer.y - SLACK &&
  inner.x + inner.width <= outer.x + outer.width + SLACK &&
  inner.y + inner.height <= outer.y + outer.height + SLACK
const apart = (a: Box, b: Box) =>
  a.x + a.width <= b.x + SLACK ||
  b.x + b.width <= a.x + SLACK ||
  a.y + a.height <= b.y + SLACK ||
  b.y + b.height <= a.y + SLACK
const onBorder = ({ x, y }: Point, box: Box) =>
  within({ x, y, width: 0, height: 0 }, box) &&
  [x - box.x, box.x + box.width - x, y - box.y, box.y + box.height - y].some((distance) => distance < 0.5)

function inPlace(machine: AnyStateMachine): void {
  const chart = chartOf(definitionOf(machine))
  const { root, arrows } = drawingOf(chart)
  const drawn = all(root)
  expect(drawn.map(({ state }) => state.id).sort()).toEqual(
    states(chart)
      .map(({ id }) => id)
      .sort(),
  )
  for (const each of drawn) {
    for (const child of each.states) expect(within(child, each), `${child.state.id} in ${each.state.id}`).toBe(true)
    for (const [i, a] of each.states.entries())
      for (const b of each.states.slice(i + 1)) expect(apart(a, b), `${a.state.id} and ${b.state.id}`).toBe(true)
  }
  for (const { points } of arrows) {
    expect(points.length).toBeGreaterThan(1)
    for (const { x, y } of points) expect(Number.isFinite(x + y)).toBe(true)
    expect(drawn.some((box) => onBorder(points.at(-1) as Point, box))).toBe(true)
  }
  const wanted = states(chart).flatMap((state) => [...state.arrows, ...(state.initial ? [state] : [])])
  expect(arrows).toHaveLength(wanted.length)
}

test.each(own.map((machine) => [machine.id, machine] as const))(
  '%s: every state and arrow has its place',
  (_, machine) => {
    inPlace(machine)
  },
)

/** States in states to a depth, with arrows from anywhere to anywhere. */
const charts = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 14 }),
    fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }),
  )
  .map(([shape, arrows]) => {
    interface Config {
      id: string
      type?: string
      initial?: string
      states: Record<string, Config>
      on: Record<string, unknown>
    }
    const nodes: Config[] = [{ id: 's', states: {}, on: {} }]
    for (const [i, n] of shape.entries()) {
      const parent = nodes[n % nodes.length] as Config
      const node: Config = { id: `n${i}`, states: {}, on: {} }
      parent.states[`k${i}`] = node
      if (n % 3 === 0 && parent.initial === undefined) parent.type = 'parallel'
      else if (parent.type !== 'parallel') parent.initial ??= `k${i}`
      nodes.push(node)
    }
    for (const [i, [from, to]] of arrows.entries()) {
      const target = nodes[1 + (to % (nodes.length - 1))] as Config
      ;(nodes[from % nodes.length] as Config).on[`E${i}`] = `#${target.id}`
    }
    return nodes[0]
  })

test('whatever the nesting and the arrows, nothing overlaps and nothing is lost', () => {
  fc.assert(
    fc.property(charts, (config) => inPlace(createMachine(config as never) as unknown as AnyStateMachine)),
    { numRuns: 60 },
  )
})

describe('a picture', () => {
  test('is the same each time', () => {
    for (const machine of own) expect(svgOf(definitionOf(machine))).toBe(svgOf(definitionOf(machine)))
  })

  test('shows names as they are, and takes none of them for markup', () => {
    const name = `<script>alert("1")</script>&amp;'`
    const machine = createMachine({
      id: name,
      initial: 'a<b',
      states: {
        'a<b': { on: { [`</text>${name}`]: { target: 'z', actions: name } }, entry: `\u0000\ud800${name}` },
        z: {},
      },
    })
    const svg = svgOf(definitionOf(machine as unknown as AnyStateMachine))
    expect(svg).not.toContain('<script')
    expect(svg.match(/<\/text>/g)?.length).toBe(svg.match(/<text /g)?.length)
    expect(svg).not.toMatch(/\p{Cs}/u)
    expect(svg.includes('\u0000')).toBe(false)
    expect(svg).toContain('a&#60;b')
    expect(svg).toContain('&#38;amp;&#39;')
  })

  test('has the marks of what is parallel, final, history, and initial', () => {
    const machine = createMachine({
      type: 'parallel',
      states: {
        left: {
          initial: 'a',
          states: { a: { on: { GO: 'end' } }, end: { type: 'final' }, back: { type: 'history', history: 'deep' } },
        },
        right: { initial: 'b', states: { b: {} } },
      },
    })
    const svg = svgOf(definitionOf(machine as unknown as AnyStateMachine))
    expect(svg.match(/class="border"/g)).toHaveLength(1)
    expect(svg.match(/class="dot"/g)).toHaveLength(2)
    expect(svg).toContain('>H*</text>')
    expect(svg).toContain('prefers-color-scheme: dark')
  })

  test('of a name beyond all measure is not beyond all measure', () => {
    const machine = createMachine({
      initial: 'x'.repeat(5_000),
      states: { ['x'.repeat(5_000)]: { on: { ['y'.repeat(5_000)]: { actions: 'z'.repeat(5_000) } } } },
    })
    const [, width] = /width="(\d+)"/.exec(svgOf(definitionOf(machine as unknown as AnyStateMachine))) ?? []
    expect(Number(width)).toBeLessThan(1_500)
  })
})
