/** What outputs do while the card takes its time, and when it does not answer at all. */
import { expect, onTestFinished, test } from 'vitest'
import { simulatedHardware } from '../../src/devices/hardware.js'
import { pluggedDevices } from '../../src/devices/plug.js'
import { SimulatedSources } from '../../src/devices/sources/simulated.js'
import { input, interlock, led, pwm, relay } from '../../src/index.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { silent } from '../runtime/lab.js'
import fc, { runs } from '../support/fast-check.js'
import { deviceBoard } from './board.js'

type Board = Awaited<ReturnType<typeof slowBoard>>

async function slowBoard(devices: Parameters<typeof deviceBoard>[0]['devices'], wires: [string, string][] = []) {
  const board = await deviceBoard({ devices, gpio: { simulated: { wires } } })
  await board.advance('2s')
  const card = board.disk as unknown as FaultyStore
  // A test that failed meanwhile ends, too.
  onTestFinished(() => card.release())
  return Object.assign(board, { card })
}

/** A command whose commit is on its way, and stays so until the card is released. */
async function sent(board: Board, ...command: Parameters<Board['tell']>) {
  board.card.hold()
  const told = board.tell(...command)
  await board.card.heldBatches()
  return { told }
}

const shutter = { shutter: interlock({ outputs: { up: 'GPIO5', down: 'GPIO6' }, wait: '1s', maxOn: '1m' }) }
const driven = (board: Board) => ['GPIO5', 'GPIO6'].map((line) => board.gpio.level(line))

test('between one output that goes off and another that goes on lies the wait, however long a commit takes', async () => {
  const board = await slowBoard(shutter)
  await board.tell('shutter', 'on', { output: 'up' })
  const { told } = await sent(board, 'shutter', 'on', { output: 'down' })
  await board.advance('1500ms')
  expect(driven(board)).toEqual([true, false])
  board.card.release()
  await told
  expect(driven(board)).toEqual([false, false])
  await board.advance('999ms')
  expect(driven(board)).toEqual([false, false])
  expect(await board.see('shutter')).toMatchObject({ state: 'pausing', value: null })
  await board.advance('1ms')
  expect(driven(board)).toEqual([false, true])
})

test('an output that is asked for while another goes off waits from when that is off', async () => {
  const board = await slowBoard(shutter)
  await board.tell('shutter', 'on', { output: 'up' })
  const { told } = await sent(board, 'shutter', 'off')
  await board.advance('1200ms')
  const next = board.tell('shutter', 'on', { output: 'down' })
  await board.advance('1s')
  board.card.release()
  await Promise.all([told, next])
  await board.advance('999ms')
  expect(driven(board)).toEqual([false, false])
  await board.advance('1ms')
  expect(driven(board)).toEqual([false, true])
})

test('an output that is asked for after another went off late waits from when that was off', async () => {
  const board = await slowBoard(shutter)
  await board.tell('shutter', 'on', { output: 'up' })
  const { told } = await sent(board, 'shutter', 'off')
  await board.advance('5s')
  board.card.release()
  await told
  await board.advance('400ms')
  await board.tell('shutter', 'on', { output: 'down' })
  await board.advance('599ms')
  expect(driven(board)).toEqual([false, false])
  await board.advance('1ms')
  expect(driven(board)).toEqual([false, true])
  await board.tell('shutter', 'off')
  await board.advance('1s')
  await board.tell('shutter', 'on', { output: 'up' })
  expect(driven(board)).toEqual([true, false])
})

test('a pulse is as long as it was asked for, however long its commits take', async () => {
  const board = await slowBoard({ lock: relay({ line: 'GPIO27' }) })
  const { told } = await sent(board, 'lock', 'pulse', { for: '500ms' })
  await board.advance('600ms')
  board.card.release()
  await told
  expect(await board.see('lock')).toMatchObject({ state: 'on' })
  board.card.hold()
  await board.advance('499ms')
  expect(board.gpio.level('GPIO27')).toBe(true)
  await board.advance('1ms')
  expect(board.gpio.level('GPIO27')).toBe(false)
  expect(await board.see('lock')).toMatchObject({ state: 'on' })
  board.card.release()
  await board.settled()
  expect(await board.see('lock')).toMatchObject({ state: 'off', value: false })
  expect(board.gpio.level('GPIO27')).toBe(false)
})

test('a lamp that blinks begins with a whole flash', async () => {
  const board = await slowBoard({ lamp: led({ line: 'GPIO18' }) })
  const { told } = await sent(board, 'lamp', 'blink', { on: '100ms', off: '300ms', count: 2 })
  await board.advance('250ms')
  board.card.release()
  await told
  const seen: boolean[] = []
  for (let at = 0; at < 800; at += 50) {
    seen.push(board.gpio.level('GPIO18'))
    await board.advance('50ms')
  }
  const flash = [true, true, false, false, false, false, false, false]
  expect(seen).toEqual([...flash, ...flash])
  expect(await board.see('lamp')).toMatchObject({ state: 'off' })
})

test('a lamp begins to fade when that is on disk', async () => {
  const clock = new SimulatedClock()
  const card = new FaultyStore(memoryStore('fade'))
  const duties: number[] = []
  const sources = new SimulatedSources()
  const dial = { get: async () => 0, set: async (duty: number) => void duties.push(duty), close: async () => undefined }
  const part = pluggedDevices({ devices: { lamp: pwm({ channel: 0 }) } }, undefined, async (checked) => {
    const { lines } = await simulatedHardware({ lines: [], wires: [] }, checked, clock)
    return { lines, sources: Object.assign(sources, { dial: () => dial }), simulation: undefined }
  })
  const parts = { store: card, clock, devices: part, plugged: [part] }
  const runtime = new Runtime({ path: 'memory', tasks: [], log: silent }, parts)
  onTestFinished(() => runtime.stop())
  await runtime.start()
  card.hold()
  const told = runtime.devices.command('lamp', { type: 'fade', to: 1, over: '1s' })
  await card.heldBatches()
  clock.advance(5_000)
  card.release()
  await told
  expect(duties).toEqual([0])
  clock.advance(20)
  expect(duties).toEqual([0, 0.02])
})

test('what is to end by itself ends while a commit hangs, and is kept when the card answers again', async () => {
  const board = await slowBoard({
    pump: relay({ line: 'GPIO22', maxOn: '1m', initial: 'restore' }),
    lock: relay({ line: 'GPIO24' }),
    ...shutter,
    lamp: relay({ line: 'GPIO27' }),
  })
  await board.tell('pump', 'on')
  await board.tell('lock', 'pulse', { for: '30s' })
  await board.tell('shutter', 'on', { output: 'up' })
  const { told } = await sent(board, 'lamp', 'on')
  const levels = () => ['GPIO22', 'GPIO24', 'GPIO5'].map((line) => board.gpio.level(line))
  await board.advance('30s')
  expect(levels()).toEqual([true, false, true])
  await board.advance('29s')
  expect(levels()).toEqual([true, false, true])
  await board.advance('1s')
  expect(levels()).toEqual([false, false, false])
  // Nobody is told what is not on disk.
  expect(await board.see('pump')).toMatchObject({ state: 'on' })
  await board.advance('10m')
  board.card.release()
  await told
  await board.settled()
  expect(levels()).toEqual([false, false, false])
  expect(await board.see('pump')).toMatchObject({ state: 'off', news: [{}, { type: 'off', reason: 'maxOn' }] })
  expect(await board.see('lock')).toMatchObject({ state: 'off', news: [{}, { type: 'off', reason: 'pulse' }] })
  expect(await board.see('shutter')).toMatchObject({ state: 'idle', news: [{}, { type: 'off', reason: 'maxOn' }] })
  await board.restart()
  expect(await board.see('pump')).toMatchObject({ state: 'off' })
})

test('what ended while a commit hung stays off when the commit fails at last', async () => {
  const board = await slowBoard({ pump: relay({ line: 'GPIO22', maxOn: '1m', initial: 'restore' }) })
  await board.tell('pump', 'on')
  board.card.hold()
  await board.advance('90s')
  expect(board.gpio.level('GPIO22')).toBe(false)
  board.disk.fail('EIO')
  board.card.release()
  await board.settled()
  expect(board.gpio.level('GPIO22')).toBe(false)
  board.disk.mend()
  await board.advance('5m')
  expect(board.gpio.level('GPIO22')).toBe(false)
  expect(await board.see('pump')).toMatchObject({ state: 'off', news: [{}, { type: 'off', reason: 'maxOn' }] })
})

test('a pulse ends while the command that takes it over hangs, and what that asks for is driven when it is on disk', async () => {
  const board = await slowBoard({ lock: relay({ line: 'GPIO27' }) })
  await board.tell('lock', 'pulse', { for: '2s' })
  const { told } = await sent(board, 'lock', 'on')
  await board.advance('1999ms')
  expect(board.gpio.level('GPIO27')).toBe(true)
  await board.advance('1ms')
  expect(board.gpio.level('GPIO27')).toBe(false)
  board.card.release()
  await told
  expect(board.gpio.level('GPIO27')).toBe(true)
})

test('a command that comes too late for it grants a pump no more time, and turns it on for no moment', async () => {
  const board = await slowBoard({ pump: relay({ line: 'GPIO22', maxOn: '10s' }) })
  await board.tell('pump', 'on')
  await board.advance('9s')
  const { told } = await sent(board, 'pump', 'pulse', { for: '5s' })
  await board.advance('3s')
  expect(board.gpio.level('GPIO22')).toBe(false)
  // The pulse is on disk, and its end is not.
  const pulsed = told.then(() => board.card.hold())
  board.card.release()
  await pulsed
  expect(board.gpio.level('GPIO22')).toBe(false)
  board.card.release()
  await board.settled()
  expect(board.gpio.level('GPIO22')).toBe(false)
  expect(await board.see('pump')).toMatchObject({ state: 'off', news: [{}, { type: 'off', reason: 'maxOn' }] })
})

test('a slow command in between makes the longest time no longer', async () => {
  const board = await slowBoard({ pump: relay({ line: 'GPIO22', maxOn: '10s' }) })
  await board.tell('pump', 'on')
  await board.advance('2s')
  const { told } = await sent(board, 'pump', 'pulse', { for: '1m' })
  await board.advance('3s')
  board.card.release()
  await told
  await board.advance('4999ms')
  expect(board.gpio.level('GPIO22')).toBe(true)
  await board.advance('1ms')
  expect(board.gpio.level('GPIO22')).toBe(false)
})

test('the longest time of what goes on is counted from when it is on', async () => {
  const board = await slowBoard({ pump: relay({ line: 'GPIO22', maxOn: '5s' }) })
  const { told } = await sent(board, 'pump', 'on')
  await board.advance('8s')
  board.card.release()
  await told
  await board.advance('4999ms')
  expect(board.gpio.level('GPIO22')).toBe(true)
  await board.advance('1ms')
  expect(board.gpio.level('GPIO22')).toBe(false)
})

test('what is driven from its first moment on is counted from there, and ends before anything of it is on disk', async () => {
  const board = await slowBoard({ pump: relay({ line: 'GPIO22', initial: 'on', maxOn: '1m' }) })
  await board.advance('1m')
  board.gpio.unplug('simulated')
  await board.settled()
  board.card.hold()
  board.gpio.plug('simulated')
  await board.card.heldBatches()
  expect(board.gpio.level('GPIO22')).toBe(true)
  await board.advance('59999ms')
  expect(board.gpio.level('GPIO22')).toBe(true)
  await board.advance('1ms')
  expect(board.gpio.level('GPIO22')).toBe(false)
  board.card.release()
  await board.settled()
  expect(board.gpio.level('GPIO22')).toBe(false)
  expect(await board.see('pump')).toMatchObject({ state: 'off' })
})

test('a pulse that is told to be off before it has begun is off', async () => {
  const board = await slowBoard({ lock: relay({ line: 'GPIO27' }) })
  const { told } = await sent(board, 'lock', 'pulse', { for: '2s' })
  const off = board.tell('lock', 'off')
  await board.advance('1s')
  board.card.release()
  await Promise.all([told, off])
  expect(board.gpio.level('GPIO27')).toBe(false)
  await board.advance('10s')
  expect((await board.see('lock')).news.map(({ type }) => type)).toEqual(['on', 'off'])
})

test('whatever the card does: no line is on for too long, never two of them are, and between two lies the wait', async () => {
  const command = fc.constantFrom<Parameters<Board['tell']>>(
    ['pump', 'on'],
    ['pump', 'off'],
    ['pump', 'pulse', { for: '1500ms' }],
    ['pump', 'pulse', { for: '1m' }],
    ['shutter', 'on', { output: 'up' }],
    ['shutter', 'on', { output: 'down' }],
    ['shutter', 'off'],
  )
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.record({ command }) },
    { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 25 }) }) },
    { weight: 2, arbitrary: fc.record({ card: fc.boolean() }) },
  )
  const MOST = 3_000
  const STEP = 100
  const story = async (events: readonly { command?: Parameters<Board['tell']>; pass?: number; card?: boolean }[]) => {
    const devices = {
      pump: relay({ line: 'GPIO22', maxOn: MOST }),
      // One that is told to go off, and on, is off for less than a moment when both are on disk at once.
      probe: input({ line: 'GPIO7', debounce: 0 }),
      shutter: interlock({ outputs: { up: 'GPIO5', down: 'GPIO6' }, wait: '1s', maxOn: MOST }),
    }
    const board = await slowBoard(devices, [['GPIO22', 'GPIO7']])
    let edges = 0
    const since = new Map<string, number>()
    const offAt = new Map<string, number>()
    const look = async () => {
      const now = board.clock.steady()
      const { counts } = await board.see('probe')
      if (counts.edges !== edges) since.delete('GPIO22')
      edges = counts.edges
      const on = ['GPIO22', 'GPIO5', 'GPIO6'].filter((line) => board.gpio.level(line))
      for (const line of since.keys()) {
        if (on.includes(line)) continue
        since.delete(line)
        offAt.set(line, now)
      }
      for (const line of on) {
        since.set(line, since.get(line) ?? now)
        expect(now - (since.get(line) ?? 0)).toBeLessThan(MOST)
        const other = { GPIO5: 'GPIO6', GPIO6: 'GPIO5' }[line]
        if (other) expect(now - (offAt.get(other) ?? 0)).toBeGreaterThanOrEqual(1_000)
      }
      expect(on).not.toEqual(expect.arrayContaining(['GPIO5', 'GPIO6']))
    }
    for (const each of [...events, { card: true }, { pass: 80 }]) {
      if (each.command) void board.tell(...each.command)
      else if (each.card === false) board.card.hold()
      else if (each.card) board.card.release()
      await board.settled()
      await look()
      for (let left = each.pass ?? 0; left > 0; left--) {
        await board.advance(STEP)
        await look()
      }
    }
    expect(await board.see('pump')).toMatchObject({ state: 'off' })
    expect(await board.see('shutter')).toMatchObject({ value: null })
    await board.close()
  }
  await fc.assert(fc.asyncProperty(fc.array(event, { maxLength: 20 }), story), { numRuns: runs(40, 1_000) })
}, 60_000)
