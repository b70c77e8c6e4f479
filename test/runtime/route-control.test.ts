/** Routes at run time: what is listed of them, and pauses that survive restarts. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, facts, onDisk, refusal, stations, temporaryDirectory } from './lab.js'

const nap = defineTask({ kind: 'nap', run: () => null })
const fence = defineTask({ kind: 'fence', route: 'fence', run: () => null })

test('a paused route starts nothing, over a restart too; what runs goes on', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const work = defineTask({ kind: 'work', run: () => at.stop('work') })
  const tasks = [nap, work, fence] as const
  const paused = facts('route.paused').seen
  const resumed = facts('route.resumed').seen
  const before = await boot({ path, tasks })
  const running = await before.enqueue('work')
  await at.reached('work')
  await before.routes.pause('default')
  await before.routes.pause('default')
  at.pass('work')
  await running.finished()
  await before.enqueueMany([{ kind: 'nap' }, { kind: 'nap' }])
  await (await before.enqueue('fence')).finished()
  expect(await before.count({ kind: 'nap', state: 'QUEUED' })).toBe(2)
  expect((await before.routes.list()).find(({ name }) => name === 'default')).toEqual({
    name: 'default', concurrency: 10, queueLimit: 1_000_000, queued: 2, running: 0, paused: true, held: ['paused'],
  }) // biome-ignore format: two lines read better
  await before.stop()
  const runtime = await boot({ path, tasks })
  await (await runtime.enqueue('fence')).finished()
  expect(await runtime.count({ kind: 'nap', state: 'QUEUED' })).toBe(2)
  const handles = (await runtime.find({ kind: 'nap' })).items.map(({ id }) => runtime.handle(id))
  await runtime.routes.resume('default')
  await Promise.all(handles.map((handle) => handle.finished()))
  expect((await runtime.routes.list()).map(({ name, held }) => [name, held])).toEqual([
    ['default', []],
    ['fence', []],
  ])
  expect(paused).toEqual([{ route: 'default' }])
  expect(resumed).toEqual([{ route: 'default' }])
})

test('a pause and a resume that cross each other come to the later one, in memory and on disk', async () => {
  const path = await temporaryDirectory()
  const runtime = await boot({ path, tasks: [nap] })
  await Promise.all([runtime.routes.pause('default'), runtime.routes.resume('default')])
  await (await runtime.enqueue('nap')).finished()
  await runtime.stop()
  expect(await onDisk(path, (database) => database.get('x!route!default'))).toBe(undefined)
})

test('the pause of a route that is gone does no harm, and holds when the route is there again', async () => {
  const path = await temporaryDirectory()
  const routes = { camera: {} }
  const before = await boot({ path, tasks: [nap], routes })
  await before.routes.pause('camera')
  await before.stop()
  const without = await boot({ path, tasks: [nap] })
  await (await without.enqueue('nap')).finished()
  await without.stop()
  const runtime = await boot({ path, tasks: [nap], routes })
  expect((await runtime.routes.list()).find(({ name }) => name === 'camera')).toMatchObject({ paused: true })
})

test('a route that is not there cannot be paused: the error names those that are', async () => {
  const runtime = await boot({ tasks: [nap], routes: { camera: {} } })
  for (const call of [runtime.routes.pause, runtime.routes.resume]) {
    const error = await refusal(call('cammera'))
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', hint: expect.stringContaining('camera') })
  }
})
