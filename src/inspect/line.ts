/**
 * A WebSocket to one client, with its bounds. Nothing is kept for a client that does not take what it is sent: it is cut
 * off, comes back and subscribes again.
 */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** Bytes that may wait to be taken. */
export const MOST_WAITING = 1024 * 1024
/** Above it, whatever can wait does. */
const ENOUGH_WAITING = 256 * 1024

export class Line {
  readonly #socket: WebSocket
  readonly #stream: Socket
  #answered = true
  #stalled = false

  constructor(socket: WebSocket, stream: Socket) {
    this.#socket = socket
    this.#stream = stream
    socket.on('pong', () => {
      this.#answered = true
    })
    stream.on('drain', () => {
      this.#stalled = false
    })
  }

  get closed(): boolean {
    return this.#socket.readyState !== this.#socket.OPEN
  }

  /** Several messages leave as one. */
  send(messages: readonly object[]): void {
    if (this.closed) return
    this.#stream.cork()
    for (const message of messages) this.#socket.send(JSON.stringify(message))
    this.#stream.uncork()
    if (this.#socket.bufferedAmount > MOST_WAITING) this.#socket.terminate()
  }

  /** Resolves when most of what was sent has been taken. */
  async ready(): Promise<void> {
    while (!this.closed && this.#socket.bufferedAmount > ENOUGH_WAITING) {
      await new Promise<void>((resolve) => {
        const go = () => {
          this.#stream.off('drain', go).off('close', go)
          resolve()
        }
        this.#stream.on('drain', go).on('close', go)
      })
    }
  }

  /** Called at each heartbeat: whoever has neither answered nor taken anything since the last is cut off. */
  beat(): void {
    const taking = !this.#stalled
    this.#stalled = this.#stream.writableNeedDrain
    if (!this.#answered || !taking) {
      this.#socket.terminate()
      return
    }
    this.#answered = false
    this.#socket.ping()
  }

  /** 1000 to 1013, and why. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }
}
