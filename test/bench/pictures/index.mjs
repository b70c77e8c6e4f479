// The pictures of the page of benchmarks: what of its tables is seen better than read.
import { written } from '../columns.mjs'
import { bars, curves, panels } from './charts.mjs'
import { COLOURS, FLOOR, PEER, picture } from './svg.mjs'

const RATES = [
  ['bulk', 'Bulk, tasks/s'],
  ['sd-bulk-500', 'SD card, bulk, 500 at once, tasks/s'],
  ['single', 'One caller, tasks/s'],
  ['sd-single', 'SD card, one caller, tasks/s'],
  ['callers100', 'A hundred callers, tasks/s'],
  ['sd-callers100', 'SD card, a hundred callers, tasks/s'],
]
const LATENCY = [
  ['latency', 'Idle, enqueue to start, p50 (logarithmic)'],
  ['sd-latency', 'SD card, the same (logarithmic)'],
]
const WEAR = [
  ['loadBytes', 'Written a task, at load (logarithmic)'],
  ['streamBytes', 'In a stream of single ones (logarithmic)'],
  ['loneBytes', 'Alone (logarithmic)'],
]
const GROWTH = [
  ['bulkPerSecond', 'Bulk, tasks/s'],
  ['singlePerSecond', 'One caller, tasks/s'],
  ['cpuUsPerTask', 'CPU, us a task'],
  ['bytesPerTask', 'Bytes a task'],
]

/** `holdfast`, `graphile-worker 0.18`: without the server and the last digit. */
const short = (title) =>
  title
    .replaceAll('*', '')
    .replace('floor: ', '')
    .replace(/, (Redis|PostgreSQL|better-sqlite3).*/, '')
    .replaceAll(/(\d+)\.(\d+)\.\d+/g, (all, major, minor) =>
      major !== '0' ? major : minor !== '0' ? `0.${minor}` : all,
    )

const colour = (system) => (system.startsWith('ours') ? COLOURS[0] : system === 'floor' ? FLOOR : PEER)

/** A system a bar; what was not there or failed has none. */
function systemBars({ cases, systems }, name, figure, title, log) {
  const results = cases[name]?.results ?? {}
  const rows = Object.entries(results)
    .filter(([, figures]) => Number.isFinite(figures[figure]))
    .map(([system, figures]) => ({
      label: short(systems[system] ?? system),
      value: figures[figure],
      written: written(figure, figures[figure]),
      colour: colour(system),
      strong: system === 'ours',
    }))
  return rows.length > 0 ? [bars({ title, rows, log })] : []
}

/** The points of a sweep by their names, with the figures of each. */
const pointsOf = ({ cases }, name) =>
  Object.entries(cases[name]?.results ?? {})
    .filter(([, figures]) => !figures.failed)
    .map(([key, figures]) => [key.split('@')[1], figures])

const rates = (all) => RATES.flatMap(([name, title]) => systemBars(all, name, 'tasksPerSecond', title))

const latency = (all) => LATENCY.flatMap(([name, title]) => systemBars(all, name, 'p50Ms', title, true))

const wear = (all) => WEAR.flatMap(([figure, title]) => systemBars(all, 'wear', figure, title, true))

const SORTS = ['dormant', 'ended']
const shorter = (count) => count.replace(/,000,000$/, ' M').replace(/,000$/, ' k')

function growth(all) {
  const points = pointsOf(all, 'growth')
  const of = (sort) => points.filter(([point]) => point.endsWith(sort))
  if (points.length === 0) return []
  const labels = of(SORTS[0]).map(([point]) => shorter(point.split(' ')[0]))
  return GROWTH.map(([figure, title]) => {
    const series = SORTS.map((sort) => ({ name: `${sort} tasks`, values: of(sort).map(([, each]) => each[figure]) }))
    return curves({ title, labels, series, write: (value) => written(figure, value) })
  })
}

function commitWindow(all) {
  const points = pointsOf(all, 'window')
  if (points.length === 0) return []
  const labels = points.map(([point]) => point)
  const one = (title, figures) =>
    curves({
      title,
      labels,
      series: figures.map(([name, figure]) => ({ name, values: points.map(([, each]) => each[figure]) })),
      write: (value) => written(figures[0][1], value),
    })
  return [
    one('Enqueue to start', [
      ['p50', 'p50Ms'],
      ['p99', 'p99Ms'],
    ]),
    one('Written a task', [['bytes', 'deviceBytesPerTask']]),
    one('Enqueue to its answer', [['p50', 'answerP50Ms']]),
    one('Fsyncs a task', [['fsyncs', 'syncsPerTask']]),
  ]
}

function memory(all) {
  const of = (label, value, strong = false) => ({
    ...{ label, value, strong, colour: COLOURS[0] },
    written: written('restingBytes', value),
  })
  const points = pointsOf(all, 'memory')
  if (points.length === 0) return []
  const portal = all.cases.portal?.results.ours?.peakBytes
  const peaks = points.map(([point, { peakBytes }]) => of(point, peakBytes))
  return [
    bars({ title: 'At rest, RSS', rows: points.map(([point, { restingBytes }]) => of(point, restingBytes)) }),
    bars({
      title: 'At its highest since the start',
      rows: Number.isFinite(portal) ? [...peaks, of('the portal, at work', portal)] : peaks,
    }),
  ]
}

const PICTURES = [
  ['bench-rates', 'Tasks a second of each system, on this disk and on an SD card of 10 ms an fsync', rates],
  ['bench-latency', 'From an enqueue to the start of its processor', latency],
  ['bench-wear', 'Bytes that a disk of its own has written, a task', wear],
  ['bench-window', 'What a commit window costs and saves: 200 tasks a second on the SD card', commitWindow],
  ['bench-growth', 'The cost of a task beside those that are stored already', growth],
  ['bench-memory', 'Memory of a daemon', memory],
]

/** Every picture there are figures for: `{ name, title, svg }`. */
export function picturesOf(all) {
  return PICTURES.flatMap(([name, title, draw]) => {
    const drawn = draw(all)
    if (drawn.length === 0) return []
    const { inner, ...size } = panels(drawn)
    return [{ name, title, svg: picture({ ...size, title }, inner) }]
  })
}
