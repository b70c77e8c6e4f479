/** A switch that is broken: it costs what one that works would cost, and nobody else has to wait for it. */
import { expect, test } from 'vitest'
import { defineTask, input } from '../../src/index.js'
import type { DeviceNews } from '../../src/runtime/devices.js'
import { deviceBoard, note } from './board.js'

const LIMIT = 100
const EDGES = 50_000
const meter = (more: object = {}) =>
  input({ line: 'GPIO6', debounce: 0, floodLimit: LIMIT, onChange: { kind: 'note' }, ...more })

test('of fifty thousand edges a second so many are heard as are allowed, one flood is told, and then the level is right', async () => {
  const board = await deviceBoard({ devices: { meter: meter() } })
  const told: DeviceNews[] = []
  board.runtime.observe({ device: (news) => void told.push(news) })
  for (let second = 1; second <= 3; second++) {
    // The odd one decides where it comes to rest.
    await board.gpio.flood('GPIO6', EDGES + (second % 2))
    await board.settled()
    await board.advance('1s')
    const { counts, value } = await board.see('meter')
    expect(counts.floods).toBe(second)
    expect(counts.edges).toBeLessThanOrEqual(second * (LIMIT + 1))
    expect(value).toBe(board.gpio.level('GPIO6'))
  }
  expect(told.filter(({ type }) => type === 'flood')).toHaveLength(3)
  const edges = told.filter(({ edge }) => edge !== undefined)
  // Tasks of one moment have no order that a view could show.
  expect((await board.heard()).map(({ edge }) => edge).sort()).toEqual(edges.map(({ edge }) => edge).sort())
  expect(edges.every(({ edge }, i) => edge !== edges[i - 1]?.edge)).toBe(true)
  await board.advance('10s')
  await board.simulate('meter', { to: 'high' })
  await board.simulate('meter', { to: 'low' })
  expect(await board.see('meter')).toMatchObject({ state: 'low', counts: { floods: 3 } })
})

test('while a line floods, everybody else goes on', async () => {
  const others = defineTask({ kind: 'others', route: 'others', run: () => null })
  const board = await deviceBoard({
    devices: { meter: meter(), door: input({ line: 'GPIO7', debounce: 0 }) },
    ...({ tasks: [note, others] } as object),
  })
  let flooding = true
  const flood = board.gpio.flood('GPIO6', EDGES).then(() => {
    flooding = false
  })
  let done = 0
  for (; flooding && done < 20; done++) {
    board.gpio.pull('GPIO7', done % 2 === 0)
    const task = await board.runtime.enqueue('others' as never)
    await task.finished()
    expect((await board.see('door')).value).toBe(done % 2 === 0)
  }
  expect(done).toBe(20)
  await flood
  await board.advance('1s')
})

test('edges that nobody read in time are one resync, from the first on', async () => {
  const board = await deviceBoard({ devices: { meter: input({ line: 'GPIO6', debounce: 0 }) } })
  const told: DeviceNews[] = []
  board.runtime.observe({ device: (news) => void told.push(news) })
  board.gpio.bounce('GPIO6', true, 20)
  await board.settled()
  expect(told.filter(({ type }) => type === 'resync')).toMatchObject([{ missed: 41 - 16 }])
  expect(await board.see('meter')).toMatchObject({ state: 'high', counts: { missed: 41 - 16 } })
})
