/**
 * A cell: one thread or process that runs processors, one at a time. Its two sorts differ in how they are made, spoken
 * to and killed (isolation-thread, isolation-process); what they have in common is here.
 */
import { tell } from '../kernel/telemetry.js'
import type { IsolatePlace, Isolation } from './isolation.js'
import { Lines } from './isolation-lines.js'
import type { Down, PortableError, Up } from './isolation-words.js'
import { wordOf } from './isolation-words.js'
import type { TaskLog } from './log.js'

/** How a cell ended. */
export interface Gone {
  readonly code: number | null
  readonly signal: string | null
  /** It passed its memory limit. */
  readonly memory: boolean
  /** The error that nobody caught in it. */
  readonly error: PortableError | undefined
}

/** Who is told what happens in a cell while it has it. */
export interface Tenant {
  heard(word: Up): void
  /** It said what is no word. */
  garbled(): void
  line(stream: 'stdout' | 'stderr', text: string): void
  /** It ended. A promise would keep every tenant that a cell ever had. */
  gone(how: Gone): void
}

/** Longer lines of the standard streams are cut. */
const LONGEST_LINE = 4096

export abstract class Cell {
  abstract readonly id: string
  readonly in: IsolatePlace
  readonly memoryMb: number
  /** The longest that a run in it has between its signal and its end. */
  graceMs = 0
  /** Resolves when it is really gone. */
  readonly gone: Promise<Gone>
  tenant: Tenant | undefined
  /** How it ended, when it has. */
  end: Gone | undefined
  /** It ran something before. */
  used = false
  readonly #log: TaskLog
  #dying: PortableError | undefined
  #leave!: (gone: Gone) => void

  /** @param log hears what is written while nobody has it */
  constructor({ in: place, memoryMb }: Isolation, log: TaskLog) {
    this.#log = log
    this.in = place
    this.memoryMb = memoryMb
    this.gone = new Promise((resolve) => {
      this.#leave = resolve
    })
  }

  abstract post(word: Down): void
  /** Ends it whatever it does. */
  abstract kill(): void
  /** The process may end although it is there. */
  abstract unref(): void

  protected begun(): void {
    tell('isolation.started', () => ({ in: this.in, id: this.id, memoryMb: this.memoryMb }))
  }

  /** Something came out of it. */
  protected said(something: unknown): void {
    const word = wordOf(something)
    if (word?.type === 'dying') this.#dying = word.error
    else if (word) this.tenant?.heard(word)
    else this.garbled()
  }

  protected garbled(): void {
    if (this.tenant) this.tenant.garbled()
    else this.kill()
  }

  /** Its standard streams go to whoever has it. */
  protected listen(stream: NodeJS.ReadableStream, name: 'stdout' | 'stderr', look?: (line: string) => void): void {
    const lines = new Lines(LONGEST_LINE, (text, whole) => {
      look?.(text)
      const line = whole ? text : `${text}…`
      if (this.tenant) this.tenant.line(name, line)
      else this.#log[name === 'stdout' ? 'info' : 'warn'](line, { stream: name, isolated: this.id })
    })
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => lines.push(chunk))
    stream.on('end', () => lines.end())
    stream.on('error', () => undefined)
  }

  protected left(code: number | null, signal: string | null, memory: boolean): void {
    tell('isolation.ended', () => ({ in: this.in, id: this.id, code, signal }))
    this.end = { code, signal, memory, error: this.#dying }
    this.tenant?.gone(this.end)
    this.#leave(this.end)
  }
}
