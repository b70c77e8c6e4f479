/** Devices over the socket: what they are at, what they are told, and what is refused. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, type Board, board, byHand, freePort } from './board.js'
import { reader } from './reader.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand, env: { BOARD_DEVICES: 'yes' } })
})
afterAll(() => b.end())

const tell = (id: string, command: object, key?: string) =>
  b.post(`/v1/devices/${id}/commands`, command, key === undefined ? {} : { headers: { 'idempotency-key': key } })

test('are listed, and seen one by one', async () => {
  const { status, json } = await b.get('/v1/devices')
  expect(status).toBe(200)
  expect(json.items.map(({ id, type, link }: Record<string, string>) => [id, type, link])).toEqual([
    ['door', 'contact', 'ready'],
    ['siren', 'relay', 'ready'],
    ['gate', 'interlock', 'ready'],
    ['lamp', 'pwm', 'ready'],
    ['spare', 'relay', 'faulty'],
    ['room', 'cpuTemperature', 'ready'],
  ])
  expect((await b.get('/v1/devices/siren')).json).toMatchObject({
    id: 'siren',
    simulated: true,
    commands: ['on', 'off', 'toggle', 'pulse', 'blink'],
    lines: [{ name: 'GPIO27', chip: 'simulated', offset: 27 }],
    counts: { edges: 0, faults: 0 },
  })
  expect(await b.get('/v1/devices/nobody')).toMatchObject({ status: 404, json: { code: 'ERR_NOT_FOUND' } })
})

test('a command is answered with what the device is at then', async () => {
  expect(await tell('siren', { type: 'on' })).toMatchObject({ status: 200, json: { state: 'on', value: true } })
  expect((await tell('siren', { type: 'off' })).json).toMatchObject({ state: 'off', value: false })
  expect((await tell('gate', { type: 'on', output: 'open' })).json).toMatchObject({ value: 'open' })
  expect((await tell('lamp', { type: 'set', value: 0.25 })).json).toMatchObject({ value: 0.25 })
  expect((await tell('room', { type: 'simulate', value: 31.5 })).status).toBe(200)
  expect((await tell('room', { type: 'read' })).json).toMatchObject({ value: 31.5, readAt: expect.any(String) })
})

test('with the same key it is done once, over a kill of the daemon too', async () => {
  expect((await tell('siren', { type: 'toggle' }, 'one')).json.state).toBe('on')
  expect((await tell('siren', { type: 'toggle' }, 'one')).json.state).toBe('on')
  await b.life.kill('SIGKILL')
  await b.start()
  expect((await b.get('/v1/devices/siren')).json.state).toBe('on')
  expect((await tell('siren', { type: 'toggle' }, 'one')).json.state).toBe('on')
  expect((await tell('siren', { type: 'toggle' }, 'two')).json.state).toBe('off')
})

test.for([
  ['nobody', { type: 'on' }, 404, 'ERR_NOT_FOUND'],
  ['door', { type: 'on' }, 422, 'ERR_INVALID_COMMAND'],
  ['siren', { type: 'explode' }, 422, 'ERR_INVALID_COMMAND'],
  ['siren', { type: 'pulse' }, 422, 'ERR_INVALID_COMMAND'],
  ['siren', { type: 'pulse', for: 'ever' }, 422, 'ERR_INVALID_COMMAND'],
  ['siren', { type: 'on', loud: true }, 422, 'ERR_INVALID_COMMAND'],
  ['gate', { type: 'on', output: 'both' }, 422, 'ERR_INVALID_COMMAND'],
  ['lamp', { type: 'set', duty: 2 }, 422, 'ERR_INVALID_COMMAND'],
  ['siren', { type: 5 }, 400, 'ERR_BAD_REQUEST'],
  ['siren', {}, 400, 'ERR_BAD_REQUEST'],
  ['si%20ren', { type: 'on' }, 400, 'ERR_INVALID_ID'],
] as const)('%s is told %j: refused', async ([id, command, status, code]) => {
  expect(await tell(id, command)).toMatchObject({ status, json: { code } })
})

test('what is wrong with it is told to who asks', async () => {
  const { json } = await b.get('/v1/devices/spare')
  expect(json).toMatchObject({ link: 'faulty', value: null, fault: { code: 'ERR_LINE_UNKNOWN' } })
  expect(json).not.toHaveProperty('state')
  expect(await tell('spare', { type: 'on' })).toMatchObject({
    status: 503,
    json: { code: 'ERR_DEVICE_FAULTY', detail: expect.stringContaining("'GPIO99'"), hint: json.fault.hint },
  })
  await tell('room', { type: 'simulate', fault: 'the cable is off' })
  expect(await tell('room', { type: 'read' })).toMatchObject({
    status: 503,
    json: { code: 'ERR_READING', detail: expect.stringContaining('the cable is off') },
  })
  await tell('room', { type: 'simulate', fault: null, value: 20 })
  expect((await tell('room', { type: 'read' })).json).toMatchObject({ value: 20 })
})

test('what happens is told live, to who wants to hear of devices', async () => {
  const all = await reader(b.socket)
  const devices = await reader(b.socket, '/v1/events?type=device')
  const tasks = await reader(b.socket, '/v1/events?type=task')
  const emitted = await reader(b.socket, '/v1/events?type=emitted')
  const one = await reader(b.socket, '/v1/events?task=nobody')
  await tell('siren', { type: 'on' })
  for (const hears of [all, devices]) {
    const { data, id } = await hears.next(({ event }) => event === 'device')
    expect(data).toMatchObject({ device: 'siren', type: 'on', reason: 'command', at: expect.any(String) })
    expect(id).toBeUndefined()
  }
  await b.done('say', 'over')
  expect((await emitted.said()).data.event.text).toBe('over')
  await tasks.next(({ data }) => data?.to === 'FINISHED')
  for (const { told } of [tasks, emitted, one]) expect(told.filter(({ event }) => event === 'device')).toEqual([])
  expect(devices.told.filter(({ event }) => event === 'task' || event === 'emitted')).toEqual([])
  expect((await b.get('/v1/devices/siren')).json.news.at(-1)).toMatchObject({ type: 'on' })
})

test('over TCP, to look takes the scope read and to tell the scope write', async () => {
  const port = await freePort()
  const other = await board({ tcp: { port } }, { env: { BOARD_DEVICES: 'yes' } })
  const { token } = (await other.post('/v1/tokens', { name: 'eyes', scope: 'read' })).json
  const to = { host: '127.0.0.1', port }
  const headers = { authorization: `Bearer ${token}` }
  expect((await ask({ ...to, method: 'GET', path: '/v1/devices' }, { headers })).status).toBe(200)
  const told = await ask(
    { ...to, method: 'POST', path: '/v1/devices/siren/commands' },
    { headers, body: { type: 'on' } },
  )
  expect(told).toMatchObject({ status: 403, json: { code: 'ERR_FORBIDDEN' } })
})
