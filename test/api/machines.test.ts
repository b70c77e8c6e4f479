/** Machines over the socket. What their definitions hold is proved in test/runtime/machine-views. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { mermaidOf } from '../../dist/src/pictures/index.js'
import { board } from './board.js'

test('machines are listed, the kinds and the own ones, and each is shown with its definition', async () => {
  const b = await board()
  const { items } = (await b.get('/v1/machines')).json as { items: { id: string; own: boolean }[] }
  expect(items.find(({ id }) => id === 'door')).toEqual({ id: 'door', kind: 'door', version: 1, own: false })
  const own = items.filter((each) => each.own).map(({ id }) => id)
  expect(own).toEqual(expect.arrayContaining(['holdfast:task', 'holdfast:router', 'holdfast:gate']))
  const door = (await b.get('/v1/machines/door')).json
  expect(door.definition.states.shut.on).toMatchObject({
    ring: [{ actions: [{ type: 'xstate.assign' }] }],
    close: [{ target: ['#(machine).done'] }],
  })
  for (const { id } of items) {
    const { status, json } = await b.get(`/v1/machines/${encodeURIComponent(id)}`)
    expect([status, json.id, json.definition.key !== undefined]).toEqual([200, id, true])
  }
  for (const id of ['add', 'nobody']) {
    const { status, json } = await b.get(`/v1/machines/${id}`)
    expect([status, json.code]).toEqual([404, 'ERR_NOT_FOUND'])
  }
})

test('a machine is a state diagram for Markdown, when asked', async () => {
  const b = await board()
  const { status, text, headers } = await b.get('/v1/machines/door?format=mermaid')
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
  const { definition } = (await b.get('/v1/machines/door')).json
  expect(text).toBe(mermaidOf(definition))
  expect(text).toMatch(/^stateDiagram-v2\n/)
  expect((await b.get('/v1/machines/nobody?format=mermaid')).status).toBe(404)
  expect((await b.get('/v1/machines/door?format=gif')).status).toBe(400)
})

test('the schema of machines in JSON is served, as it is shipped', async () => {
  const b = await board()
  const { status, json } = await b.get('/v1/schemas/machine')
  const shipped = await readFile(new URL('../../schema/machine.schema.json', import.meta.url), 'utf8')
  expect([status, json]).toEqual([200, JSON.parse(shipped)])
})
