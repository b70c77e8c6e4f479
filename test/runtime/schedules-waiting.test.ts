/** Ticks that wait for their predecessor (`overlap: 'queue'`): nobody forgets them, whatever becomes of those before. */
import { expect, test } from 'vitest'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'

const MINUTE = 60_000
const at = (minutes: number) => new Date(SIMULATED_START + minutes * MINUTE).toISOString()
const tick = (minutes: number) => `s@${at(minutes)}`

/** Three instants; the first task runs, the others wait for it. */
async function waiting(task: object, more: object = {}) {
  const it = new Board()
  const s = { at: [at(1), at(2), at(3)], overlap: 'queue', task: { kind: 'slow', ...task } }
  await it.start({ schedules: { s } as never, ...more })
  await it.pass(4 * MINUTE, MINUTE)
  expect([...it.slow.keys()]).toEqual([tick(1)])
  expect(await it.runtime.schedules.get('s')).toMatchObject({ waiting: 2 })
  return it
}

test('when somebody else takes the key of the next one, it is skipped, and so are those behind it', async () => {
  const it = await waiting({ key: 'k' })
  it.slow.get(tick(1))?.finish()
  await it.next('task.committed')
  await it.runtime.enqueue('slow', null, { id: 'mine', key: 'k' })
  await it.settled()
  const status = await it.runtime.schedules.get('s')
  expect(status).toMatchObject({ state: 'ended', waiting: 0, counters: { made: 1, skipped: 2 } })
  expect(status?.history.filter(({ type }) => type === 'skipped').map(({ reason }) => reason)).toEqual(['key', 'key'])
})

test('when its route is full that is a fault, and those behind it have their turn', async () => {
  const it = await waiting({ route: 'r' }, { routes: { r: { concurrency: 1, queueLimit: 1 } } })
  await it.runtime.enqueue('slow', null, { id: 'mine', route: 'r' })
  await it.runtime.routes.pause('r')
  it.slow.get(tick(1))?.finish()
  await it.settled()
  expect(await it.runtime.schedules.get('s')).toMatchObject({ state: 'ended', waiting: 0, counters: { failed: 2 } })
})

test('one that begins to wait for a task of before is woken by the end of that', async () => {
  const it = new Board()
  await it.start({})
  const definition = { at: [at(1), at(2)], task: { kind: 'slow' } }
  await it.runtime.schedules.put('s', definition)
  await it.pass(MINUTE + 1000)
  await it.runtime.schedules.put('s', { ...definition, overlap: 'queue' })
  await it.pass(2 * MINUTE, MINUTE)
  expect([...it.slow.keys()]).toEqual([tick(1)])
  it.slow.get(tick(1))?.finish()
  await it.settled()
  expect([...it.slow.keys()]).toEqual([tick(1), tick(2)])
})
