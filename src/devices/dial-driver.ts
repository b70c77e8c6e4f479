/** An output by pulse width behind a device. What it is told while it is busy it does next, and of that only the latest. */
import { type Driven, type Driver, type DriverHost, lost, noPort } from './driver.js'
import type { Dial, SourceBackend } from './source.js'
import type { PwmData } from './sources/shape.js'

export class DialDriver implements Driver {
  readonly counts = { edges: 0, missed: 0, floods: 0 }
  readonly places = []
  readonly #host: DriverHost
  readonly #backend: SourceBackend
  readonly #data: PwmData
  #dial: Dial | undefined
  #wanted: number | undefined
  #busy: Promise<void> | undefined
  #closing: Promise<void> = Promise.resolve()

  constructor(host: DriverHost, backend: SourceBackend, data: PwmData) {
    this.#host = host
    this.#backend = backend
    this.#data = data
  }

  seek({ duty }: Driven): void {
    void this.#seek(duty).catch((error) => this.#lose(error))
  }

  dial(duty: number): void {
    this.#wanted = duty
    this.#busy ??= this.#drive()
  }

  write = noPort
  read = noPort

  calm(): void {
    if (this.#dial) this.dial(0)
  }

  release(): void {
    const dial = this.#dial
    this.#dial = undefined
    if (!dial) return
    // What it was told last it still does.
    this.#closing = (this.#busy ?? Promise.resolve()).then(() => dial.close()).catch(() => undefined)
  }

  gone(): Promise<void> {
    return this.#closing
  }

  async #seek(duty: number | undefined): Promise<void> {
    const dial = this.#dial ?? this.#backend.dial(this.#data)
    this.#dial = dial
    if (duty !== undefined) await dial.set(duty)
    const at = duty ?? (await dial.get())
    if (this.#dial === dial) this.#host.tell({ type: 'found', levels: [], duty: at, now: this.#host.now() })
  }

  async #drive(): Promise<void> {
    const dial = this.#dial
    try {
      while (dial && this.#wanted !== undefined) {
        const duty = this.#wanted
        this.#wanted = undefined
        await dial.set(duty)
      }
    } catch (error) {
      if (this.#dial === dial) this.#lose(error)
    } finally {
      this.#busy = undefined
    }
  }

  #lose(error: unknown): void {
    this.release()
    this.#host.tell(lost(error, this.#host.now()))
  }
}
