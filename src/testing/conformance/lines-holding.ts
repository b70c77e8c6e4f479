import { deepStrictEqual, doesNotThrow, ok, strictEqual, throws } from 'node:assert'
import { ask, Ear, infoOf, input, type LineChecks, output } from './lines.js'

const TURNS = 1_000

export const HOLDING: LineChecks = {
  'the chip is told with all of its lines, in order': async (bench) => {
    const chip = bench.backend.chips().find(({ label }) => label === bench.chip)
    deepStrictEqual(
      chip?.lines.map(({ offset }) => offset),
      chip?.lines.map((_, n) => n),
    )
    ok((chip?.lines.length ?? 0) >= 8)
    strictEqual(infoOf(bench, bench.named.offset).name, bench.named.name)
    ok(chip?.lines.every(({ used }) => !used))
  },

  'a line that is had says so, who has it, and its direction': async (bench) => {
    const lines = [
      ask(bench, input(bench, [0], { consumer: 'the-door' })),
      ask(bench, output(bench, [1], { consumer: 'the-lamp', levels: [false] })),
    ]
    const said = (offset: number) => {
      const { used, consumer, direction } = infoOf(bench, offset)
      return { used, consumer, direction }
    }
    deepStrictEqual(said(0), { used: true, consumer: 'the-door', direction: 'input' })
    deepStrictEqual(said(1), { used: true, consumer: 'the-lamp', direction: 'output' })
    for (const each of lines) each.release()
    deepStrictEqual([infoOf(bench, 0).used, infoOf(bench, 1).used], [false, false])
  },

  'a line that somebody has is busy, and the holder is named': async (bench) => {
    const first = ask(bench, input(bench, [2], { consumer: 'the-first' }))
    throws(() => ask(bench, input(bench, [2])), { code: 'ERR_LINE_BUSY', message: /the-first/ })
    first.release()
    ask(bench, input(bench, [2])).release()
  },

  'all lines of a request are had, or none': async (bench) => {
    const first = ask(bench, input(bench, [2], { consumer: 'the-first' }))
    throws(() => ask(bench, output(bench, [1, 2], { levels: [true, true] })), {
      code: 'ERR_LINE_BUSY',
      message: /the-first/,
    })
    strictEqual(infoOf(bench, 1).used, false)
    strictEqual(await bench.level(1), false)
    first.release()
  },

  'a chip or an offset that is not there is unknown': async (bench) => {
    throws(() => ask(bench, { ...input(bench, [0]), chip: 'no-such-chip' }), {
      code: 'ERR_LINE_UNKNOWN',
      message: /no-such-chip/,
    })
    const offset = bench.backend.chips().find(({ label }) => label === bench.chip)?.lines.length ?? 0
    throws(() => ask(bench, input(bench, [offset])), { code: 'ERR_LINE_UNKNOWN' })
    throws(() => ask(bench, input(bench, [0, 4_000_000])), { code: 'ERR_LINE_UNKNOWN' })
    strictEqual(infoOf(bench, 0).used, false)
  },

  'a released line can be had again, the other way round too': async (bench) => {
    const first = ask(bench, output(bench, [0], { levels: [true] }))
    first.release()
    const second = ask(bench, input(bench, [0], { edges: true }))
    strictEqual(infoOf(bench, 0).direction, 'input')
    second.release()
    const third = ask(bench, output(bench, [0], { levels: [false] }))
    deepStrictEqual(third.read(), [false])
  },

  'releasing twice is no error; what is released can be asked for nothing': async (bench) => {
    const lines = ask(bench, output(bench, [0], { levels: [true] }))
    lines.release()
    throws(() => lines.read(), { code: 'ERR_LINE' })
    throws(() => lines.write([true]), { code: 'ERR_LINE' })
    doesNotThrow(() => {
      lines.listen(true)
      lines.release()
    })
    ask(bench, input(bench, [0])).release()
  },

  'an input cannot be written': async (bench) => {
    const lines = ask(bench, input(bench, [0]))
    throws(() => lines.write([true]), { code: 'ERR_LINE' })
    deepStrictEqual(lines.read(), [false])
  },

  'a thousand requests and releases leave nothing behind': async (bench) => {
    const before = bench.held()
    for (let turn = 0; turn < TURNS; turn++) {
      const ear = new Ear()
      const input_ = ask(bench, input(bench, [0, 1], { edges: true, debounceUs: turn % 2 === 0 ? 0 : 1_000 }), ear)
      const output_ = ask(bench, output(bench, [2], { levels: [turn % 2 === 0] }))
      if (turn % 100 === 0) await bench.pull(0, turn % 200 === 0)
      input_.release()
      output_.release()
    }
    await bench.pass(1)
    strictEqual(bench.held(), before)
    ok([0, 1, 2].every((offset) => !infoOf(bench, offset).used))
    const ear = new Ear()
    ask(bench, input(bench, [3], { edges: true }), ear)
    await bench.pull(3, true)
    await ear.until(1)
  },

  'closing releases what is still held': async (bench) => {
    const before = bench.held()
    ask(bench, input(bench, [0], { edges: true, debounceUs: 1_000 }))
    ask(bench, output(bench, [1], { levels: [true] }))
    bench.backend.close()
    bench.backend.close()
    strictEqual(bench.held(), before)
  },
}
