/**
 * Lines of the simulated board that somebody has, as the kernel gives them: edges are kept until the loop turns, the
 * latest 16 for each line, each with its number; with a debounce a level counts when it has lasted.
 */
import type { Alarm, Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { Bias, Edge, InputRequest, LineRequest, Lines, Listener, OutputRequest } from './backend.js'
import type { Holder, SimulatedLine } from './simulated-chip.js'
import type { Held } from './simulated-circuit.js'

/** As many edges are kept for each line of a request; an older one goes for the next, and its number is missing. */
const KEPT = 16

/** A line of the request, as an input sees it. Levels are physical here. */
interface Watched {
  readonly line: SimulatedLine
  readonly index: number
  /** What counts: the level of the line, or the last one that lasted. */
  level: boolean
  seq: number
  wait: Alarm | undefined
}

export class SimulatedLines implements Lines, Holder {
  readonly consumer: string
  readonly #request: LineRequest
  readonly #listener: Listener
  readonly #clock: Clock
  readonly #watched: readonly Watched[]
  readonly #kept: Edge[] = []
  #listening = true
  #telling = false
  #state: 'held' | 'gone' | 'released' = 'held'

  /** Takes lines that are free. */
  constructor(lines: readonly SimulatedLine[], request: LineRequest, listener: Listener, clock: Clock) {
    this.consumer = request.consumer
    this.#request = request
    this.#listener = listener
    this.#clock = clock
    for (const [index, line] of lines.entries()) this.#take(line, index)
    this.#watched = lines.map((line, index) => {
      const watched: Watched = { line, index, level: line.point.level, seq: 0, wait: undefined }
      if (request.direction === 'input') line.point.changed = (level) => this.#changed(watched, request, level)
      return watched
    })
  }

  read(): readonly boolean[] {
    this.#check()
    const { activeLow, direction } = this.#request
    return this.#watched.map(({ line, level }) => {
      line.check()
      return (direction === 'input' ? level : line.point.level) !== activeLow
    })
  }

  write(levels: readonly boolean[]): void {
    this.#check()
    const request = this.#request
    if (request.direction === 'input') throw new HoldfastError('ERR_LINE', 'an input cannot be written')
    for (const { line } of this.#watched) line.check()
    for (const { line, index } of this.#watched)
      line.point.hold({ drive: driven(levels[index] !== request.activeLow, request.drive) })
  }

  listen(on: boolean): void {
    this.#listening = on
    this.#tell()
  }

  /** An output keeps its level, as one of a Raspberry Pi does. */
  release(): void {
    this.#leave('released')
  }

  gone(): void {
    if (this.#state !== 'held') return
    this.#leave('gone')
    setImmediate(() => {
      if (this.#state === 'gone') this.#listener.lost(lost())
    })
  }

  #check(): void {
    if (this.#state === 'gone') throw lost()
    if (this.#state === 'released') throw new HoldfastError('ERR_LINE', 'the lines were released')
  }

  #take(line: SimulatedLine, index: number): void {
    const request = this.#request
    line.holder = this
    line.direction = request.direction
    const bias = biased(request.bias, line.point.bias)
    if (request.direction === 'input') line.point.hold({ drive: null, bias })
    else {
      const asked = request.levels?.[index]
      const high = asked === undefined ? line.point.level : asked !== request.activeLow
      line.point.hold({ drive: driven(high, request.drive), bias })
    }
  }

  #leave(state: 'gone' | 'released'): void {
    this.#state = state
    this.#kept.length = 0
    for (const { line, wait } of this.#watched) {
      wait?.clear()
      if (line.holder !== this) continue
      line.holder = null
      line.point.changed = () => undefined
    }
  }

  #changed(watched: Watched, request: InputRequest, level: boolean): void {
    if (request.debounceUs === 0) {
      this.#settled(watched, request, level)
      return
    }
    watched.wait?.clear()
    watched.wait = this.#clock.alarm('steady', this.#clock.steady() + request.debounceUs / 1_000, () => {
      const { level: now } = watched.line.point
      if (now !== watched.level) this.#settled(watched, request, now)
    })
  }

  #settled(watched: Watched, request: InputRequest, level: boolean): void {
    watched.level = level
    if (!request.edges) return
    if (this.#kept.length >= KEPT * this.#watched.length) this.#kept.shift()
    this.#kept.push({
      index: watched.index,
      level: level !== request.activeLow,
      atNs: BigInt(Math.round(this.#clock.mark().mono * 1_000)) * 1_000n,
      seq: ++watched.seq,
    })
    this.#tell()
  }

  /** On the next turn of the loop, all that is kept by then. */
  #tell(): void {
    if (this.#telling || !this.#listening || this.#kept.length === 0) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      if (this.#listening && this.#kept.length > 0) this.#listener.edges(this.#kept.splice(0))
    })
  }
}

function driven(high: boolean, drive: OutputRequest['drive']): Held {
  if (drive === 'open-drain') return high ? null : false
  if (drive === 'open-source') return high ? true : null
  return high
}

function biased(bias: Bias, before: Held): Held {
  if (bias === 'as-is') return before
  return bias === 'disabled' ? null : bias === 'pull-up'
}

function lost(): HoldfastError {
  return new HoldfastError('ERR_LINE_GONE', 'the chip of the lines was unplugged')
}
