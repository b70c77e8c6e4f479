import { Worker } from 'node:worker_threads'
import type { Isolation } from './isolation.js'
import { Cell } from './isolation-cell.js'
import { CELL_ENTRY } from './isolation-process.js'
import type { Down } from './isolation-words.js'
import { portable } from './isolation-words.js'
import type { TaskLog } from './log.js'

/** A cell that is a thread of this process. */
export class ThreadCell extends Cell {
  readonly id: string
  readonly #worker: Worker

  /** @throws what the system says when there is no thread to be had */
  constructor(isolation: Isolation, log: TaskLog) {
    super(isolation, log)
    let memory = false
    const worker = new Worker(CELL_ENTRY, {
      name: 'holdfast',
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: isolation.memoryMb },
    })
    this.#worker = worker
    this.id = `thread ${worker.threadId}`
    this.listen(worker.stdout, 'stdout')
    this.listen(worker.stderr, 'stderr')
    worker.on('message', (something) => this.said(something))
    worker.on('messageerror', () => this.garbled())
    worker.on('error', (error) => {
      if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') memory = true
      else this.said({ type: 'dying', error: portable(error) })
    })
    worker.on('exit', (code) => this.left(code, null, memory))
    this.begun()
  }

  post(word: Down): void {
    this.#worker.postMessage(word)
  }

  kill(): void {
    void this.#worker.terminate()
  }

  unref(): void {
    this.#worker.unref()
  }
}
