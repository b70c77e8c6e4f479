/** A chip of the simulated board, and its lines: who has them, and which way they go. */
import { HoldfastError } from '../model/errors.js'
import type { ChipInfo, LineInfo } from './backend.js'
import { Point } from './simulated-circuit.js'

/** Who has a line. Somebody outside of this process is told nothing. */
export interface Holder {
  readonly consumer: string
  gone(): void
}

export class SimulatedLine {
  readonly point = new Point()
  readonly offset: number
  readonly name: string
  direction: LineInfo['direction'] = 'input'
  holder: Holder | null = null
  /** What every call on the line fails with. */
  fault: HoldfastError | null = null

  constructor(offset: number, name: string) {
    this.offset = offset
    this.name = name
  }

  /** @throws what the line was made to fail with */
  check(): void {
    if (this.fault) throw this.fault
  }
}

export class SimulatedChip {
  readonly label: string
  readonly lines: readonly SimulatedLine[]
  /** The number that the system has given to it; undefined while it is unplugged. */
  number: number | undefined

  constructor(label: string, names: readonly string[]) {
    this.label = label
    this.lines = names.map((name, offset) => new SimulatedLine(offset, name))
  }

  info(): ChipInfo {
    return {
      name: `gpiochip${this.number}`,
      label: this.label,
      lines: this.lines.map(({ offset, name, direction, holder }) => ({
        offset,
        name,
        direction,
        used: holder !== null,
        consumer: holder?.consumer ?? '',
      })),
    }
  }

  /** @throws ERR_LINE_UNKNOWN */
  line(offset: number): SimulatedLine {
    const line = this.lines[offset]
    if (line) return line
    const last = this.lines.length - 1
    throw new HoldfastError('ERR_LINE_UNKNOWN', `chip ${this.label} has no line ${offset}: it has 0 to ${last}`)
  }

  /** Lines of a request. @throws ERR_LINE_UNKNOWN, ERR_LINE_BUSY, and what a line was made to fail with */
  free(offsets: readonly number[]): readonly SimulatedLine[] {
    const lines = offsets.map((offset) => this.line(offset))
    for (const line of lines) {
      line.check()
      if (!line.holder) continue
      const name = line.name === '' ? `line ${line.offset}` : line.name
      throw new HoldfastError('ERR_LINE_BUSY', `${name} of chip ${this.label} is held by ${line.holder.consumer}`)
    }
    return lines
  }

  /** What was driven and biased is so no longer; who outside pulls, pulls on. */
  unplug(): void {
    this.number = undefined
    for (const line of this.lines) {
      line.holder?.gone()
      line.holder = null
      line.direction = 'input'
      line.point.hold({ drive: null, bias: null })
    }
  }
}
