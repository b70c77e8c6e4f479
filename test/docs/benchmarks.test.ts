/** The page of benchmarks and its pictures are what was measured, and a picture has its figures in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

interface Results {
  readonly systems: Readonly<Record<string, string>>
  readonly cases: Readonly<Record<string, { results: Record<string, Record<string, number | string>> }>>
}
interface Frame {
  readonly name: string
  readonly room: string
  readonly totalMs: number
  readonly selfMs: number
  readonly children: readonly Frame[]
}

/** The benchmark runs without types. */
const bench = (name: string) => import(new URL(`../bench/${name}.mjs`, import.meta.url).href)
const { picturesOf } = (await bench('pictures/index')) as {
  picturesOf(all: Results): { name: string; title: string; svg: string }[]
}
const { page } = (await bench('report')) as { page(all: Results): string }
const { stored } = (await bench('results')) as { stored(): Results }
const { flame } = (await bench('profile/flame')) as { flame(tree: Frame, title: string): string }
const { selfBy, treeOf } = (await bench('profile/tree')) as {
  selfBy(tree: Frame, nameOf: (frame: Frame) => string): [string, number][]
  treeOf(profile: object): Frame
}

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))
const IMAGES = `${DOCS}images/`

/** The elements of a picture by their names, or an error where it is no XML. */
function elementsOf(svg: string): { name: string; attributes: Map<string, string> }[] {
  const open: string[] = []
  const found = []
  let at = 0
  for (const tag of svg.matchAll(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/g)) {
    const before = svg.slice(at, tag.index)
    if (/[<>]|&(?!(amp|lt|gt|quot);)/.test(before)) throw new Error(`no text: ${before.slice(0, 80)}`)
    at = tag.index + tag[0].length
    const [, closes, name = '', list = '', empty] = tag
    if (closes && open.pop() !== name) throw new Error(`</${name}> closes nothing`)
    if (closes) continue
    if (!empty) open.push(name)
    const all = [...list.matchAll(/ ([\w:-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const)
    if (new Set(all.map(([key]) => key)).size < all.length) throw new Error(`${name}: an attribute twice`)
    found.push({ name, attributes: new Map(all) })
  }
  if (open.length > 0 || svg.slice(at).trim() !== '') throw new Error(`open at the end: ${open.join()}`)
  return found
}

const numbers = (svg: string, name: string, attribute: string) =>
  elementsOf(svg)
    .filter((each) => each.name === name)
    .map(({ attributes }) => Number(attributes.get(attribute)))

describe('what was measured', () => {
  const all = stored()

  test('the page is what the figures say', () => {
    expect(readFileSync(`${DOCS}reference/benchmarks.md`, 'utf8'), 'npm run bench -- --plot').toBe(page(all))
  })

  test('so is each picture, no other is there, and the page shows them all', () => {
    const drawn = picturesOf(all)
    const there = readdirSync(IMAGES).filter((name) => name.startsWith('bench-'))
    expect(there.sort()).toEqual(drawn.map(({ name }) => `${name}.svg`).sort())
    for (const { name, svg } of drawn) {
      expect(readFileSync(`${IMAGES}${name}.svg`, 'utf8'), 'npm run bench -- --plot').toBe(svg)
      expect(page(all)).toContain(`](../images/${name}.svg)`)
    }
  })

  test('a flame graph is linked by the page of its profile, and is XML', () => {
    const flames = readdirSync(IMAGES).filter((name) => name.startsWith('flame-'))
    const text = readFileSync(`${DOCS}reference/where-the-time-goes.md`, 'utf8')
    expect(flames.length).toBeGreaterThan(0)
    for (const name of flames) {
      expect(text).toContain(`](../images/${name})`)
      expect(elementsOf(readFileSync(`${IMAGES}${name}`, 'utf8')).length).toBeGreaterThan(50)
    }
  })
})

describe('a picture', () => {
  const results = { ours: { tasksPerSecond: 12_345 }, peer: { tasksPerSecond: 4_115 }, gone: { failed: 'it ended' } }
  const systems = { ours: '**holdfast**', peer: 'A <peer> & "co" 0.18.2, PostgreSQL 15.1', gone: 'gone 1.0.0' }
  const [rates] = picturesOf({ systems, cases: { bulk: { results } } })

  test('has the figures in it, and the names, whatever is in them', () => {
    elementsOf(rates!.svg)
    expect(rates!.svg).toContain('>12,345</text>')
    expect(rates!.svg).toContain('>4,115</text>')
    expect(rates!.svg).toContain('>A &lt;peer&gt; &amp; &quot;co&quot; 0.18</text>')
  })

  test('has bars as long as their figures, and none of what failed', () => {
    const [ours = 0, peer = 0, ...others] = numbers(rates!.svg, 'rect', 'width')
    expect(ours / peer).toBeCloseTo(3, 1)
    expect(others).toEqual([])
    expect(rates!.svg).not.toContain('gone')
  })

  test('of equal costs is a flat line', () => {
    const each = { bulkPerSecond: 9_000, singlePerSecond: 900, cpuUsPerTask: 80, bytesPerTask: 600 }
    const points = ['1,000 dormant', '5,000,000 dormant', '1,000 ended', '5,000,000 ended']
    const growth = { results: Object.fromEntries(points.map((point) => [`ours@${point}`, each])) }
    const [picture] = picturesOf({ systems, cases: { growth } })
    const heights = elementsOf(picture!.svg)
      .filter(({ name }) => name === 'polyline')
      .map(({ attributes }) =>
        attributes
          .get('points')!
          .split(' ')
          .map((point) => point.split(',')[1]),
      )
    expect(heights).toHaveLength(8)
    for (const line of heights) expect(new Set(line).size).toBe(1)
    expect(picture!.svg).toContain('<title>9,000</title>')
    expect(picture!.svg).toContain('>5 M</text>')
  })

  test('is not drawn of what nobody measured', () => {
    expect(picturesOf({ systems, cases: {} })).toEqual([])
  })
})

describe('a profile', () => {
  const node = (id: number, functionName: string, url: string, ...children: number[]) => ({
    ...{ id, children },
    callFrame: { functionName, url, lineNumber: 9 },
  })
  const tree = treeOf({
    nodes: [
      node(1, '(root)', '', 2, 3, 6, 7),
      node(2, '(idle)', ''),
      node(3, 'turn', 'file:///home/pi/holdfast/dist/src/kernel/turn.js', 4, 5),
      node(4, 'macrostep', 'file:///home/pi/holdfast/node_modules/xstate/dist/xstate.esm.js'),
      node(5, 'macrostep', 'file:///home/pi/holdfast/node_modules/xstate/dist/xstate.esm.js'),
      node(6, '(garbage collector)', ''),
      node(7, 'write', 'file:///home/pi/holdfast/node_modules/classic-level/index.js'),
    ],
    samples: [3, 4, 5, 2, 6, 7],
    timeDeltas: [10_000, 20_000, 30_000, 500_000, 5_000, 35_000],
  })

  test('says how long each room took in itself, and leaves out what waited', () => {
    expect(tree.totalMs).toBe(100)
    expect(selfBy(tree, ({ room }) => room)).toEqual([
      ['xstate', 50],
      ['classic-level, abstract-level', 35],
      ['kernel', 10],
      ['garbage collection', 5],
    ])
  })

  test('is a flame graph: one frame for one function, as wide as its time', () => {
    const svg = flame(tree, 'where it goes')
    expect(elementsOf(svg).filter(({ attributes }) => attributes.get('class') === 'frame')).toHaveLength(5)
    expect(svg).toContain('xstate: 50 ms, 50.0 %')
    expect(numbers(svg, 'rect', 'width')).toContain(599.5)
    expect(svg).not.toContain('(idle)')
  })
})
