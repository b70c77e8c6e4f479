/** Nothing is thrown away: a record that cannot be restored is set aside, and everything else goes on. */
import { expect, test } from 'vitest'
import { doomed, later, noting, runtimeOn } from './in-process.js'

const HOUR = 3_600_000

test('Nothing is thrown away: what cannot be restored is set aside with its reason, and the daemon starts', async () => {
  const runs: string[] = []
  const { runtime, clock, cut } = await doomed([noting('gone', []), noting('plain', runs)])
  await runtime.enqueue('gone', {}, { id: 'gone', in: 5 })
  await runtime.enqueue('plain', {}, { id: 'torn', in: 5 })
  await runtime.enqueue('plain', {}, { id: 'newer', in: 5 })
  await runtime.enqueue('plain', {}, { id: 'fine', in: 5 })
  const disk = cut()
  await disk.open()
  const newer = JSON.stringify({ ...JSON.parse((await disk.get('l!newer')) as string), f: 99 })
  await disk.batch(
    [
      { type: 'put', key: 'l!torn', value: '{"f":1,' },
      { type: 'put', key: 'l!newer', value: newer },
    ],
    true,
  )
  const rebooted = later(clock, HOUR)
  const after = await runtimeOn(disk, [noting('plain', runs)], {}, rebooted)
  await rebooted.advance(0)
  expect(await (await after.enqueue('plain', {}, { id: 'fine' })).finished()).toEqual({ of: 'fine' })
  const aside = await after.quarantine.list()
  expect(aside.map(({ id, code }) => [id, code]).toSorted()).toEqual([
    ['gone', 'ERR_UNKNOWN_KIND'],
    ['newer', 'ERR_FORMAT_NEWER'],
    ['torn', 'ERR_STORE_CORRUPT'],
  ])
  expect(aside.find(({ id }) => id === 'torn')?.record).toBe('{"f":1,')
  await after.stop()
  const third = later(rebooted, HOUR, 'boot-3')
  const back = await runtimeOn(disk, [noting('gone', runs), noting('plain', runs)], {}, third)
  expect(await back.quarantine.retry('gone')).toBe(true)
  const finished = (await back.enqueue('gone', {}, { id: 'gone' })).finished()
  await third.advance(0)
  expect(await finished).toEqual({ of: 'gone' })
})
