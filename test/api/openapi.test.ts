/** The description of the API: valid by a judge of its own, complete, and true. */
import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { board } from './board.js'

const PATHS = [
  'POST /v1/tasks', 'GET /v1/tasks', 'GET /v1/tasks/{id}', 'PATCH /v1/tasks/{id}', 'DELETE /v1/tasks/{id}',
  'POST /v1/tasks/{id}/pause', 'POST /v1/tasks/{id}/resume', 'POST /v1/tasks/{id}/cancel', 'POST /v1/tasks/{id}/retry',
  'POST /v1/tasks/{id}/events', 'GET /v1/tasks/{id}/log',
  'POST /v1/groups/{group}/pause', 'POST /v1/groups/{group}/resume', 'POST /v1/groups/{group}/cancel',
  'POST /v1/groups/{group}/retry', 'GET /v1/manifest', 'GET /v1/quarantine', 'POST /v1/leases',
  'POST /v1/leases/{lease}/heartbeat', 'POST /v1/leases/{lease}/success', 'POST /v1/leases/{lease}/failure',
  'GET /v1/devices', 'GET /v1/devices/{id}', 'POST /v1/devices/{id}/commands',
  'GET /v1/machines', 'GET /v1/machines/{id}', 'GET /v1/events', 'GET /metrics', 'GET /healthz', 'GET /readyz', 'GET /openapi.json',
] // biome-ignore format: a table

test('the document is OpenAPI 3.1, names every endpoint, and is what the reference shows', async () => {
  const b = await board()
  const { json } = await b.get('/openapi.json')
  const validator = new Validator()
  expect(await validator.validate(structuredClone(json))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  const described = Object.entries(
    json.paths as Record<string, Record<string, { operationId: string; summary: string }>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ at: `${method.toUpperCase()} ${path}`, operation })),
  )
  expect(described.map(({ at }) => at)).toEqual(expect.arrayContaining(PATHS))
  const ids = described.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(described.filter(({ operation }) => !operation.summary)).toEqual([])
  const page = readFileSync(new URL('../../docs/reference/http.md', import.meta.url), 'utf8')
  for (const { at } of described) expect(page).toContain(`\`${at}\``)
})

test('metrics are Prometheus text, and count what happened', async () => {
  const b = await board()
  await b.done('add', { a: 1, b: 1 })
  await b.done('fail')
  await b.post('/v1/tasks', { kind: 'far' })
  const { text, headers } = await b.get('/metrics')
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  const value = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1),
    )
  expect(value('holdfast_tasks_created_total{kind="add"}')).toBe(1)
  expect(value('holdfast_tasks_outcomes_total{kind="fail",state="FAILED",reason=""}')).toBe(1)
  expect(value('holdfast_task_run_seconds_count{kind="add"}')).toBe(1)
  expect(value('holdfast_queue_depth{route="default"}')).toBe(1)
  expect(value('holdfast_remote_queue_depth{kind="far",route="default"}')).toBe(1)
  expect(value('holdfast_state{state="working"}')).toBe(1)
  for (const name of ['commits_total', 'fsyncs_total', 'commit_bytes_total', 'live_actors'])
    expect(value(`holdfast_${name}`)).toBeGreaterThan(0)
  for (const name of ['event_loop_lag_seconds', 'event_loop_utilization'])
    expect(value(`holdfast_${name}`)).toBeGreaterThanOrEqual(0)
})
