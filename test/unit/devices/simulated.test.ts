import { beforeEach, expect, test } from 'vitest'
import type { LineAddress } from '../../../src/devices/addresses.js'
import type { InputRequest, OutputRequest } from '../../../src/devices/backend.js'
import { SimulatedBackend } from '../../../src/devices/simulated.js'
import { HoldfastError } from '../../../src/model/errors.js'
import { Ear, levelsOf } from '../../../src/testing/conformance/lines.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'

const INPUT = {
  chip: 'simulated',
  direction: 'input',
  consumer: 'test',
  activeLow: false,
  bias: 'as-is',
  debounceUs: 0,
  edges: true,
} as const
const OUTPUT = { ...INPUT, direction: 'output', drive: 'push-pull' } as const

let clock: SimulatedClock
let board: SimulatedBackend
beforeEach(() => {
  clock = new SimulatedClock()
  board = new SimulatedBackend({ clock, chips: ['pinctrl-rp1', 'simulated'], names: ['BELL', 'GPIO4'] })
})

const hear = (offset: number, some: Partial<InputRequest> = {}) => {
  const ear = new Ear()
  return { ear, lines: board.request({ ...INPUT, offsets: [offset], ...some }, ear) }
}
const drive = (offset: number, level?: boolean, some: Partial<OutputRequest> = {}) =>
  board.request(
    { ...OUTPUT, offsets: [offset], ...(level === undefined ? {} : { levels: [level] }), ...some },
    new Ear(),
  )

test('the board has the pins of a Raspberry Pi and the names that were asked for, other chips 64 lines', () => {
  const [pins, other, ...more] = board.chips()
  expect(pins).toMatchObject({ label: 'simulated', name: 'gpiochip0' })
  expect(pins?.lines.map(({ name }) => name)).toEqual([...Array.from({ length: 28 }, (_, n) => `GPIO${n}`), 'BELL'])
  expect(other).toMatchObject({ label: 'pinctrl-rp1', name: 'gpiochip1' })
  expect(other?.lines.length).toBe(64)
  expect(more).toEqual([])
})

test('a line is found by its name, or by its chip and offset, and by nothing else', () => {
  board.pull('BELL', true)
  expect(board.level({ chip: 'simulated', offset: 28 })).toBe(true)
  const unknown: LineAddress[] = ['', 'gpio4', { chip: 'rp1', offset: 0 }, { chip: 'pinctrl-rp1', offset: 64 }]
  for (const address of unknown) expect(() => board.level(address)).toThrow(/no (line|chip)/)
})

test('what an output is set to is an edge at the line that it is wired to', async () => {
  board.wire('GPIO17', 'GPIO27')
  board.wire('GPIO27', 'GPIO17')
  const { ear, lines } = hear(27)
  const output = drive(17, true)
  output.write([false])
  output.write([false])
  output.write([true])
  expect(levelsOf(await ear.until(3))).toEqual([true, false, true])
  expect(lines.read()).toEqual([true])
})

test('the level of the request is there without a glitch', async () => {
  board.wire('GPIO17', 'GPIO27')
  board.pull('GPIO27', true)
  const { ear } = hear(27)
  drive(17, true).release()
  const output = drive(17)
  board.pull('GPIO27', false)
  expect(board.level('GPIO27')).toBe(true)
  output.write([false])
  expect(levelsOf(await ear.until(1))).toEqual([false])
})

test('an output keeps its level after its release, and one that asks for it as it is has it', () => {
  drive(17, true).release()
  expect(board.level('GPIO17')).toBe(true)
  const again = drive(17)
  expect(again.read()).toEqual([true])
  again.release()
  expect(hear(17).lines.read()).toEqual([false])
})

test('open drains on one wire: one that is low is enough', () => {
  board.wire('GPIO1', 'GPIO2')
  board.wire('GPIO2', 'GPIO3')
  const some = { drive: 'open-drain', bias: 'pull-up' } as const
  const [one, two] = [drive(1, true, some), drive(2, true, some)]
  expect(board.level('GPIO3')).toBe(true)
  two.write([false])
  expect([one.read(), board.level('GPIO3')]).toEqual([[false], false])
  one.write([false])
  two.write([true])
  expect(board.level('GPIO3')).toBe(false)
  one.write([true])
  expect(board.level('GPIO3')).toBe(true)
})

test('lines that are wired while they differ come to one level, and that is an edge', async () => {
  board.pull('GPIO2', true)
  const { ear } = hear(1)
  board.wire('GPIO1', 'GPIO2')
  expect(levelsOf(await ear.until(1))).toEqual([true])
})

test('a line that is let go falls back to its bias', () => {
  const { lines } = hear(5, { bias: 'pull-up' })
  board.pull('GPIO5', false)
  expect(lines.read()).toEqual([false])
  board.pull('GPIO5', null)
  expect(lines.read()).toEqual([true])
  lines.release()
  expect(hear(5, { bias: 'disabled' }).lines.read()).toEqual([false])
})

test('a bounce is every one of its edges, and with a debounce it is one', async () => {
  const raw = hear(4)
  board.bounce('GPIO4', true, 3)
  expect(levelsOf(await raw.ear.until(7))).toEqual([true, false, true, false, true, false, true])
  raw.lines.release()
  const { ear } = hear(4, { debounceUs: 25_000 })
  board.bounce('GPIO4', false, 3)
  clock.advance(24)
  board.bounce('GPIO4', false, 1)
  clock.advance(24)
  expect(ear.heard).toEqual([])
  clock.advance(1)
  expect(levelsOf(await ear.until(1))).toEqual([false])
})

test('a debounce may be any number of microseconds', async () => {
  const { ear } = hear(4, { debounceUs: 1_500 })
  const before = BigInt(clock.mark().mono) * 1_000_000n
  board.pull('GPIO4', true)
  clock.advance(2)
  const [edge] = await ear.until(1)
  expect(edge?.atNs).toBe(before + 1_500_000n)
})

test('a bounce that the loop does not keep up with loses the oldest edges', async () => {
  const { ear } = hear(4)
  board.bounce('GPIO4', true, 20)
  const edges = await ear.until(16)
  expect(edges.map(({ seq }) => seq)).toEqual(Array.from({ length: 16 }, (_, n) => 26 + n))
  expect(edges.at(-1)?.level).toBe(true)
})

test('a flood leaves the loop its turns, and every edge is heard', async () => {
  const { ear } = hear(4)
  let turns = 0
  let over = false
  const turn = () => {
    turns++
    if (!over) setImmediate(turn)
  }
  turn()
  await board.flood('GPIO4', 10_000)
  over = true
  await ear.until(10_000)
  expect(turns).toBeGreaterThan(500)
  expect(ear.heard.at(-1)?.seq).toBe(10_000)
})

test.each([-1, 0.5, Number.NaN, 1_000_001])('a flood of %d edges is refused', async (edges) => {
  await expect(board.flood('GPIO4', edges)).rejects.toThrow(/edges: expected a whole number/)
  expect(() => board.bounce('GPIO4', true, edges)).toThrow(/times: expected a whole number/)
})

test('a line that fails fails in every call, until it is well again', () => {
  const { lines } = hear(4)
  const output = drive(5, false)
  for (const line of ['GPIO4', 'GPIO5', 'GPIO6']) board.fail(line, new HoldfastError('ERR_LINE', 'broken'))
  expect(() => lines.read()).toThrow('broken')
  expect(() => output.write([true])).toThrow('broken')
  expect(() => hear(6)).toThrow('broken')
  for (const line of ['GPIO4', 'GPIO5', 'GPIO6']) board.fail(line, null)
  expect([lines.read(), output.read()]).toEqual([[false], [false]])
  hear(6)
})

test('a line that another process has is busy until it lets go; of one of ours it cannot be taken', () => {
  board.occupy('GPIO4', 'gpiomon')
  expect(() => hear(4)).toThrow('GPIO4 of chip simulated is held by gpiomon')
  board.occupy('GPIO4', null)
  hear(4)
  expect(() => board.occupy('GPIO4', 'gpiomon')).toThrow('the line is held by test, of this process')
})

test('a chip that comes again has another number, and is wired and pulled as before', () => {
  board.wire('GPIO1', 'GPIO2')
  drive(1, true)
  board.unplug('simulated')
  board.unplug('simulated')
  expect(board.chips().map(({ label }) => label)).toEqual(['pinctrl-rp1'])
  expect(board.level('GPIO2')).toBe(false)
  board.pull('GPIO2', true)
  board.plug('simulated')
  board.plug('simulated')
  expect(board.chips().find(({ label }) => label === 'simulated')?.name).toBe('gpiochip2')
  expect(hear(1).lines.read()).toEqual([true])
  expect(() => board.unplug('other')).toThrow('no chip has the label other; there are simulated, pinctrl-rp1')
})

test('no wait is left of a line that was released within its debounce', () => {
  const { lines } = hear(4, { debounceUs: 25_000 })
  board.pull('GPIO4', true)
  expect(clock.waiting).toBe(1)
  lines.release()
  expect(clock.waiting).toBe(0)
  const other = hear(4, { debounceUs: 25_000 })
  board.pull('GPIO4', false)
  board.unplug('simulated')
  expect(clock.waiting).toBe(0)
  other.lines.release()
})
