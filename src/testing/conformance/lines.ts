/** The words in which the checks of lines are written, and the world outside that they need. */
import { deepStrictEqual, strictEqual } from 'node:assert'
import type {
  Backend,
  Edge,
  InputRequest,
  LineInfo,
  LineRequest,
  Lines,
  Listener,
  OutputRequest,
} from '../../devices/backend.js'

/** A chip on a bench, with the hands that are outside of it. Levels are physical here: true is high. */
export interface LineBench {
  readonly backend: Backend
  /** The label of a chip with 8 lines or more that nobody has and nobody pulls. */
  readonly chip: string
  /** One of its lines that has a name. */
  readonly named: { readonly offset: number; readonly name: string }
  /** So many edges wait for a request of one line that does not listen; an older one goes for the next. */
  readonly kept: number
  /** Drives an input from outside; done when the next change can be told apart from this one (a kernel needs 2 ms). */
  pull(offset: number, high: boolean): Promise<void>
  /** What a meter shows at the line. */
  level(offset: number): Promise<boolean>
  /** The chip goes, whoever has its lines; and comes again under the same label. */
  unplug(): Promise<void>
  plug(): Promise<void>
  /** Waits that go by time (debounce) are over after this. */
  pass(ms: number): Promise<void>
  /** The clock that edges are stamped with. */
  monotonicNs(): bigint
  /** What the system counts as held by the backend (descriptors): equal before a request and after its release. */
  held(): number
  /** Takes all of it down; the chip may be unplugged and lines may be held. */
  close(): Promise<void>
}

/** What a backend has to do, by a sentence that says it. Each is given a bench of its own. */
export type LineChecks = Readonly<Record<string, (bench: LineBench) => Promise<void>>>

/** Hears all that a request tells, and knows when enough was heard. */
export class Ear implements Listener {
  readonly heard: Edge[] = []
  readonly losses: unknown[] = []
  #waiting: { enough(): boolean; go(): void }[] = []

  edges(edges: readonly Edge[]): void {
    this.heard.push(...edges)
    this.#look()
  }

  lost(error: unknown): void {
    this.losses.push(error)
    this.#look()
  }

  /** When so many edges were heard; gives all of them. */
  async until(count: number): Promise<readonly Edge[]> {
    await this.#when(() => this.heard.length >= count)
    return this.heard
  }

  /** When an edge with that number was heard; gives all of them. */
  async untilSeq(seq: number): Promise<readonly Edge[]> {
    await this.#when(() => this.heard.some((edge) => edge.seq >= seq))
    return this.heard
  }

  async untilLost(): Promise<void> {
    await this.#when(() => this.losses.length > 0)
  }

  #when(enough: () => boolean): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ enough, go })
      this.#look()
    })
  }

  #look(): void {
    const ready = this.#waiting.filter(({ enough }) => enough())
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each))
    for (const { go } of ready) go()
  }
}

type Some<R extends LineRequest> = Partial<Omit<R, 'chip' | 'direction' | 'offsets'>>

export function input(bench: LineBench, offsets: readonly number[], some: Some<InputRequest> = {}): InputRequest {
  return {
    chip: bench.chip,
    offsets,
    direction: 'input',
    consumer: 'conformance',
    activeLow: false,
    bias: 'as-is',
    debounceUs: 0,
    edges: false,
    ...some,
  }
}

export function output(bench: LineBench, offsets: readonly number[], some: Some<OutputRequest> = {}): OutputRequest {
  return {
    chip: bench.chip,
    offsets,
    direction: 'output',
    consumer: 'conformance',
    activeLow: false,
    bias: 'as-is',
    drive: 'push-pull',
    ...some,
  }
}

export const ask = (bench: LineBench, request: LineRequest, ear = new Ear()): Lines =>
  bench.backend.request(request, ear)

/** A line as it is told to everybody. */
export function infoOf(bench: LineBench, offset: number): LineInfo {
  const chips = bench.backend.chips().filter(({ label }) => label === bench.chip)
  strictEqual(chips.length, 1, `one chip has the label ${bench.chip}`)
  const line = chips[0]?.lines[offset]
  strictEqual(line?.offset, offset, 'lines stand at their offsets')
  return line as LineInfo
}

export const levelsOf = (edges: readonly Edge[]) => edges.map(({ level }) => level)

/** Every edge is the next of its line, from 1 on. */
export function counted(edges: readonly Edge[]): void {
  const lines = new Map<number, number>()
  for (const { index, seq } of edges) {
    strictEqual(seq, (lines.get(index) ?? 0) + 1)
    lines.set(index, seq)
  }
}

/** Levels at a meter, in the order of the offsets. */
export async function metered(bench: LineBench, offsets: readonly number[], levels: readonly boolean[]): Promise<void> {
  deepStrictEqual(await Promise.all(offsets.map((offset) => bench.level(offset))), levels)
}
