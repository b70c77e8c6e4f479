/**
 * A cell that is a process of its own. It is spoken to in lines of JSON over a pipe that is not Node's own IPC channel:
 * a processor that writes into that one makes the *parent* throw. It leads a process group, so whatever it started ends
 * with it, and a signal that a terminal or systemd sends to all reaches it no more than the runtime wants.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Isolation } from './isolation.js'
import { Cell } from './isolation-cell.js'
import type { Guard } from './isolation-guard.js'
import { Lines } from './isolation-lines.js'
import { CHANNEL, type Down } from './isolation-words.js'
import type { TaskLog } from './log.js'

/** What a cell runs. */
export const CELL_ENTRY = new URL('./isolation-entry.js', import.meta.url)
/** What V8 writes to stderr before it aborts. */
const OUT_OF_MEMORY = /heap out of memory|Reached heap limit|FATAL ERROR: .*(memory|invalid (table|array) )/i
/** Options of Node that change how modules are loaded; the others (--inspect, --eval) are of the daemon alone. */
const LOADING = /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C)$/
const LOADING_ALONE =
  /^(--(import|require|loader|experimental-loader|conditions)=|--(enable-source-maps|preserve-symlinks|no-warnings|experimental-))/

export class ProcessCell extends Cell {
  readonly id: string
  readonly #child: ChildProcess
  readonly #free: () => void

  /** @param longest the characters of the longest word that can come out of it */
  constructor(isolation: Isolation, log: TaskLog, guard: Guard, longest: number) {
    super(isolation, log)
    const args = [...loadingOptions(), `--max-old-space-size=${isolation.memoryMb}`, fileURLToPath(CELL_ENTRY)]
    const { child, free } = guard.start((mark) =>
      spawn(process.execPath, args, {
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        detached: true,
        env: { ...process.env, ...mark },
      }),
    )
    this.#child = child
    this.#free = free
    this.id = `process ${child.pid}`
    child.on('error', (error) => {
      if (child.pid !== undefined) return
      this.said({ type: 'dying', error: { name: error.name, message: error.message } })
      this.#left(null, null, false)
    })
    if (child.pid === undefined) return
    this.#watch(child, longest)
    this.begun()
  }

  post(word: Down): void {
    const channel = this.#child.stdio?.[CHANNEL] as Socket | undefined
    if (channel?.writable) channel.write(`${JSON.stringify(word)}\n`)
  }

  kill(): void {
    this.#killAll()
    this.#child.kill('SIGKILL')
  }

  unref(): void {
    this.#child.unref()
    for (const stream of this.#child.stdio) (stream as Socket | null)?.unref()
  }

  #watch(child: ChildProcess, longest: number): void {
    const words = new Lines(
      longest,
      (text, whole) => whole && this.said(parsed(text)),
      () => this.garbled(),
    )
    const channel = child.stdio[CHANNEL] as Socket
    channel.setEncoding('utf8')
    channel.on('data', (chunk: string) => words.push(chunk))
    channel.on('error', () => undefined)
    this.listen(child.stdout as NodeJS.ReadableStream, 'stdout')
    let fatal = false
    this.listen(child.stderr as NodeJS.ReadableStream, 'stderr', (line) => {
      fatal ||= OUT_OF_MEMORY.test(line)
    })
    const closed = new Promise((resolve) => channel.on('close', resolve))
    // What it said last is heard before it counts as gone.
    child.on('exit', (code, signal) => {
      this.#killAll()
      void closed.then(() => this.#left(code, signal, fatal && (signal !== null || code === 134)))
    })
  }

  #left(code: number | null, signal: string | null, memory: boolean): void {
    this.#free()
    this.left(code, signal, memory)
  }

  /** Whatever is in its group. */
  #killAll(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // Nobody is left.
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function loadingOptions(): string[] {
  const { execArgv } = process
  return execArgv.filter(
    (option, i) => LOADING.test(option) || LOADING_ALONE.test(option) || LOADING.test(execArgv[i - 1] ?? ''),
  )
}
