/**
 * The wires of the simulated board. A point is where a line of a chip meets the world; wired points are one net, with
 * one level. What an output drives is stronger than who pulls from outside, and that is stronger than a bias; among
 * equals low wins, as it does on a wire that several open drains share. What nobody holds is low.
 */

/** A level, or none: the point is left to others. */
export type Held = boolean | null

export class Point {
  /** By the chip, as an output. */
  drive: Held = null
  /** By the world outside. */
  pull: Held = null
  /** By a resistor of the chip. */
  bias: Held = null
  /** Told of every change of the level. */
  changed: (level: boolean) => void = () => undefined
  net = new Net(this)

  get level(): boolean {
    return this.net.level
  }

  /** Changes what holds this point, and lets the level follow. */
  hold(by: { readonly drive?: Held; readonly pull?: Held; readonly bias?: Held }): void {
    Object.assign(this, by)
    this.net.settle()
  }

  /** From now on both are one: what is done to one is seen at the other. */
  wire(other: Point): void {
    if (this.net === other.net) return
    const joined = [...this.net.points, ...other.net.points]
    const nets = new Map(joined.map((point) => [point, point.net.level]))
    const net = new Net(...joined)
    for (const point of joined) point.net = net
    net.level = net.resolved()
    for (const [point, before] of nets) if (before !== net.level) point.changed(net.level)
  }
}

class Net {
  readonly points: readonly Point[]
  level = false

  constructor(...points: readonly Point[]) {
    this.points = points
  }

  settle(): void {
    const level = this.resolved()
    if (level === this.level) return
    this.level = level
    for (const point of this.points) point.changed(level)
  }

  resolved(): boolean {
    for (const strength of ['drive', 'pull', 'bias'] as const) {
      const held = this.points.map((point) => point[strength]).filter((level) => level !== null)
      if (held.length > 0) return held.every((level) => level)
    }
    return false
  }
}
