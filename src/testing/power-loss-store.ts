/**
 * A store in memory that loses its power. What was synced survives, with everything written before it, as in a log;
 * what was not is gone. A batch in flight survives as a whole or not at all, whichever the test wants: nobody was told.
 */
import { HoldfastError } from '../model/errors.js'
import type { Entry, Moment, Op, OpenReport, Range, Store } from '../store/store.js'
import { memoryStore } from './memory-store.js'

interface Flight {
  readonly ops: readonly Op[]
  readonly sync: boolean
  readonly land: () => void
  /** Settles, one way or the other, when the batch is no longer in flight. */
  done: Promise<void>
}

export class PowerLossStore implements Store {
  readonly location = 'power-loss'
  /** How often the power went. */
  cuts = 0
  /** Batches that were asked for. */
  batches = 0
  /** What is on disk. Shared with the successors. */
  readonly #disk: Map<string, string>
  /** Written, not synced. */
  #unsynced: Op[] = []
  #flights: Flight[] = []
  #view: Store | undefined
  #held = false
  #dead = false
  #turn: Promise<unknown> = Promise.resolve()
  #doom: { readonly batch: number; readonly cut: () => void } | undefined

  constructor(disk: Map<string, string> = new Map()) {
    this.#disk = disk
  }

  /**
   * The power goes. Every unsynced batch is lost; the synced batches in flight are lost too with `tear`, without it they
   * reached the disk just before. Either way their callers get an error. The store is closed; open() is the next boot.
   */
  powerCut({ tear }: { readonly tear: boolean }): void {
    this.cuts++
    this.#view?.close().catch(() => undefined)
    this.#view = undefined
    const flights = this.#flights
    this.#flights = []
    for (const { ops, sync } of flights) {
      if (!tear) this.#write(ops, sync)
    }
    this.#unsynced = []
    for (const { land } of flights) land()
  }

  /** The power goes when the n-th batch from now on is in flight; resolves then. */
  cutAt(n: number, how: { readonly tear: boolean }): Promise<void> {
    return new Promise((resolve) => {
      const cut = () => {
        this.#doom = undefined
        this.powerCut(how)
        resolve()
      }
      this.#doom = { batch: this.batches + n, cut }
    })
  }

  /** The same disk after a cut, for the next process; this object stays dead, whatever its process still tries. */
  successor(): PowerLossStore {
    this.#dead = true
    return new PowerLossStore(this.#disk)
  }

  /** Batches stay in flight from now on. */
  hold(): void {
    this.#held = true
  }

  /** Those in flight land, in their order. */
  release(): void {
    this.#held = false
    for (const { land } of this.#flights) land()
  }

  /** How many batches are in flight. */
  get inFlight(): number {
    return this.#flights.length
  }

  open(): Promise<OpenReport> {
    return this.#inTurn(async () => {
      if (this.#dead) throw powerLost()
      const created = this.#disk.size === 0
      this.#view ??= await filled(this.#disk)
      return { created }
    })
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      const view = this.#view
      if (!view) return
      await Promise.all(this.#flights.map(({ done }) => done))
      if (this.#view !== view) return
      // The operating system writes it out in the end, given the power.
      this.#write([], true)
      this.#view = undefined
      await view.close()
    })
  }

  async batch(ops: readonly Op[], sync: boolean): Promise<void> {
    const view = this.#open()
    if (ops.length === 0) return
    const { land, landed } = landing()
    const before = this.#flights.at(-1)?.done
    // The ops are the caller's: they may change as soon as we wait.
    const flight: Flight = { ops: [...ops], sync, land, done: Promise.resolve() }
    const outcome = this.#fly(flight, view, landed, before)
    flight.done = outcome.catch(() => undefined)
    this.#flights.push(flight)
    if (++this.batches === this.#doom?.batch) this.#doom.cut()
    // One turn in flight at least, so that a test can cut there.
    if (!this.#held) setImmediate(land)
    await outcome
  }

  async #fly(flight: Flight, view: Store, landed: Promise<void>, before: Promise<void> | undefined): Promise<void> {
    await landed
    await before
    if (!this.#flights.includes(flight)) throw powerLost()
    this.#write(flight.ops, flight.sync)
    this.#flights = this.#flights.filter((other) => other !== flight)
    await view.batch(flight.ops, flight.sync)
  }

  async get(key: string): Promise<string | undefined> {
    return this.#open().get(key)
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#open().getMany(keys)
  }

  async page(range: Range): Promise<Entry[]> {
    return this.#open().page(range)
  }

  async keys(range: Range): Promise<string[]> {
    return this.#open().keys(range)
  }

  async *scan(range: Range): AsyncIterable<Entry[]> {
    yield* this.#open().scan(range)
  }

  moment(): Moment {
    return this.#open().moment()
  }

  async compact(from: string, to: string): Promise<void> {
    await this.#open().compact(from, to)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #open(): Store {
    if (!this.#view) throw new HoldfastError('ERR_STORE_CLOSED', 'the store power-loss is closed')
    return this.#view
  }

  /** One log: a sync takes along what was written before it. */
  #write(ops: readonly Op[], sync: boolean): void {
    for (const op of ops) this.#unsynced.push(op)
    if (!sync) return
    for (const op of this.#unsynced) {
      if (op.type === 'put') this.#disk.set(op.key, op.value)
      else this.#disk.delete(op.key)
    }
    this.#unsynced = []
  }
}

async function filled(disk: ReadonlyMap<string, string>): Promise<Store> {
  const view = memoryStore('power-loss')
  await view.open()
  const ops = [...disk].map(([key, value]) => ({ type: 'put', key, value }) as const)
  await view.batch(ops, false)
  return view
}

function landing(): { land: () => void; landed: Promise<void> } {
  let land = () => {}
  const landed = new Promise<void>((resolve) => {
    land = resolve
  })
  return { land, landed }
}

function powerLost(): HoldfastError {
  return new HoldfastError('ERR_STORE_IO', 'the power went')
}
