import { closeSync, readSync } from 'node:fs'
import { HoldfastError } from '../model/errors.js'
import type { Edge, LineRequest, Lines, Listener } from './backend.js'
import { isEmpty, lineFault } from './chardev-fault.js'
import { CALL, EVENT_BYTES, readEdges, readLevels, valuesOf } from './chardev-layout.js'
import type { Poll, Port } from './chardev-port.js'

/** Edges that are read in one turn; the rest waits in the kernel while others have theirs. Used by one read at a time. */
const EVENTS = Buffer.alloc(64 * EVENT_BYTES)

/**
 * Lines that are had, by the descriptor that the kernel gave for them. It is read in the thread of the event loop, once it
 * says that it can be: a read that waits in one of the four threads of libuv would keep files and names from everybody.
 */
export class ChardevLines implements Lines {
  readonly #port: Port
  readonly #request: LineRequest
  readonly #listener: Listener
  readonly #forget: (lines: ChardevLines) => void
  #fd: number | undefined
  #poll: Poll | undefined
  #isLost = false

  constructor(port: Port, fd: number, request: LineRequest, listener: Listener, forget: (lines: ChardevLines) => void) {
    this.#port = port
    this.#fd = fd
    this.#request = request
    this.#listener = listener
    this.#forget = forget
    this.#wait(request.direction === 'input' && request.edges)
  }

  read(): readonly boolean[] {
    const { offsets } = this.#request
    const values = valuesOf(offsets.length)
    this.#call(CALL.getValues, values, 'cannot be read')
    return readLevels(values, offsets.length)
  }

  write(levels: readonly boolean[]): void {
    this.#call(CALL.setValues, valuesOf(this.#request.offsets.length, levels), 'cannot be set')
  }

  listen(on: boolean): void {
    const request = this.#request
    if (request.direction === 'input' && request.edges && this.#poll) this.#wait(on)
  }

  release(): void {
    this.#poll?.close()
    this.#poll = undefined
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#forget(this)
  }

  /** Asks whether they are there still: not every kernel wakes those who wait. */
  probe(): void {
    if (this.#fd === undefined || this.#isLost) return
    try {
      this.read()
    } catch (error) {
      this.#lose(error)
    }
  }

  #wait(forEdges: boolean): void {
    this.#poll?.close()
    this.#poll = this.#port.poll(this.#descriptor(), forEdges ? 'edges' : 'end', (gone) => this.#woken(forEdges, gone))
  }

  #woken(forEdges: boolean, gone: boolean): void {
    let edges: readonly Edge[]
    try {
      edges = forEdges ? this.#take() : []
    } catch (error) {
      this.#lose(error)
      return
    }
    if (edges.length > 0) this.#listener.edges(edges)
    if (!gone) return
    this.probe()
    // It is not waited for any more, whatever the reason: nothing would be heard of them again.
    this.#lose(new HoldfastError('ERR_LINE', `${this.#name()} cannot be waited for`))
  }

  #take(): readonly Edge[] {
    try {
      const bytes = readSync(this.#descriptor(), EVENTS)
      return readEdges(EVENTS, bytes, this.#request.offsets)
    } catch (error) {
      if (isEmpty(error)) return []
      throw lineFault(error, `edges of ${this.#name()} cannot be read`, this.#request.chip)
    }
  }

  #lose(error: unknown): void {
    // The descriptor can be read for ever now: whoever went on waiting would do nothing else.
    this.#poll?.close()
    this.#poll = undefined
    if (this.#isLost || this.#fd === undefined) return
    this.#isLost = true
    this.#listener.lost(error)
  }

  #call(request: number, buffer: Buffer, what: string): void {
    const fd = this.#descriptor()
    try {
      this.#port.ioctl(fd, request, buffer)
    } catch (error) {
      throw lineFault(error, `${this.#name()} ${what}`, this.#request.chip)
    }
  }

  #descriptor(): number {
    if (this.#fd === undefined) throw new HoldfastError('ERR_LINE', `${this.#name()} was released`)
    return this.#fd
  }

  #name(): string {
    const { chip, offsets } = this.#request
    return `line ${offsets.join(', ')} of ${chip}`
  }
}
