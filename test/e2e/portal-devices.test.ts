/** What the devices of the portal make of what happens, in the time of a test. */
import { expect, onTestFinished, test } from 'vitest'

/** The portal uses the package that was built, so here all of it is that one. */
const built = (path: string) => import(new URL(`../../${path}`, import.meta.url).href)
const { defineTask } = (await built('dist/src/index.js')) as typeof import('../../src/index.js')
const { testRuntime } = (await built('dist/src/testing/index.js')) as typeof import('../../src/testing/index.js')
const { devices } = await built('docs/examples/portal/devices.js')
const { motion } = await built('docs/examples/portal/motion.js')

/** `from`: the local time at which it begins. */
async function house(from = '2026-06-01T12:00:00') {
  const told: unknown[] = []
  const tasks = ['snapshot', 'chat', 'chat.later'].map((kind) =>
    defineTask({ kind, run: ({ input }) => void told.push({ kind, ...(input as object) }) }),
  )
  const routes = { camera: {} }
  const board = await testRuntime({ tasks: [...tasks, motion], devices, routes }, { now: new Date(from) })
  onTestFinished(() => board.close())
  for (const door of ['front', 'back']) await board.simulate(door, { to: 'closed' })
  await board.advance('1s')
  return {
    ...{ board, told },
    siren: async () => (await board.runtime.devices.get('siren')).state,
  }
}

test('a door that opens is photographed, and told of', async () => {
  const { board, told } = await house()
  await board.simulate('front', { to: 'open', bounces: 8 })
  await board.advance('1s')
  expect(told).toHaveLength(2)
  expect(told).toContainEqual(expect.objectContaining({ kind: 'snapshot', device: 'front', type: 'open' }))
  expect(told).toContainEqual({ kind: 'chat', text: 'the front door was opened', at: expect.any(String) })
})

test('a door that is left open is told of after ten minutes, and the siren pulses, once, over a power cut', async () => {
  const { board, told, siren } = await house()
  await board.simulate('back', { to: 'open' })
  await board.advance('9m')
  const before = told.length
  await board.crash()
  await board.restart({ off: '30s' })
  expect([told.length, await siren()]).toEqual([before, 'off'])
  await board.advance('31s')
  expect(told.slice(before)).toEqual([
    { kind: 'chat', text: 'the back door has been open for 10 minutes', at: expect.any(String) },
  ])
  expect(await siren()).toBe('on')
  await board.advance('6s')
  expect(await siren()).toBe('off')
  await board.advance('2h')
  expect(told).toHaveLength(before + 1)
})

test('what was opened while the power was off is told as such', async () => {
  const { board, told } = await house()
  await board.crash()
  await board.simulate('front', { to: 'open' })
  await board.restart({ off: '8h' })
  await board.advance('1s')
  expect(told).toContainEqual(expect.objectContaining({ text: 'the front door was opened while nobody looked' }))
})

test('a room that is too warm is told of once, until it has cooled down', async () => {
  const { board, told } = await house()
  const texts = () => told.filter((each) => (each as { text?: string }).text?.startsWith('the room'))
  for (const value of [31, 29, 31, 27, 32]) {
    await board.simulate('room', { value })
    await board.advance('1m')
  }
  expect(texts()).toEqual([31, 32].map((value) => expect.objectContaining({ text: `the room has ${value} °C` })))
})

test('who moves about at night is photographed, by day nobody is', async () => {
  for (const [from, pictures] of [
    ['2026-06-01T12:00:00', 0],
    ['2026-06-01T23:00:00', 1],
  ] as const) {
    const { board, told } = await house(from)
    await board.simulate('hall', { to: 'motion', for: '5s' })
    await board.advance('1m')
    expect(told.map((each) => (each as { device: string }).device)).toEqual(Array(pictures).fill('hall'))
  }
})
