/**
 * A board in memory: GPIO without hardware. It keeps the contract of lines as the kernel does, and has hands for the
 * world outside: contacts that close and bounce, wires, chips that are unplugged, lines that fail.
 */
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import { invalid } from '../runtime/checks.js'
import { addressText, type LineAddress } from './addresses.js'
import type { Backend, ChipInfo, LineRequest, Lines, Listener } from './backend.js'
import { SimulatedChip, type SimulatedLine } from './simulated-chip.js'
import type { Held } from './simulated-circuit.js'
import { SimulatedLines } from './simulated-lines.js'

export interface SimulatedOptions {
  readonly clock: Clock
  /** Chips that are there beside the board, by their labels; each has 64 lines without names. */
  readonly chips?: readonly string[]
  /** Names of more lines of the board, after GPIO0 to GPIO27. */
  readonly names?: readonly string[]
}

const BOARD = 'simulated'
const PINS = 28
const LINES = 64
/** As many edges of a flood come in one turn of the loop: none of them is lost yet. */
const BURST = 16
const MOST_BOUNCES = 10_000
const MOST_EDGES = 1_000_000

/**
 * @example
 * const board = new SimulatedBackend({ clock })
 * board.wire('GPIO17', 'GPIO27')   // what one is set to is an edge at the other
 * board.bounce('GPIO4', true, 5)   // a contact closes, and bounces five times
 */
export class SimulatedBackend implements Backend {
  readonly name = 'simulated'
  readonly #clock: Clock
  readonly #chips = new Map<string, SimulatedChip>()
  readonly #watchers = new Set<() => void>()
  #plugged = 0

  constructor({ clock, chips = [], names = [] }: SimulatedOptions) {
    this.#clock = clock
    const pins = Array.from({ length: PINS }, (_, pin) => `GPIO${pin}`)
    this.#add(BOARD, [...new Set([...pins, ...names])])
    for (const label of chips)
      if (!this.#chips.has(label))
        this.#add(
          label,
          Array.from({ length: LINES }, () => ''),
        )
  }

  chips(): readonly ChipInfo[] {
    return [...this.#chips.values()].filter(({ number }) => number !== undefined).map((chip) => chip.info())
  }

  request(request: LineRequest, listener: Listener): Lines {
    const chip = this.#chips.get(request.chip)
    if (chip?.number === undefined) throw new HoldfastError('ERR_LINE_UNKNOWN', `no chip has the label ${request.chip}`)
    return new SimulatedLines(chip.free(request.offsets), request, listener, this.#clock)
  }

  watch(changed: () => void): () => void {
    const watcher = () => changed()
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  close(): void {
    this.#watchers.clear()
    for (const { lines } of this.#chips.values())
      for (const { holder } of lines) if (holder instanceof SimulatedLines) holder.release()
  }

  /** What a meter shows at a line: true is high. @throws ERR_LINE_UNKNOWN */
  level(address: LineAddress): boolean {
    return this.#line(address).point.level
  }

  /** Somebody outside holds a line high or low, or lets it go (null). @throws ERR_LINE_UNKNOWN */
  pull(address: LineAddress, level: Held): void {
    this.#line(address).point.hold({ pull: level })
  }

  /** A contact comes to a level after it has left it again so many times. @throws ERR_LINE_UNKNOWN, ERR_INVALID_OPTION */
  bounce(address: LineAddress, level: boolean, times: number): void {
    const { point } = this.#line(address)
    const most = whole('times', times, MOST_BOUNCES)
    for (let n = 0; n < most; n++) {
      point.hold({ pull: level })
      point.hold({ pull: !level })
    }
    point.hold({ pull: level })
  }

  /** A switch that is broken: so many edges, as fast as they can be heard. Resolves when they were made. @throws as bounce() */
  async flood(address: LineAddress, edges: number): Promise<void> {
    const { point } = this.#line(address)
    const most = whole('edges', edges, MOST_EDGES)
    for (let n = 0; n < most; n++) {
      point.hold({ pull: !point.level })
      if (n % BURST === BURST - 1) await new Promise((turn) => setImmediate(turn))
    }
  }

  /** A wire between two lines, for good. @throws ERR_LINE_UNKNOWN */
  wire(one: LineAddress, other: LineAddress): void {
    this.#line(one).point.wire(this.#line(other).point)
  }

  /** Every call on the line fails with this, until it is null. @throws ERR_LINE_UNKNOWN */
  fail(address: LineAddress, error: HoldfastError | null): void {
    this.#line(address).fault = error
  }

  /** Somebody in another process has the line, until it is null. @throws ERR_LINE_UNKNOWN, ERR_LINE_BUSY */
  occupy(address: LineAddress, consumer: string | null): void {
    const line = this.#line(address)
    if (line.holder instanceof SimulatedLines)
      throw new HoldfastError('ERR_LINE_BUSY', `the line is held by ${line.holder.consumer}, of this process`)
    line.holder = consumer === null ? null : { consumer, gone: () => undefined }
  }

  /** A chip is gone, with all lines that somebody has. @throws ERR_LINE_UNKNOWN */
  unplug(label: string): void {
    const chip = this.#known(label)
    if (chip.number === undefined) return
    chip.unplug()
    this.#changed()
  }

  /** The chip is there again, under another number, wired and pulled as before. @throws ERR_LINE_UNKNOWN */
  plug(label: string): void {
    const chip = this.#known(label)
    if (chip.number !== undefined) return
    chip.number = this.#plugged++
    this.#changed()
  }

  #add(label: string, names: readonly string[]): void {
    const chip = new SimulatedChip(label, names)
    chip.number = this.#plugged++
    this.#chips.set(label, chip)
  }

  #changed(): void {
    setImmediate(() => {
      for (const watcher of this.#watchers) watcher()
    })
  }

  #known(label: string): SimulatedChip {
    const chip = this.#chips.get(label)
    if (chip) return chip
    const labels = [...this.#chips.keys()].join(', ')
    throw new HoldfastError('ERR_LINE_UNKNOWN', `no chip has the label ${label}; there are ${labels}`)
  }

  #line(address: LineAddress): SimulatedLine {
    if (typeof address !== 'string') return this.#known(address.chip).line(address.offset)
    for (const chip of this.#chips.values()) {
      const line = address === '' ? undefined : chip.lines.find(({ name }) => name === address)
      if (line) return line
    }
    throw new HoldfastError('ERR_LINE_UNKNOWN', `no line has the name ${addressText(address)}`)
  }
}

function whole(option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw invalid(option, `a whole number from 0 to ${most}`, value)
}
