/**
 * A task as the processor in a thread or process sees it: the shape of an inline one, over the channel. What is
 * volatile (heartbeats, progress, log lines) is sent while the daemon keeps up and gathered while it does not, so
 * neither side piles up what a processor says in a loop.
 */
import { HoldfastError, storedError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Dependency } from './dependencies.js'
import type { EnqueueOptions } from './enqueue-options.js'
import { unpacked } from './isolation-pack.js'
import { type Down, LEVELS, type Level, type LogLine, revived, type Up } from './isolation-words.js'
import type { TaskLog } from './log.js'
import type { RunningTask } from './running-task.js'

/** `signs` on their way at once. */
const MOST_SIGNS = 64
/** Lines gathered meanwhile; what comes on top is counted and not kept. */
const MOST_LINES = 1_000
/** Calls of emit(), enqueue() and dependencies() that wait for their answers at once. */
const MOST_CALLS = 1_000
const LONGEST_MESSAGE = 8_192

interface Call {
  resolve(id: string | undefined): void
  reject(error: unknown): void
}

export class CellTask {
  readonly seen: RunningTask
  readonly #say: (word: Up) => void
  readonly #limits: Extract<Down, { type: 'run' }>['limits']
  readonly #controller = new AbortController()
  readonly #calls = new Map<number, Call>()
  #lastCall = 0
  #over = false
  #signs = 0
  /** What waits to be sent. */
  #sign = false
  #progress: string | undefined
  #lines: LogLine[] = []
  #dropped = 0

  constructor({ task, limits }: Extract<Down, { type: 'run' }>, say: (word: Up) => void) {
    this.#say = say
    this.#limits = limits
    const { input, facts } = unpacked(task)
    this.seen = {
      ...facts,
      input,
      signal: this.#controller.signal,
      log: this.#log(),
      heartbeat: () => this.#send(),
      progress: (value: unknown) => {
        this.#progress = jsonText(value, 'progress', limits.event)
        this.#send()
      },
      emit: (event: { readonly type: string }) => this.#emit(event),
      enqueue: (kind: string, taskInput?: unknown, options?: EnqueueOptions) => this.#enqueue(kind, taskInput, options),
      dependencies: () => this.#dependencies(),
    } as unknown as RunningTask
  }

  hear(word: Down): void {
    if (word.type === 'abort') {
      const { message, code } = word
      this.#controller.abort(Object.assign(new Error(message), { name: 'AbortError', code }))
    } else if (word.type === 'heard') {
      this.#signs--
      if (this.#sign) this.#send()
    } else if (word.type === 'answer') {
      const call = this.#calls.get(word.call)
      this.#calls.delete(word.call)
      if (word.error) call?.reject(revived(word.error))
      else call?.resolve(word.text)
    }
  }

  /** The run is over: what was gathered goes, and what still waits is told. */
  end(): void {
    if (this.#sign) this.#sendNow()
    this.#over = true
    for (const call of this.#calls.values()) call.reject(new HoldfastError('ERR_RUN_OVER'))
    this.#calls.clear()
  }

  #send(): void {
    if (this.#over) return
    this.#sign = true
    if (this.#signs < MOST_SIGNS) this.#sendNow()
  }

  #sendNow(): void {
    const [progress, lines, dropped] = [this.#progress, this.#lines, this.#dropped]
    this.#sign = false
    this.#progress = undefined
    this.#lines = []
    this.#dropped = 0
    this.#signs++
    this.#say({ type: 'signs', lines, dropped, ...(progress === undefined ? {} : { progress }) })
  }

  #log(): TaskLog {
    const level = (name: Level) => (message: string, data?: object) => {
      if (this.#lines.length >= MOST_LINES) this.#dropped++
      else this.#lines.push([name, String(message).slice(0, LONGEST_MESSAGE), this.#logged(data)])
      this.#send()
    }
    return Object.fromEntries(LEVELS.map((name) => [name, level(name)])) as unknown as TaskLog
  }

  /** A line of the log must not fail a task: what is no JSON is shown as it can be. */
  #logged(data: unknown): string | null {
    if (data === undefined) return null
    const show = (_: string, value: unknown) => {
      if (value instanceof Error) return storedError(value)
      return typeof value === 'bigint' ? String(value) : value
    }
    try {
      const text = JSON.stringify(data, show) ?? null
      return text === null || text.length <= this.#limits.event ? text : JSON.stringify(`${text.slice(0, 1000)}…`)
    } catch (error) {
      return JSON.stringify(String(error))
    }
  }

  async #emit(event: { readonly type: string }): Promise<void> {
    if (this.#over) throw new HoldfastError('ERR_RUN_OVER')
    if (typeof event?.type !== 'string') throw new HoldfastError('ERR_INVALID_EVENT')
    const text = jsonText(event, 'event', this.#limits.event)
    await this.#call((call) => ({ type: 'emit', call, event: text }))
  }

  async #enqueue(kind: string, input: unknown, options: EnqueueOptions | undefined): Promise<string> {
    if (this.#over) throw new HoldfastError('ERR_RUN_OVER')
    if (typeof kind !== 'string') throw new HoldfastError('ERR_UNKNOWN_KIND', 'enqueue: the kind is not a text')
    const inputText = input === undefined ? null : jsonText(input, 'input', this.#limits.input)
    // Follow-ups have inputs of their own.
    const optionsText = options === undefined ? null : jsonText(dated(options), 'options', 4 * this.#limits.input)
    const id = await this.#call((call) => ({ type: 'enqueue', call, kind, input: inputText, options: optionsText }))
    return id as string
  }

  async #dependencies(): Promise<readonly Dependency[]> {
    if (this.#over) throw new HoldfastError('ERR_RUN_OVER')
    return JSON.parse((await this.#call((call) => ({ type: 'dependencies', call }))) as string)
  }

  #call(word: (call: number) => Up): Promise<string | undefined> {
    if (this.#calls.size >= MOST_CALLS) throw new HoldfastError('ERR_OVERLOADED')
    return new Promise((resolve, reject) => {
      const call = ++this.#lastCall
      this.#calls.set(call, { resolve, reject })
      this.#say(word(call))
    })
  }
}

/** `runAt` may be a Date, here and in follow-ups: as text it means the same. */
function dated(value: unknown): unknown {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (Array.isArray(value)) return value.map(dated)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === 'input' ? each : dated(each)]))
}
