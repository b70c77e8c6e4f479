import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { ask, counted, Ear, input, type LineBench, type LineChecks, levelsOf } from './lines.js'

const DEBOUNCE_MS = 100

async function pulls(bench: LineBench, offset: number, levels: readonly boolean[]): Promise<void> {
  for (const high of levels) await bench.pull(offset, high)
}

const alternating = (count: number) => Array.from({ length: count }, (_, n) => n % 2 === 0)

export const EDGES: LineChecks = {
  'every change is heard, in order, with its level and its number': async (bench) => {
    const ear = new Ear()
    ask(bench, input(bench, [0], { edges: true }), ear)
    await pulls(bench, 0, [true, false, true])
    const edges = await ear.until(3)
    deepStrictEqual(levelsOf(edges), [true, false, true])
    counted(edges)
  },

  'what was before the request is no edge': async (bench) => {
    await bench.pull(0, true)
    const ear = new Ear()
    const lines = ask(bench, input(bench, [0], { edges: true }), ear)
    deepStrictEqual(lines.read(), [true])
    await bench.pull(0, false)
    deepStrictEqual(levelsOf(await ear.until(1)), [false])
  },

  'a pull to the level that is there is no edge': async (bench) => {
    const ear = new Ear()
    ask(bench, input(bench, [0], { edges: true }), ear)
    await pulls(bench, 0, [false, true, true, false])
    deepStrictEqual(levelsOf(await ear.until(2)), [true, false])
  },

  'edges of active-low lines are logical': async (bench) => {
    const ear = new Ear()
    ask(bench, input(bench, [0], { edges: true, activeLow: true }), ear)
    await pulls(bench, 0, [true, false])
    deepStrictEqual(levelsOf(await ear.until(2)), [false, true])
  },

  'edges of several lines say whose they are, in the order of time, each line counting for itself': async (bench) => {
    const ear = new Ear()
    ask(bench, input(bench, [4, 2], { edges: true }), ear)
    await bench.pull(2, true)
    await bench.pull(4, true)
    await bench.pull(2, false)
    const edges = await ear.until(3)
    deepStrictEqual(
      edges.map(({ index, level }) => [index, level]),
      [
        [1, true],
        [0, true],
        [1, false],
      ],
    )
    counted(edges)
  },

  'edges have the time at which they happened': async (bench) => {
    const ear = new Ear()
    ask(bench, input(bench, [0], { edges: true }), ear)
    const before = bench.monotonicNs()
    await bench.pull(0, true)
    const between = bench.monotonicNs()
    await bench.pull(0, false)
    const after = bench.monotonicNs()
    const [first, second] = await ear.until(2)
    const times = [before, first?.atNs, between, second?.atNs, after] as bigint[]
    deepStrictEqual(
      times,
      [...times].sort((a, b) => Number(a - b)),
    )
  },

  'edges that were not asked for are not heard': async (bench) => {
    const deaf = new Ear()
    const lines = ask(bench, input(bench, [0]), deaf)
    const ear = new Ear()
    ask(bench, input(bench, [1], { edges: true }), ear)
    await bench.pull(0, true)
    await bench.pull(1, true)
    await ear.until(1)
    deepStrictEqual([lines.read(), deaf.heard], [[true], []])
  },

  'a level that lasts less than the debounce never was': async (bench) => {
    const ear = new Ear()
    const lines = ask(bench, input(bench, [0], { edges: true, debounceUs: DEBOUNCE_MS * 1_000 }), ear)
    await pulls(bench, 0, [true, false, true])
    deepStrictEqual(lines.read(), [false], 'the level that counts is still the one before')
    await bench.pass(DEBOUNCE_MS)
    deepStrictEqual(levelsOf(await ear.until(1)), [true])
    deepStrictEqual(lines.read(), [true])
    await pulls(bench, 0, [false, true])
    await bench.pass(DEBOUNCE_MS)
    await bench.pull(0, false)
    await bench.pass(DEBOUNCE_MS)
    const edges = await ear.until(2)
    deepStrictEqual(levelsOf(edges), [true, false])
    counted(edges)
  },

  'a debounced edge has the time at which its wait ended': async (bench) => {
    const ear = new Ear()
    ask(bench, input(bench, [0], { edges: true, debounceUs: DEBOUNCE_MS * 1_000 }), ear)
    const before = bench.monotonicNs()
    await bench.pull(0, true)
    await bench.pass(DEBOUNCE_MS)
    const [edge] = await ear.until(1)
    // The kernel counts in ticks of up to 10 ms.
    ok((edge?.atNs ?? 0n) - before >= BigInt(DEBOUNCE_MS - 10) * 1_000_000n)
  },

  'who does not listen hears nothing; afterwards what came shows by edges or by a gap': async (bench) => {
    const ear = new Ear()
    const lines = ask(bench, input(bench, [0], { edges: true }), ear)
    lines.listen(false)
    await pulls(bench, 0, [true, false, true])
    deepStrictEqual([ear.heard, lines.read()], [[], [true]])
    lines.listen(true)
    await bench.pull(0, false)
    const edges = await ear.untilSeq(4)
    strictEqual(edges.at(-1)?.seq, 4)
    strictEqual(edges.at(-1)?.level, false)
  },

  'listening twice, or to a line without edges, is no error': async (bench) => {
    const ear = new Ear()
    const lines = ask(bench, input(bench, [0], { edges: true }), ear)
    for (const on of [true, false, false, true, true]) lines.listen(on)
    const other = ask(bench, input(bench, [1]))
    for (const on of [false, true]) other.listen(on)
    await bench.pull(0, true)
    deepStrictEqual(levelsOf(await ear.until(1)), [true])
  },

  'more edges than are kept leave a gap, and the latest': async (bench) => {
    const ear = new Ear()
    const lines = ask(bench, input(bench, [0], { edges: true }), ear)
    await bench.pull(0, true)
    await ear.until(1)
    lines.listen(false)
    await pulls(bench, 0, [false, ...alternating(bench.kept + 24)])
    lines.listen(true)
    const edges = await ear.until(1 + bench.kept)
    strictEqual(edges.at(-1)?.seq, bench.kept + 26)
    strictEqual(edges.at(-1)?.level, lines.read()[0])
    const gaps = edges.filter((edge, n) => n > 0 && edge.seq !== (edges[n - 1]?.seq ?? 0) + 1)
    strictEqual(gaps.length, 1, 'one gap')
  },

  'after a release nothing is heard': async (bench) => {
    const gone = new Ear()
    ask(bench, input(bench, [0], { edges: true }), gone).release()
    const ear = new Ear()
    ask(bench, input(bench, [0], { edges: true }), ear)
    await bench.pull(0, true)
    counted(await ear.until(1))
    deepStrictEqual(gone.heard, [])
  },
}
