/** Devices in an arbitrary world, and what has to be so of them whatever happens there. */
import { channel } from 'node:diagnostics_channel'
import { contact, defineTask, dht, type HoldfastError, interlock, relay } from '../../src/index.js'
import { POINTS } from '../../src/kernel/telemetry.js'
import type { DeviceNews, DeviceView } from '../../src/runtime/devices.js'
import { type Board, testRuntime } from '../../src/testing/index.js'

const MAX_ON_MS = 600_000
/** For so long the clock is hurried on while nothing can settle. */
const DEBOUNCE_MS = 25
const DOOR = 'GPIO17'
const SIREN = 'GPIO27'
const [UP, DOWN] = ['GPIO5', 'GPIO6']
export const LINES = [DOOR, SIREN, UP] as const
/** What a command may be refused with in a world in which disks fail and chips are unplugged. */
const REFUSALS = ['ERR_DEVICE_FAULTY', 'ERR_DEGRADED', 'ERR_COMMIT_UNKNOWN', 'ERR_STOPPED']

type Heard = DeviceNews & { readonly n: number }

/** News of a device that take turns, each with those it takes turns with. */
const TURNS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  door: [['open'], ['close']],
  siren: [['on'], ['off']],
  way: [['on'], ['off']],
  room: [['above'], ['normal']],
}
const FAULTS = [['fault'], ['found']]

export class World {
  readonly complaints: string[] = []
  #board!: Board
  #count = 0
  /** How often the level at the door changed, as far as it lasted. */
  #moves = 0
  #open = true
  /** For how long the siren has been on, on the hand of the present life. */
  #onMs = 0
  #lastMs = 0
  /** How much happened, for the counter-check. */
  told = 0
  readonly #watch = () => this.#look()
  readonly #channels = Object.keys(POINTS).map((point) => channel(`holdfast:${point}`))

  async start(): Promise<void> {
    // The order in which tasks were made, whatever their times say: the wall clock may be set back.
    const note = { kind: 'note', input: (news: DeviceNews) => ({ ...news, n: ++this.#count }) }
    const any = { onFault: note, onFound: note }
    // A chip may be gone when the power comes back.
    const line = { optional: true, ...any }
    const both = { onOn: note, onOff: note }
    this.#board = await testRuntime({
      tasks: [defineTask({ kind: 'note', run: () => null })],
      devices: {
        door: contact({ line: DOOR, bias: 'pull-up', onOpen: note, onClose: note, ...line }),
        siren: relay({ line: SIREN, initial: 'restore', maxOn: MAX_ON_MS, ...both, ...line }),
        way: interlock({ outputs: { up: UP, down: DOWN }, wait: '1s', initial: 'restore', ...both, ...line }),
        room: dht({
          quantity: 'temperature',
          interval: '1m',
          above: { at: 30, clear: 28 },
          ...{ onAbove: note, onNormal: note, ...any },
        }),
      },
    })
    for (const each of this.#channels) each.subscribe(this.#watch)
  }

  async move(open: boolean, bounces: number): Promise<void> {
    if (open !== this.#open) this.#moves++
    this.#open = open
    await this.#board.simulate('door', { to: open ? 'open' : 'closed', bounces })
  }

  async command(device: string, type: string, options: object): Promise<void> {
    const told = this.#board.runtime.devices.command(device, { type, ...options }).catch((error: HoldfastError) => {
      if (!REFUSALS.includes(error.code)) this.complaints.push(`${type} of ${device}: ${error.code} ${error.message}`)
      return undefined
    })
    await this.#board.settled()
    const view = await told
    if (!view || device !== 'siren' || (await this.#view('siren'))?.link !== 'ready') return
    const on = this.#board.gpio.level(SIREN)
    if (on !== (type !== 'off')) this.complaints.push(`the siren was told ${type}, that was answered, and it is ${on}`)
  }

  async reads(value: number | null): Promise<void> {
    await this.#board.simulate('room', value === null ? { fault: 'broken' } : { value, fault: null })
  }

  async pass(ms: number): Promise<void> {
    await this.#board.advance(ms)
  }

  async stepClock(ms: number): Promise<void> {
    await this.#board.stepClock(ms)
  }

  async plug(there: boolean): Promise<void> {
    if (there) this.#board.gpio.plug('simulated')
    else this.#board.gpio.unplug('simulated')
    await this.#board.settled()
  }

  async occupy(line: string, by: string | null): Promise<void> {
    try {
      this.#board.gpio.occupy(line, by)
    } catch {
      // It has it: nobody else can.
    }
    await this.#board.settled()
  }

  async disk(well: boolean): Promise<void> {
    if (well) this.#board.disk.mend()
    else this.#board.disk.fail('EIO')
    await this.#board.settled()
  }

  /** The power goes, maybe while a change of the door is on its way. */
  async cut({ torn, off, moving }: { torn: boolean; off: number; moving: boolean }): Promise<void> {
    const board = this.#board
    if (moving) {
      this.#moves++
      this.#open = !this.#open
      board.gpio.pull(DOOR, this.#open)
      board.clock.advance(DEBOUNCE_MS)
    }
    await board.crash({ torn })
    board.disk.mend()
    await board.restart({ off })
    this.#begin()
  }

  async restart(): Promise<void> {
    await this.#board.stop()
    this.#board.disk.mend()
    await this.#board.restart()
    this.#begin()
  }

  /** Everything is well again: then everything is known, and right. */
  async finish(): Promise<void> {
    const board = this.#board
    await this.disk(true)
    await this.plug(true)
    for (const line of [...LINES, DOWN]) await this.occupy(line, null)
    await this.reads(20)
    await board.advance('20m')
    await this.check()
    const views = await board.runtime.devices.list()
    for (const { id, link } of views) if (link !== 'ready') this.complaints.push(`${id} is ${link} in the end`)
    const [open, way] = [(await this.#view('door'))?.value, (await this.#view('way'))?.value]
    if (open !== this.#open) this.complaints.push(`the door is ${this.#open}, and known as ${open}`)
    const driven = board.gpio.level(UP) ? 'up' : board.gpio.level(DOWN) ? 'down' : null
    if (driven !== way) this.complaints.push(`the way is ${driven}, and known as ${way}`)
    for (const { state, id } of await board.tasks())
      if (state !== 'FINISHED') this.complaints.push(`${id} is ${state} in the end`)
  }

  async close(): Promise<void> {
    for (const each of this.#channels) each.unsubscribe(this.#watch)
    await this.#board.close()
  }

  /** What is on disk is so; asked when all has settled. */
  async check(): Promise<void> {
    this.#look()
    if (this.#board.runtime.state !== 'working') return
    const tasks = await this.#board.tasks({ kind: 'note' })
    const heard = tasks.map(({ input }) => input as Heard).sort((a, b) => a.n - b.n)
    this.told = heard.length
    for (const view of await this.#board.runtime.devices.list()) this.#checkDevice(view, heard)
    const changes = heard.filter(({ type }) => type === 'open' || type === 'close').length
    if (changes > this.#moves)
      this.complaints.push(`${changes} changes were told of a door that moved ${this.#moves} times`)
  }

  #checkDevice(view: DeviceView, all: readonly Heard[]): void {
    const { id, link, value, news } = view
    const heard = all.filter(({ device }) => device === id)
    for (const turns of [TURNS[id] ?? [], FAULTS]) {
      const types = heard.map(({ type }) => type).filter((type) => turns.flat().includes(type))
      const twice = types.find((type, i) => type === types[i - 1])
      if (twice !== undefined) this.complaints.push(`${id} was told ${twice} twice: ${types}`)
    }
    // What is in the record made its tasks, and nothing else did.
    const known = Object.values(TURNS).flat(2)
    const kept = news.filter(({ type }) => known.includes(type) || FAULTS.flat().includes(type))
    const latest = heard.slice(heard.length - kept.length)
    const inWords = (each: readonly DeviceNews[]) => each.map(({ type, at }) => `${type} ${at}`).join(', ')
    if (inWords(kept) !== inWords(latest)) this.complaints.push(`${id}: kept ${inWords(kept)}; made ${inWords(latest)}`)
    const edge = heard.findLast(({ type }) => type === 'open' || type === 'close')?.type
    if (id === 'door' && edge !== undefined && link === 'ready' && (edge === 'open') !== value)
      this.complaints.push(`the door was told ${edge}, and is ${value}`)
    if (id === 'room' && link !== 'ready' && value !== null) this.complaints.push('a reading in disguise')
    if (id === 'siren' && link === 'ready' && value !== this.#board.gpio.level(SIREN))
      this.complaints.push(`the siren is on disk as ${value}, and is not so`)
  }

  /** At every fact, and in between: what must never be so for a moment. */
  #look(): void {
    const { gpio, clock, on } = this.#board
    if (!on) return
    if (gpio.level(UP) && gpio.level(DOWN)) this.complaints.push('both ways are on')
    const { mono } = clock.mark()
    this.#onMs = gpio.level(SIREN) ? this.#onMs + (mono - this.#lastMs) : 0
    this.#lastMs = mono
    if (this.#onMs > MAX_ON_MS + DEBOUNCE_MS) this.complaints.push(`the siren is on for ${this.#onMs} ms`)
  }

  #begin(): void {
    this.#lastMs = this.#board.clock.mark().mono
    this.#look()
  }

  async #view(id: string): Promise<DeviceView | undefined> {
    return this.#board.runtime.state === 'working' ? this.#board.runtime.devices.get(id) : undefined
  }
}
