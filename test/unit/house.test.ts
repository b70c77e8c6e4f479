import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** The floors of docs/ARCHITECTURE.md, the lowest first; a file at the top of src is a floor of its own. */
const FLOORS = [
  'machines',
  'src/model',
  'src/store',
  'src/kernel',
  'src/runtime',
  'src/devices',
  'src/pictures',
  'src/standard',
  'src/configs',
  'src/inspect',
  'src/api',
  'src/daemon',
  'src/client',
  'src/cli',
  'src/testing',
  'src/index.ts',
]
/** The command line and the testing kit wire like src/index.ts does: all stand on the top floor. */
const TOP = FLOORS.indexOf('src/cli')

const sources = ['machines', 'src'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => join(root, path)),
)

function floorOf(path: string): number {
  const floor = FLOORS.findIndex((room) => path === room || path.startsWith(`${room}/`))
  return Math.min(floor, TOP)
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]/g)].map(([, from]) => from as string)
}

test('every source file stands on a floor', () => {
  expect(sources.filter((path) => floorOf(path) < 0)).toEqual([])
})

test('imports go down the floors and never up', () => {
  const climbing = sources.flatMap((path) =>
    importsOf(path)
      .filter((from) => from.startsWith('.'))
      .map((from) => normalize(join(dirname(path), from)).replace(/\.js$/, '.ts'))
      .filter((to) => floorOf(to) > floorOf(path))
      .map((to) => `${path} -> ${to}`),
  )
  expect(climbing).toEqual([])
})

test('the API and the inspector know nothing of each other', () => {
  const knowing = ['api', 'inspect'].flatMap((room) =>
    sources
      .filter((path) => path.startsWith(`src/${room}/`))
      .flatMap((path) => importsOf(path).map((from) => normalize(join(dirname(path), from))))
      .filter((to) => /^src\/(api|inspect)\//.test(to) && !to.startsWith(`src/${room}/`)),
  )
  expect(knowing).toEqual([])
})

test('the testing kit is loaded by tests alone', () => {
  const loading = sources
    .filter((path) => !path.startsWith('src/testing/'))
    .filter((path) => importsOf(path).some((from) => from === 'memory-level' || /(^|\/)testing\//.test(from)))
  expect(loading).toEqual([])
})

test('the statecharts import xstate and each other, nothing else', () => {
  const foreign = sources
    .filter((path) => path.startsWith('machines/'))
    .flatMap((path) => importsOf(path).filter((from) => from !== 'xstate' && !/^\.\/[a-z]+\.js$/.test(from)))
  expect(foreign).toEqual([])
})

test('who loads the client loads words and a clock, and nothing of the engine', () => {
  const loaded = new Set(['src/client/index.ts'])
  const packages = new Set<string>()
  for (const path of loaded) {
    const text = readFileSync(path, 'utf8')
    for (const [, from = ''] of text.matchAll(/^(?:import|export)\s(?!type\s)[^'"]*?from\s*['"]([^'"]+)['"]/gm)) {
      if (from.startsWith('.')) loaded.add(normalize(join(dirname(path), from)).replace(/\.js$/, '.ts'))
      else if (!from.startsWith('node:')) packages.add(from)
    }
  }
  const words = /^src\/(client|model)\/|^src\/kernel\/(clock|system-clock)\.ts$|^src\/runtime\/checks\.ts$/
  expect([...loaded].filter((path) => !words.test(path))).toEqual([])
  expect([...packages].sort()).toEqual(['eventsource-parser', 'leven', 'ms', 'nanoid'])
})

test('the page is for browsers: of the daemon it loads pictures, words and arithmetic, and nobody loads it', () => {
  const page = 'src/inspect/page/'
  const loadedBy = (path: string) =>
    [...readFileSync(path, 'utf8').matchAll(/^(?:import|export)\s(?!type\s)[^'"]*?from\s*['"]([^'"]+)['"]/gm)]
      .map(([, from = '']) => from)
      .filter((from) => from.startsWith('.'))
      .map((from) => normalize(join(dirname(path), from)))
  const [inside, outside] = [true, false].map((within) => sources.filter((path) => path.startsWith(page) === within))
  const foreign = (inside ?? [])
    .flatMap(loadedBy)
    .filter((to) => !to.startsWith(page) && !/^src\/(pictures|model)\//.test(to))
  expect(foreign).toEqual([])
  expect((outside ?? []).flatMap(loadedBy).filter((to) => to.startsWith(page))).toEqual([])
})

test('the time is read and timers are set by the clock alone', () => {
  const owned = ['src/kernel/system-clock.ts', 'src/inspect/page/clock.ts']
  const clocks = sources.filter((path) => !path.startsWith('src/cli/') && !owned.includes(path))
  const reading = clocks.filter((path) =>
    /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|performance\.now\(/.test(
      readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, ''),
    ),
  )
  expect(reading).toEqual([])
})

test('no file is longer than 350 lines', () => {
  const long = sources.filter((path) => readFileSync(path, 'utf8').split('\n').length > 350)
  expect(long).toEqual([])
})
