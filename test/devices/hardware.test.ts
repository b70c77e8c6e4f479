import { expect, test } from 'vitest'
import { contact, createRuntime, relay } from '../../src/index.js'
import { facts, silent, temporaryDirectory } from '../runtime/lab.js'
import { deviceBoard } from './board.js'

test('a runtime that wants the lines of the kernel does not start where there are none', async () => {
  const path = await temporaryDirectory()
  const runtime = createRuntime({
    path: `${path}/store`,
    tasks: [],
    devices: { siren: relay({ line: 'GPIO27' }) },
    gpio: { backend: 'chardev', dev: path },
    log: silent,
  })
  await expect(runtime.start()).rejects.toMatchObject({ code: 'ERR_NO_LINES', message: expect.stringContaining(path) })
})

test('a simulated door is after a restart as it was left: the world in memory ends with its process', async () => {
  const path = `${await temporaryDirectory()}/store`
  const told: unknown[] = []
  const life = async (work: (runtime: ReturnType<typeof create>) => Promise<void>) => {
    const runtime = create()
    runtime.observe({ device: (news) => void told.push(news) })
    await runtime.start()
    await work(runtime)
    await runtime.stop()
  }
  const create = () =>
    createRuntime({
      path,
      tasks: [],
      devices: { door: contact({ line: 'GPIO17', bias: 'pull-up', debounce: 0 }) },
      gpio: { backend: 'simulated' },
      log: silent,
    })
  await life(async (runtime) => {
    const closed = new Promise((resolve) => runtime.observe({ device: resolve }))
    await runtime.devices.command('door', { type: 'simulate', to: 'closed' })
    await closed
  })
  expect(told).toMatchObject([{ type: 'close' }])
  await life(async (runtime) => {
    expect(await runtime.devices.get('door')).toMatchObject({ state: 'closed' })
  })
  expect(told).toHaveLength(1)
})

test('what a device does is told as telemetry, after it is on disk', async () => {
  const [moved, news, faults] = [facts('device.moved'), facts('device.news'), facts('device.fault')]
  const board = await deviceBoard({ devices: { door: contact({ line: 'GPIO17', bias: 'pull-up' }) } })
  expect(moved.seen.at(-1)).toEqual({ device: 'door', state: { ready: 'open' } })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  expect(news.seen).toMatchObject([{ device: 'door', type: 'close', edge: 'fall', at: expect.any(String) }])
  await board.simulate('door', { fault: 'torn off' })
  await board.restart()
  expect(faults.seen).toMatchObject([{ device: 'door', error: { code: 'ERR_LINE' } }])
})
