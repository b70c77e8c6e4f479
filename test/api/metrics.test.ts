/** Metrics: what is promised is served, what happens is counted, and the dashboard asks for nothing else. */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { METRICS } from '../../src/api/metrics.js'
import { type Board, board, byHand } from './board.js'
import { reader } from './reader.js'

/** Labels that the scrape adds. */
const OF_SCRAPE = ['instance', 'job']
const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)$/

/** What was served: the labels of each name, and the values by name with labels. */
function parsed(text: string) {
  const types = new Map<string, string>()
  const labels = new Map<string, Set<string>>()
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? []
    if (typed && type) types.set(typed, type)
    const [, name, given = '', value] = SAMPLE.exec(line) ?? []
    if (!name) continue
    const own = labels.get(name) ?? new Set()
    for (const [, label] of given.matchAll(/(\w+)="/g)) own.add(label as string)
    labels.set(name, own)
    values.set(given === '' ? name : `${name}{${given}}`, Number(value))
  }
  return { types, labels, values }
}

let b: Board
let served: ReturnType<typeof parsed>
beforeAll(async () => {
  b = await board({}, { end: byHand, env: { BOARD_DEVICES: 'yes' } })
  const { next, status, close } = await reader(b.socket, '/v1/events', {}, { end: byHand })
  expect(status).toBe(200)
  await writeFile(`${b.directory}/store.flag`, '')
  await b.done('add', { a: 1, b: 2 }, { in: '20ms' })
  await b.done('fail')
  await b.done('echo', 1, { route: 'gated' })
  await b.post('/v1/tasks', { kind: 'far' })
  await b.call('PUT', '/v1/schedules/soon', { body: { every: '100ms', count: 1, task: { kind: 'echo' } } })
  await next(({ event, data }) => event === 'task' && data.id.startsWith('soon@') && data.to === 'FINISHED')
  close()
  await b.post('/v1/devices/door/commands', { type: 'simulate', to: 'closed', bounces: 1 })
  await b.post('/v1/devices/room/commands', { type: 'read' })
  await b.post('/v1/devices/room/commands', { type: 'simulate', fault: 'it' })
  await b.post('/v1/devices/room/commands', { type: 'read' })
  served = parsed((await b.get('/metrics')).text)
})
afterAll(() => b.end())

test('each metric of the table is served as what it is, with its labels, and none beside them', () => {
  const promised = Object.entries(METRICS).map(([name, [type]]) => [`holdfast_${name}`, type])
  expect([...served.types].sort()).toEqual(promised.sort())
  for (const [name, [type, , labels]] of Object.entries(METRICS)) {
    const at = type === 'histogram' ? `holdfast_${name}_sum` : `holdfast_${name}`
    expect([...(served.labels.get(at) ?? [])].sort(), name).toEqual([...labels].sort())
  }
})

test('they count what happened', () => {
  const value = (name: string) => served.values.get(`holdfast_${name}`)
  expect(value('task_late_seconds_count')).toBe(1)
  expect(value('schedule_ticks_total{outcome="made"}')).toBe(1)
  expect(value('schedules')).toBe(2)
  expect(value('gate_changes_total{gate="flag"}')).toBe(1)
  expect(value('gate_open{gate="flag"}')).toBe(1)
  expect(value('queue_depth{route="default"}')).toBe(1)
  expect(value('queue_oldest_seconds{route="default"}')).toBeGreaterThan(0)
  expect(value('queue_oldest_seconds{route="narrow"}')).toBe(0)
  expect(value('route_concurrency{route="default"}')).toBe(10)
  expect(value('device_ready{device="siren",type="relay"}')).toBe(1)
  expect(value('device_ready{device="spare",type="relay"}')).toBe(0)
  expect(value('device_state{device="spare",state="faulty"}')).toBe(1)
  expect(value('device_state{device="siren",state="off"}')).toBe(1)
  expect(value('device_state{device="room",state="stale"}')).toBe(1)
  expect(value('device_value{device="lamp",unit=""}')).toBe(0)
  // What failed to be read is no value.
  expect([...served.values.keys()].filter((name) => name.includes('value{device="room"'))).toEqual([])
  expect(value('device_edges_total{device="door"}')).toBe(3)
  expect(value('device_misreads_total{device="room"}')).toBe(1)
  expect(value('device_faults_total{device="room"}')).toBe(1)
  expect(value('wear_budget_per_day{of="bytes"}')).toBe(50_000_000)
  expect(value('wear_bytes_today{source="store"}')).toBeGreaterThan(0)
  expect(value('wear_fsyncs_today')).toBeGreaterThan(0)
})

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[]
}

describe('the dashboard of Grafana', () => {
  const file = new URL('../../docs/examples/grafana/holdfast.json', import.meta.url)
  const dashboard = JSON.parse(readFileSync(file, 'utf8'))
  const panels = dashboard.panels as readonly Panel[]
  const variables = dashboard.templating.list as readonly { name: string; type: string; definition?: string }[]
  const queries = [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({ title, expr, legend: legendFormat })),
    ),
    ...variables.flatMap(({ name, definition }) => (definition ? [{ title: name, expr: definition, legend: '' }] : [])),
  ]

  test('has what an import needs', () => {
    expect(dashboard).toMatchObject({
      id: null,
      uid: 'holdfast',
      title: 'holdfast',
      schemaVersion: expect.any(Number),
      annotations: { list: expect.any(Array) },
      time: { from: expect.any(String), to: expect.any(String) },
    })
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39)
    expect(variables[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, type, gridPos, datasource, targets = [] } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      if (type === 'row') continue
      expect(datasource?.uid, title).toBe('$' + '{datasource}')
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
      expect(targets.length, title).toBeGreaterThan(0)
    }
  })

  test('lays no panel over another one', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
  })

  test('asks for metrics and labels that are served', () => {
    for (const { title, expr, legend } of queries) {
      const names = [...expr.matchAll(/\bholdfast_\w+/g)].map(([name]) => name)
      expect(names.length, title).toBeGreaterThan(0)
      for (const name of names) expect([...served.labels.keys()], title).toContain(name)
      const known = new Set([...OF_SCRAPE, ...names.flatMap((name) => [...(served.labels.get(name) ?? [])])])
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
      const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string)
      expect([...known], title).toEqual(expect.arrayContaining([...grouped, ...shown]))
      for (const [, name = '', matchers = ''] of expr.matchAll(/\b(holdfast_\w+)\{([^}]*)\}/g)) {
        const own = [...OF_SCRAPE, ...(served.labels.get(name) ?? [])]
        const asked = [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label as string)
        expect(own, `${title}: ${name}`).toEqual(expect.arrayContaining(asked))
      }
    }
  })

  test('leaves out no metric', () => {
    const asked = queries.map(({ expr }) => expr).join('\n')
    const left = Object.keys(METRICS).filter((name) => !new RegExp(`\\bholdfast_${name}(_bucket)?\\b`).test(asked))
    expect(left).toEqual([])
  })
})
