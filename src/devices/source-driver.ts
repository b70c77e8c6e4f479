/** A sensor behind a device: one reading at a time, each with its own end. */
import { HoldfastError } from '../model/errors.js'
import { type Driver, type DriverHost, deviceError, lost, noPort } from './driver.js'
import type { Source, SourceBackend } from './source.js'
import type { SourceData } from './sources/shape.js'

export class SourceDriver implements Driver {
  readonly counts = { edges: 0, missed: 0, floods: 0 }
  readonly places = []
  readonly #host: DriverHost
  readonly #backend: SourceBackend
  readonly #data: SourceData
  #source: Source | undefined
  #reading: AbortController | undefined

  constructor(host: DriverHost, backend: SourceBackend, data: SourceData) {
    this.#host = host
    this.#backend = backend
    this.#data = data
  }

  /** A source is found out to be there by its first reading. */
  seek(): void {
    const host = this.#host
    try {
      this.#source ??= this.#backend.source(this.#data)
      host.tell({ type: 'found', levels: [], now: host.now() })
    } catch (error) {
      this.#lose(error)
    }
  }

  read(): void {
    if (this.#reading || !this.#source) return
    const reading = new AbortController()
    this.#reading = reading
    const over = () => {
      if (this.#reading === reading) this.#reading = undefined
      return !reading.signal.aborted
    }
    this.#source.read(reading.signal).then(
      (value) => {
        if (!over()) return
        const now = this.#host.now()
        this.#host.tell({ type: 'reading', value, at: now.wall, now })
      },
      (error) => {
        if (!over()) return
        if (error instanceof HoldfastError && error.code === 'ERR_READING') {
          this.#host.tell({ type: 'misread', error: deviceError(error), now: this.#host.now() })
        } else this.#lose(error)
      },
    )
  }

  write = noPort
  dial = noPort

  calm(): void {}

  async gone(): Promise<void> {}

  release(): void {
    this.#reading?.abort()
    this.#reading = undefined
    this.#source?.close()
    this.#source = undefined
  }

  #lose(error: unknown): void {
    this.release()
    this.#host.tell(lost(error, this.#host.now()))
  }
}
