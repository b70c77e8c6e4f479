/**
 * Lines behind a device. What the kernel lost of edges is found out by their numbers, and the level is read again; more
 * edges than a device may have are not listened to for a second, so that a broken switch costs nobody else.
 */
import type { Alarm } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import { type LineAddress, type Place, placeOf } from './addresses.js'
import type { Backend, Edge, InputRequest, Lines, OutputRequest } from './backend.js'
import { type Driven, type Driver, type DriverHost, lost, noPort } from './driver.js'

/** What a device wants of its lines, beside where they are. */
export type WantedLines = { readonly addresses: readonly LineAddress[] } & (
  | Omit<InputRequest, 'chip' | 'offsets'>
  | Omit<OutputRequest, 'chip' | 'offsets' | 'levels'>
)

const WINDOW_MS = 1_000

export class LineDriver implements Driver {
  readonly counts = { edges: 0, missed: 0, floods: 0 }
  readonly #host: DriverHost
  readonly #backend: Backend
  readonly #wanted: WantedLines
  /** Edges within a second beyond which it is a flood. */
  readonly #floodLimit: number
  #places: readonly Place[] = []
  #lines: Lines | undefined
  /** The number of the latest edge; undefined when the next one may have any. */
  #seq: number | undefined
  #windowAt = Number.NEGATIVE_INFINITY
  #inWindow = 0
  #calm: Alarm | undefined
  /** Edges from before this moment, on the monotonic hand, are known: the level was read after them. */
  #since = Number.NEGATIVE_INFINITY

  constructor(host: DriverHost, backend: Backend, wanted: WantedLines, floodLimit: number) {
    this.#host = host
    this.#backend = backend
    this.#wanted = wanted
    this.#floodLimit = floodLimit
  }

  get places(): readonly { chip?: string; offset?: number; name?: string }[] {
    if (this.#places.length > 0) return this.#places
    return this.#wanted.addresses.map((address) => (typeof address === 'string' ? { name: address } : address))
  }

  seek({ levels }: Driven): void {
    const host = this.#host
    try {
      if (!this.#lines) this.#lines = this.#request(levels)
      else if (levels) this.#lines.write(levels)
      host.tell({ type: 'found', levels: this.#lines.read(), now: host.now() })
    } catch (error) {
      this.#lose(error)
    }
  }

  write(levels: readonly boolean[]): void {
    try {
      this.#lines?.write(levels)
    } catch (error) {
      this.#lose(error)
    }
  }

  /** The level as it is just now; none when nobody can say. */
  level(): boolean | undefined {
    try {
      return this.#lines?.read()[0]
    } catch (error) {
      this.#lose(error)
      return undefined
    }
  }

  dial = noPort
  read = noPort

  release(): void {
    this.#calm?.clear()
    this.#calm = undefined
    this.#seq = undefined
    this.#lines?.release()
    this.#lines = undefined
  }

  calm(): void {
    if (this.#wanted.direction === 'output') this.write(this.#wanted.addresses.map(() => false))
  }

  async gone(): Promise<void> {}

  #request(levels: readonly boolean[] | undefined): Lines {
    const chips = this.#backend.chips()
    const { addresses, ...asked } = this.#wanted
    this.#places = addresses.map((address) => placeOf(chips, address))
    const [chip, ...others] = new Set(this.#places.map((place) => place.chip))
    if (chip === undefined || others.length > 0) {
      throw new HoldfastError(
        'ERR_LINE_UNSUPPORTED',
        `the lines of one device are on one chip, not on ${chip} and ${others}`,
      )
    }
    const offsets = this.#places.map((place) => place.offset)
    const request = { ...asked, chip, offsets, ...(asked.direction === 'output' && levels ? { levels } : {}) }
    const lines = this.#backend.request(request as InputRequest | OutputRequest, {
      edges: (edges) => this.#heard(edges),
      lost: (error) => this.#lose(error),
    })
    this.#seq = 0
    return lines
  }

  #heard(edges: readonly Edge[]): void {
    const host = this.#host
    let missed = 0
    let latest: boolean | undefined
    for (const { level, atNs, seq } of edges) {
      if (this.#seq !== undefined && seq > this.#seq + 1) missed += seq - this.#seq - 1
      this.#seq = seq
      const at = Number(atNs) / 1e6
      if (at < this.#since) continue
      this.counts.edges++
      latest = level
      if (this.#tooMany()) {
        this.#flooded()
        return
      }
      const now = host.now()
      // The kernel has the time from the same clock: what has passed since then is known.
      const agoMs = Math.max(0, host.clock.mark().mono - at)
      host.tell({ type: 'edge', level, at: Math.round(now.wall - agoMs), now })
    }
    if (missed === 0) return
    this.counts.missed += missed
    const level = this.level() ?? latest
    if (level !== undefined) host.tell({ type: 'resync', level, missed, now: host.now() })
  }

  #tooMany(): boolean {
    const steady = this.#host.clock.steady()
    if (steady - this.#windowAt >= WINDOW_MS) {
      this.#windowAt = steady
      this.#inWindow = 0
    }
    return ++this.#inWindow > this.#floodLimit
  }

  /** It is left alone for a second; then its level is what counts. */
  #flooded(): void {
    const host = this.#host
    const { clock } = host
    this.counts.floods++
    this.#lines?.listen(false)
    host.tell({ type: 'flood', edges: this.#inWindow, now: host.now() })
    this.#calm = clock.alarm('steady', clock.steady() + WINDOW_MS, () => {
      this.#calm = undefined
      this.#seq = undefined
      this.#windowAt = Number.NEGATIVE_INFINITY
      this.#lines?.listen(true)
      // Before the look, not after it: an edge in between would be taken for a known one, and the level be wrong for good.
      this.#since = clock.mark().mono
      const level = this.level()
      if (level !== undefined) host.tell({ type: 'resync', level, missed: 0, now: host.now() })
    })
  }

  #lose(error: unknown): void {
    this.release()
    this.#host.tell(lost(error, this.#host.now()))
  }
}
