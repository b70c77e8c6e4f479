/** Each telemetry point carries the members that its line in the table names. */
import { expect, test } from 'vitest'
import { emit, setup } from 'xstate'
import { defineTask, type RunningTask, restore } from '../../src/index.js'
import { POINTS, type Point } from '../../src/kernel/telemetry.js'
import { keyOf } from '../../src/model/keys.js'
import { door } from '../../src/testing/door.js'
import { looker } from '../inspect/looker.js'
import { oracle } from '../support/oracle.js'
import { boot, facts, NEAR, onDisk, refusal, stations, temporaryDirectory } from './lab.js'

/**
 * Told by a failing disk, a clock that steps, an effect that throws, and time that passes: the crash tests, those of
 * the kernel, of gates and schedules, of retention and of wear. By damage and by another version of a machine: those of
 * repair and of versions.
 */
const ELSEWHERE: Point[] = [
  'store.degraded', 'store.recovered', 'commit.failed', 'clock.stepped', 'clock.doubted', 'clock.trusted',
  'effect.failed', 'gate.closed', 'schedule.fault', 'retention.swept',
  'store.compacted', 'wear.exceeded', 'store.checked', 'repair.step', 'task.migrated', 'device.moved', 'device.news',
  'device.fault',
] // biome-ignore format: a table

const members = (point: Point) => (/\{ (.*) \}$/.exec(POINTS[point])?.[1] ?? '').split(', ').filter(Boolean)

test('every point is told with the data that the table says', async () => {
  const told = new Map((Object.keys(POINTS) as Point[]).map((point) => [point, facts(point).seen]))
  const path = await temporaryDirectory()
  const at = stations()
  const machine = setup({ actions: { act: () => undefined } }).createMachine({
    initial: 'a',
    states: { a: { entry: ['act', emit({ type: 'begun' })], on: { end: 'b' } }, b: { type: 'final' } },
  })
  const tasks = [
    defineTask({ kind: 'm', machine }),
    defineTask({ kind: 'gate', run: () => at.stop('gate') }),
    defineTask({ kind: 'isolated', module: new URL('../support/isolated/noop.mjs', import.meta.url) }),
    defineTask({ kind: 'waits', route: 'doors', run: () => null }),
    defineTask({ kind: 'speaks', run: (task: RunningTask) => task.emit({ type: 'said' }) }),
    defineTask({ kind: 'fails', run: () => Promise.reject(new Error('never')) }),
  ] as const
  const [front, broken] = [door(false), oracle()]
  broken.state.answer = () => {
    throw new Error('no answer')
  }
  const gates = { front: front.definition, broken: broken.definition }
  const before = await boot({
    path,
    tasks,
    gates,
    routes: { doors: { gates: ['front', 'broken'] } },
    api: { socket: `${path}/run/s` },
  })
  const [opened, fault] = [facts('gate.opened'), facts('gate.fault')]
  const waits = await before.enqueue('waits')
  await fault.first()
  front.set(true)
  await opened.first()
  await before.cancel(waits.id)
  const gate = await before.enqueue('gate')
  await at.reached('gate')
  await before.cancel(gate.id)
  at.pass('gate')
  await (await before.enqueue('speaks')).finished()
  await refusal((await before.enqueue('fails')).finished())
  await before.routes.pause('default')
  await before.routes.resume('default')
  await (await before.enqueue('isolated')).finished()
  await before.enqueue('speaks', null, { id: 'first', paused: true })
  const next = await before.enqueue('speaks', null, { dependsOn: ['first'] })
  await before.resume('first')
  await next.finished()
  const skipped = facts('schedule.skipped').first()
  await before.schedules.put('s', { every: 100, task: { kind: 'speaks', in: '1h' } })
  await skipped
  await before.schedules.remove('s')
  await before.enqueue('m', undefined, { id: 'm', in: NEAR })
  await before.enqueue('gate', null, { id: 'damaged', in: NEAR })
  await before.enqueue('gate', null, { id: 'sleeps', in: '1h' })
  const copy = await temporaryDirectory()
  await before.backup({ directory: `${copy}/backup` })
  await restore({ from: `${copy}/backup`, path: `${copy}/store` })
  const left = facts('inspector.left').first()
  const looks = await looker(`${path}/run/s`)
  looks.socket.close()
  await left
  await before.stop()
  await onDisk(path, (database) => database.put(keyOf('live', 'damaged'), '{'))
  const runtime = await boot({ path, tasks, supervision: { restarts: 1 } })
  await runtime.pause('sleeps')
  await runtime.reschedule('m', { in: 0 })
  await runtime.send('m', { type: 'end' })
  await runtime.handle('m').finished()
  const system = runtime.system as unknown as { get(name: string): { send(event: object): void } }
  for (let i = 0; i < 2; i++) system.get('router').send({ type: 'failed', error: new Error('bug') })
  await refusal(runtime.done)
  const missing = [...told].filter(([point, seen]) => seen.length === 0 && !ELSEWHERE.includes(point))
  expect(missing.map(([point]) => point)).toEqual([])
  const wrong = new Set<string>()
  for (const [point, seen] of told) {
    const named = members(point)
    for (const fact of seen) {
      for (const name of named) if (!name.endsWith('?') && !(name in fact)) wrong.add(`${point} has no ${name}`)
      for (const name of Object.keys(fact)) {
        if (!named.includes(name) && !named.includes(`${name}?`)) wrong.add(`${point} does not name ${name}`)
      }
    }
  }
  expect([...wrong]).toEqual([])
})
