import { deepStrictEqual, strictEqual } from 'node:assert'
import { ask, infoOf, input, type LineChecks, metered, output } from './lines.js'

export const LEVELS: LineChecks = {
  'an input has the level that it had before anybody asked': async (bench) => {
    await bench.pull(1, true)
    const lines = ask(bench, input(bench, [0, 1]))
    deepStrictEqual(lines.read(), [false, true])
    lines.release()
  },

  'levels are in the order of the offsets, whatever it is': async (bench) => {
    await bench.pull(2, true)
    const lines = ask(bench, input(bench, [5, 2, 0]))
    deepStrictEqual(lines.read(), [false, true, false])
    await bench.pull(0, true)
    deepStrictEqual(lines.read(), [false, true, true])
  },

  'active-low turns what is read': async (bench) => {
    const lines = ask(bench, input(bench, [0], { activeLow: true }))
    deepStrictEqual(lines.read(), [true])
    await bench.pull(0, true)
    deepStrictEqual(lines.read(), [false])
  },

  'active-low turns what is written': async (bench) => {
    const lines = ask(bench, output(bench, [0], { activeLow: true, levels: [true] }))
    await metered(bench, [0], [false])
    deepStrictEqual(lines.read(), [true])
    lines.write([false])
    await metered(bench, [0], [true])
    deepStrictEqual(lines.read(), [false])
  },

  'a line that nobody pulls follows its bias': async (bench) => {
    const up = ask(bench, input(bench, [3], { bias: 'pull-up' }))
    const down = ask(bench, input(bench, [4], { bias: 'pull-down' }))
    deepStrictEqual([up.read(), down.read()], [[true], [false]])
  },

  'who pulls is stronger than the bias': async (bench) => {
    const up = ask(bench, input(bench, [3], { bias: 'pull-up' }))
    await bench.pull(3, false)
    deepStrictEqual(up.read(), [false])
  },

  'a contact to ground with a pull-up and active-low is on when it is closed': async (bench) => {
    const contact = ask(bench, input(bench, [3], { bias: 'pull-up', activeLow: true }))
    deepStrictEqual(contact.read(), [false])
    await bench.pull(3, false)
    deepStrictEqual(contact.read(), [true])
  },

  'outputs have the levels of the request from the first moment': async (bench) => {
    const lines = ask(bench, output(bench, [0, 1, 2], { levels: [true, false, true] }))
    await metered(bench, [0, 1, 2], [true, false, true])
    deepStrictEqual(lines.read(), [true, false, true])
  },

  'several outputs are set at once and read back': async (bench) => {
    const lines = ask(bench, output(bench, [6, 1, 3], { levels: [false, false, false] }))
    lines.write([true, false, true])
    deepStrictEqual(lines.read(), [true, false, true])
    await metered(bench, [6, 1, 3], [true, false, true])
    lines.write([false, true, true])
    deepStrictEqual(lines.read(), [false, true, true])
    await metered(bench, [6, 1, 3], [false, true, true])
  },

  'an output as it is keeps the level that the line has, and drives it': async (bench) => {
    await bench.pull(1, true)
    const lines = ask(bench, output(bench, [0, 1]))
    deepStrictEqual(lines.read(), [false, true])
    await bench.pull(1, false)
    deepStrictEqual(lines.read(), [false, true])
    await metered(bench, [0, 1], [false, true])
    strictEqual(infoOf(bench, 1).direction, 'output')
    lines.write([true, false])
    deepStrictEqual(lines.read(), [true, false])
  },

  'an output as it is, active-low, keeps the level at the meter': async (bench) => {
    await bench.pull(1, true)
    const lines = ask(bench, output(bench, [1], { activeLow: true }))
    deepStrictEqual(lines.read(), [false])
    await metered(bench, [1], [true])
  },

  'an open drain pulls low, and leaves high to who is outside': async (bench) => {
    await bench.pull(0, true)
    await bench.pull(1, true)
    const lines = ask(bench, output(bench, [0, 1], { drive: 'open-drain', levels: [true, false] }))
    deepStrictEqual(lines.read(), [true, false])
    await metered(bench, [0, 1], [true, false])
  },

  'an open source pulls high, and leaves low to who is outside': async (bench) => {
    const lines = ask(bench, output(bench, [0, 1], { drive: 'open-source', levels: [true, false] }))
    deepStrictEqual(lines.read(), [true, false])
    await metered(bench, [0, 1], [true, false])
  },
}
