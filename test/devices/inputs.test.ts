import { expect, test } from 'vitest'
import { button, contact, device, input, motion } from '../../src/index.js'
import { deviceBoard } from './board.js'

const door = (more: object = {}) => contact({ line: 'GPIO17', bias: 'pull-up', onChange: { kind: 'note' }, ...more })

test('a door that opens makes its task, with what happened as the input', async () => {
  const board = await deviceBoard({ devices: { door: door() } })
  expect(await board.see('door')).toMatchObject({ type: 'contact', link: 'ready', simulated: true })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  const before = await board.heard()
  await board.simulate('door', { to: 'open' })
  await board.advance('1s')
  expect(await board.see('door')).toMatchObject({ state: 'open', value: true, link: 'ready' })
  const [last] = (await board.heard()).slice(before.length)
  expect(last).toMatchObject({ device: 'door', type: 'open', edge: 'rise' })
  const [task] = await board.tasks({ kind: 'note' })
  expect(task).toMatchObject({ device: 'door', deviceEvent: expect.any(String), deviceAt: expect.any(String) })
})

test('the very first look is no event, and a restart is none', async () => {
  const board = await deviceBoard({ devices: { door: door() } })
  await board.restart()
  await board.crash()
  await board.restart({ off: '1h' })
  await board.advance('1m')
  expect(await board.heard()).toEqual([])
})

test('a door that was opened while the power was off is told as such, once', async () => {
  const board = await deviceBoard({ devices: { door: door() } })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  await board.crash()
  await board.simulate('door', { to: 'open' })
  await board.restart({ off: '8h' })
  const heard = await board.heard()
  expect(heard.at(-1)).toMatchObject({ type: 'open', whileAway: true })
  await board.crash()
  await board.restart({ off: '1h' })
  expect(await board.heard()).toHaveLength(heard.length)
})

test('bounces within the debounce are one change', async () => {
  const board = await deviceBoard({ devices: { door: door({ debounce: '20ms' }) } })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  const before = (await board.heard()).length
  await board.simulate('door', { to: 'open', bounces: 20 })
  await board.advance('1s')
  expect(await board.heard()).toHaveLength(before + 1)
})

test('a door left open is told after its time, over a power cut', async () => {
  const board = await deviceBoard({
    devices: { door: contact({ line: 'GPIO17', bias: 'pull-up', hold: '10m', onHold: { kind: 'note' } }) },
  })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  await board.simulate('door', { to: 'open' })
  await board.advance('6m')
  await board.crash()
  await board.restart({ off: '3m' })
  expect(await board.types()).toEqual([])
  await board.advance('59s')
  expect(await board.types()).toEqual([])
  await board.advance('2s')
  expect(await board.types()).toEqual(['hold'])
  await board.crash()
  await board.restart({ off: '1h' })
  expect(await board.types()).toEqual(['hold'])
})

test('a hold that fell due while the power was off is told once, at once', async () => {
  const board = await deviceBoard({
    devices: { door: contact({ line: 'GPIO17', bias: 'pull-up', hold: '10m', onHold: { kind: 'note' } }) },
  })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  await board.simulate('door', { to: 'open' })
  await board.advance('1m')
  await board.crash()
  await board.restart({ off: '3h' })
  expect(await board.types()).toEqual(['hold'])
})

test('a button tells presses, clicks, double clicks and holds apart', async () => {
  const board = await deviceBoard({
    devices: {
      bell: button({
        line: 'GPIO4',
        bias: 'pull-down',
        onClick: { kind: 'note' },
        onDoubleClick: { kind: 'note' },
        onHold: { kind: 'note' },
      }),
    },
  })
  await board.simulate('bell', { to: 'released' })
  await board.advance('5s')
  const press = async (length: string) => {
    await board.simulate('bell', { to: 'pressed', for: length })
    await board.advance(length)
  }
  await press('100ms')
  await board.advance('5s')
  await press('100ms')
  await board.advance('100ms')
  await press('100ms')
  await board.advance('5s')
  await press('3s')
  await board.advance('5s')
  expect(await board.types()).toEqual(['click', 'doubleClick', 'hold'])
})

test('motion is told once, and clear when it has been quiet for long enough', async () => {
  const board = await deviceBoard({
    devices: {
      hall: motion({
        line: 'GPIO5',
        bias: 'pull-down',
        offDelay: '30s',
        onMotion: { kind: 'note' },
        onClear: { kind: 'note' },
      }),
    },
  })
  await board.simulate('hall', { to: 'clear' })
  await board.advance('1m')
  const commits = board.commits
  await board.simulate('hall', { to: 'motion' })
  await board.advance('10s')
  const first = board.commits
  for (let sign = 0; sign < 5; sign++) {
    await board.simulate('hall', { to: 'clear' })
    await board.advance('10s')
    await board.simulate('hall', { to: 'motion' })
    await board.advance('10s')
  }
  expect(board.commits - first).toBeLessThan(first - commits + 1)
  await board.simulate('hall', { to: 'clear' })
  await board.advance('1m')
  expect(await board.types()).toEqual(['motion', 'clear'])
})

test('what a task cannot be made of is said, and the change is kept all the same', async () => {
  const board = await deviceBoard({
    devices: { door: door() },
    routes: { default: { queueLimit: 1, gates: ['shut'] } },
    gates: { shut: device('door', { is: 'melted' }) },
  })
  for (const to of ['closed', 'open', 'closed', 'open']) {
    await board.simulate('door', { to })
    await board.advance('1s')
  }
  expect(await board.see('door')).toMatchObject({ state: 'open' })
  expect(await board.heard()).toHaveLength(1)
  expect(board.log.filter(({ message }) => message.includes("device 'door' made no task"))).not.toEqual([])
  await board.crash()
  await board.restart()
  expect(await board.heard()).toHaveLength(1)
})

test('a raw input with no debounce tells every edge, in order', async () => {
  const board = await deviceBoard({
    devices: { pulse: input({ line: 'GPIO6', bias: 'pull-down', debounce: 0, onChange: { kind: 'note' } }) },
  })
  await board.simulate('pulse', { to: 'low' })
  await board.advance('1s')
  const before = (await board.heard()).length
  const told: (string | undefined)[] = []
  board.runtime.observe({ device: ({ edge }) => void told.push(edge) })
  await board.simulate('pulse', { to: 'high', bounces: 3 })
  await board.advance('1s')
  expect(told).toEqual(['rise', 'fall', 'rise', 'fall', 'rise', 'fall', 'rise'])
  expect(await board.heard()).toHaveLength(before + told.length)
})
