import { deepStrictEqual, strictEqual, throws } from 'node:assert'
import type { Backend } from '../../devices/backend.js'
import { ask, Ear, input, type LineChecks, levelsOf, output } from './lines.js'

/** When the backend says that chips may have come or gone, and they have. */
function seen(backend: Backend, label: string, there: boolean): Promise<void> {
  return new Promise((resolve) => {
    const leave = backend.watch(() => {
      if (backend.chips().some((chip) => chip.label === label) !== there) return
      leave()
      resolve()
    })
  })
}

export const PLUG: LineChecks = {
  'lines whose chip is gone say so once, inputs and outputs': async (bench) => {
    const ears = [new Ear(), new Ear(), new Ear()] as const
    const lines = [
      ask(bench, input(bench, [0], { edges: true }), ears[0]),
      ask(bench, input(bench, [1]), ears[1]),
      ask(bench, output(bench, [2], { levels: [true] }), ears[2]),
    ]
    await bench.unplug()
    for (const ear of ears) await ear.untilLost()
    for (const each of lines) {
      throws(() => each.read(), { code: 'ERR_LINE_GONE' })
      each.release()
    }
    await bench.plug()
    await bench.pass(10)
    for (const { losses, heard } of ears) {
      deepStrictEqual(
        losses.map((error) => (error as { code?: unknown }).code),
        ['ERR_LINE_GONE'],
      )
      deepStrictEqual(heard, [])
    }
  },

  'an output whose chip is gone cannot be written': async (bench) => {
    const ear = new Ear()
    const lines = ask(bench, output(bench, [2], { levels: [true] }), ear)
    await bench.unplug()
    await ear.untilLost()
    throws(() => lines.write([false]), { code: 'ERR_LINE_GONE' })
  },

  'who released before hears nothing of it': async (bench) => {
    const released = new Ear()
    ask(bench, input(bench, [0], { edges: true }), released).release()
    const ear = new Ear()
    ask(bench, input(bench, [1], { edges: true }), ear)
    await bench.unplug()
    await ear.untilLost()
    deepStrictEqual(released.losses, [])
  },

  'a chip that is gone is unknown, and is told no more': async (bench) => {
    const gone = seen(bench.backend, bench.chip, false)
    await bench.unplug()
    await gone
    throws(() => ask(bench, input(bench, [0])), { code: 'ERR_LINE_UNKNOWN' })
  },

  'a chip that comes again is told, and works as before': async (bench) => {
    const ear = new Ear()
    const lines = ask(bench, input(bench, [0], { edges: true }), ear)
    const gone = seen(bench.backend, bench.chip, false)
    await bench.unplug()
    await gone
    await ear.untilLost()
    lines.release()
    const back = seen(bench.backend, bench.chip, true)
    await bench.plug()
    await back
    const again = new Ear()
    const found = ask(bench, input(bench, [0], { edges: true }), again)
    deepStrictEqual(found.read(), [false])
    await bench.pull(0, true)
    deepStrictEqual(levelsOf(await again.until(1)), [true])
    deepStrictEqual(ear.heard, [])
  },

  'who left the watch is told nothing': async (bench) => {
    let told = 0
    const leave = bench.backend.watch(() => {
      told++
    })
    leave()
    leave()
    const gone = seen(bench.backend, bench.chip, false)
    await bench.unplug()
    await gone
    strictEqual(told, 0)
  },

  'unplugged ten times, nothing is left behind': async (bench) => {
    const before = bench.held()
    for (let turn = 0; turn < 10; turn++) {
      const ear = new Ear()
      const lines = ask(bench, input(bench, [0], { edges: true }), ear)
      const gone = seen(bench.backend, bench.chip, false)
      await bench.unplug()
      await ear.untilLost()
      lines.release()
      await gone
      const back = seen(bench.backend, bench.chip, true)
      await bench.plug()
      await back
    }
    strictEqual(bench.held(), before)
  },
}
