/** Devices from another process: a command that was cut off is done once, and what happens is told. */
import { expect, test } from 'vitest'
import { contact, relay } from '../../src/index.js'
import { boot, temporaryDirectory } from '../runtime/lab.js'
import { client, good, standIn, thrown } from './lab.js'

/** A daemon that hangs up on the first request, whatever it did with it. */
async function cutOff() {
  const keys: unknown[] = []
  const socket = await standIn((request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length === 1) response.destroy()
    else good(response, { id: 'siren' })
  })
  return { keys, devices: client({ socket, retry: '10s' }).devices }
}

test('a command whose answer was lost is sent again under the key that it had', async () => {
  const { keys, devices } = await cutOff()
  await devices.command('siren', { type: 'toggle' })
  expect(keys).toEqual([expect.stringMatching(/^.{10,}$/), keys[0]])
  await devices.command('siren', { type: 'toggle' })
  expect(keys[2]).not.toBe(keys[0])
  await devices.command('siren', { type: 'toggle' }, { key: 'own' })
  expect(keys[3]).toBe('own')
})

test('a reading is asked for again, what is simulated is not', async () => {
  const read = await cutOff()
  expect(await read.devices.read('siren')).toEqual({ id: 'siren' })
  const simulated = await cutOff()
  const call = simulated.devices.command('siren', { type: 'simulate', to: 'open', bounces: 3 })
  expect((await thrown(call)).code).toBe('ERR_NO_ANSWER')
  expect(simulated.keys.length).toBe(1)
})

test('what happens to devices is told, and nothing else when nothing else is asked for', async () => {
  const socket = `${await temporaryDirectory()}/s`
  const runtime = await boot({
    tasks: [],
    devices: { door: contact({ line: 'GPIO17', bias: 'pull-up', debounce: 0 }), siren: relay({ line: 'GPIO27' }) },
    gpio: { backend: 'simulated' },
    api: { socket },
  })
  const c = client({ socket })
  const told = c.watch({ type: 'device' })
  expect(await told.next()).toEqual({ done: false, value: { type: 'open', again: false } })
  await c.devices.command('siren', { type: 'on' })
  expect((await told.next()).value).toMatchObject({ type: 'device', news: { device: 'siren', type: 'on' } })
  await c.devices.command('door', { type: 'simulate', to: 'closed' })
  expect((await told.next()).value).toMatchObject({
    type: 'device',
    news: { device: 'door', type: 'close', edge: 'fall' },
  })
  await told.return(undefined)
  expect((await runtime.devices.get('door')).state).toBe('closed')
})
