import { Heap } from './heap.js'

/** Places of those who left the front are given back when there are so many of them, and as many as still stand. */
const GONE = 1024

/** Who is next of many that nearly all come in their order: those stand in a line, O(1), the others in a heap beside it. */
export class Line<T> {
  #line: T[] = []
  /** Where the line begins. */
  #front = 0
  readonly #others: Heap<T>
  readonly #before: (a: T, b: T) => boolean

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
    this.#others = new Heap(before)
  }

  get size(): number {
    return this.#line.length - this.#front + this.#others.size
  }

  peek(): T | undefined {
    const first = this.#line[this.#front]
    const other = this.#others.peek()
    if (first === undefined) return other
    return other !== undefined && this.#before(other, first) ? other : first
  }

  push(item: T): void {
    const last = this.#line.at(-1)
    if (last !== undefined && this.#before(item, last)) this.#others.push(item)
    else this.#line.push(item)
  }

  pop(): T | undefined {
    const next = this.peek()
    if (next === undefined || next !== this.#line[this.#front]) return this.#others.pop()
    this.#front++
    if (this.#front === this.#line.length || (this.#front > GONE && 2 * this.#front > this.#line.length)) {
      this.#line = this.#line.slice(this.#front)
      this.#front = 0
    }
    return next
  }

  /** Keeps what `wanted` says: for a line that holds many dead entries. */
  retain(wanted: (item: T) => boolean): void {
    this.#line = this.#line.slice(this.#front).filter(wanted)
    this.#front = 0
    this.#others.retain(wanted)
  }
}
