/** Somebody who looks in by a plain WebSocket, as a test is one. */
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import WebSocket from 'ws'
import type { AnyDefinition, RuntimeOptions } from '../../src/index.js'
import { boot, temporaryDirectory } from '../runtime/lab.js'

// biome-ignore lint/suspicious/noExplicitAny: what came, as it is
export type Came = any
export const PROTOCOL = 'holdfast.inspect.v1'

export interface Looking {
  /** `null` for none: the language of @statelyai/inspect. */
  readonly protocol?: string | null
  readonly query?: string
  readonly headers?: Record<string, string>
  /** Over TCP instead of the socket. */
  readonly url?: string
}

/** `next` gives the next message that holds, of those that no `next` has passed over. */
export class Looker {
  readonly came: Came[] = []
  readonly socket: WebSocket
  /** How it was closed. */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #waiting = new Set<() => void>()
  #at = 0
  #ids = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      this.came.push(JSON.parse(data.toString()))
      for (const wake of this.#waiting) wake()
    })
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  async next(holds: (message: Came) => boolean = () => true): Promise<Came> {
    for (;;) {
      while (this.#at < this.came.length) {
        const message = this.came[this.#at++]
        if (holds(message)) return message
      }
      await new Promise<void>((resolve, reject) => {
        const wake = () => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
        void this.closed.then(({ code }) => reject(new Error(`closed with ${code}`)))
      })
    }
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** What it is answered. */
  async ask(message: object): Promise<Came> {
    const id = ++this.#ids
    this.send({ ...message, id })
    for (;;) {
      const found = this.came.find(({ re }) => re === id)
      if (found) return found
      await new Promise<void>((resolve) => {
        this.socket.once('message', () => resolve())
      })
    }
  }

  /** Subscribes, and gives what was told of what is there. */
  async see(what: object): Promise<Came[]> {
    const from = this.came.length
    await this.ask({ type: 'subscribe', ...what })
    return this.came.slice(from).filter(({ type }) => type !== 'answer' && type !== 'hello')
  }

  of(type: string): Came[] {
    return this.came.filter((message) => message.type === type)
  }
}

/** Opens a WebSocket; rejects with the status where it is refused. */
export async function looker(socket: string, looking: Looking = {}): Promise<Looker> {
  const { protocol = PROTOCOL, query = '', headers = {}, url } = looking
  const address = `${url ?? `ws+unix://${socket}:`}/v1/inspect${query}`
  const made = new WebSocket(address, protocol === null ? [] : [protocol], { headers })
  onTestFinished(() => made.terminate())
  const looks = new Looker(made)
  await new Promise<void>((resolve, reject) => {
    made.once('open', () => resolve())
    made.once('unexpected-response', (_, { statusCode }) => reject(new Error(`status ${statusCode}`)))
    made.once('error', reject)
  })
  return looks
}

/** A runtime with its API on a socket, in this process. */
export async function lookedInto<const Tasks extends readonly AnyDefinition[]>(
  options: Omit<RuntimeOptions<Tasks>, 'path'>,
) {
  const socket = join(await temporaryDirectory(), 's')
  const runtime = await boot<Tasks>({ ...options, api: { socket, ...(options.api || {}) } } as never)
  return { runtime, socket }
}

/** Resolves when a condition holds that messages change. */
export async function until(looks: Looker, holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => void looks.socket.once('message', () => resolve()))
}
