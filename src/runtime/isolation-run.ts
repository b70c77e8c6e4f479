/**
 * One run in a cell: what the processor asks of its task is done here, and what it came to is an outcome like that of
 * an inline one. When the run is stopped its signal is passed on; after the grace time the cell is killed. Either way
 * the run is over only when nothing of it goes on, so a cell whose run was stopped is not used again.
 */
import type { Alarm, Clock } from '../kernel/clock.js'
import { HoldfastError, storedError } from '../model/errors.js'
import type { EnqueueOptions } from './enqueue-options.js'
import type { Isolation } from './isolation.js'
import type { Cell, Gone } from './isolation-cell.js'
import { packed } from './isolation-pack.js'
import type { IsolationPool } from './isolation-pool.js'
import { type Down, type Ending, type LogLine, portable, revived, type Up } from './isolation-words.js'
import { type Outcome, thrown } from './outcome.js'
import type { RunningTask } from './running-task.js'

export interface IsolatedRun {
  readonly task: RunningTask
  readonly isolation: Isolation
  /** The attempt before did not come to an end. */
  readonly interrupted: boolean
  /** The processor begins: from now on it owes signs of life. */
  begun(): void
}

export interface IsolationHost {
  readonly pool: IsolationPool
  readonly clock: Clock
  readonly limits: { readonly input: number; readonly result: number; readonly event: number }
}

/** Runs a module; resolves when nothing of the run goes on. @throws what the signal says, when no cell was free before */
export async function runIsolated(run: IsolatedRun, host: IsolationHost): Promise<Outcome> {
  const { task, isolation, interrupted } = run
  const { limits } = host
  const order: Down = { type: 'run', module: isolation.module, interrupted, task: packed(task), limits }
  for (;;) {
    const cell = await host.pool.lend(isolation, task.signal)
    if (task.signal.aborted) {
      host.pool.back(cell)
      throw task.signal.reason
    }
    const outcome = await new Visit(run, host, cell).outcome(order)
    if (outcome) return outcome
  }
}

/** A run and the cell that it has. */
class Visit {
  readonly #run: IsolatedRun
  readonly #host: IsolationHost
  readonly #cell: Cell
  readonly #fresh: boolean
  readonly #abort = () => this.#stop()
  #begun = false
  #ending: Ending | undefined
  #over = false
  #killing: Alarm | undefined
  #settle!: (outcome: Outcome | undefined) => void

  constructor(run: IsolatedRun, host: IsolationHost, cell: Cell) {
    this.#run = run
    this.#host = host
    this.#cell = cell
    this.#fresh = !cell.used
    cell.used = true
    cell.graceMs = run.isolation.graceMs
  }

  /** `undefined` when the cell was gone before anything began: it died while it was idle. */
  outcome(order: Down): Promise<Outcome | undefined> {
    const { signal, log } = this.#run.task
    return new Promise((resolve) => {
      this.#settle = resolve
      this.#cell.tenant = {
        heard: (word) => this.#heard(word),
        garbled: () => this.#garbled(),
        line: (stream, text) => log[stream === 'stdout' ? 'info' : 'warn'](text, { stream }),
        gone: (how) => this.#end(() => this.#lost(how)),
      }
      signal.addEventListener('abort', this.#abort)
      if (this.#cell.end) this.#end(() => this.#lost(this.#cell.end as Gone))
      else this.#cell.post(order)
    })
  }

  #stop(): void {
    const { clock } = this.#host
    const { message, code = '' } = portable(this.#run.task.signal.reason)
    this.#cell.post({ type: 'abort', message, code })
    this.#killing = clock.alarm('steady', clock.steady() + this.#run.isolation.graceMs, () => this.#cell.kill())
  }

  /** The run came to its end; whoever waits for it is told when nothing of it goes on. */
  #end(outcome: () => Outcome | undefined, spent = false): void {
    if (this.#over) return
    this.#over = true
    const { task, isolation } = this.#run
    const { pool } = this.#host
    task.signal.removeEventListener('abort', this.#abort)
    if (!spent && !task.signal.aborted) {
      pool.back(this.#cell)
      this.#settle(outcome())
      return
    }
    // Gone already, or soon: what a stopped processor left behind ends with its cell.
    pool.end(this.#cell, isolation.graceMs)
    void this.#cell.gone.then(() => {
      this.#killing?.clear()
      this.#settle(outcome())
    })
  }

  #heard(word: Up): void {
    if (this.#over) return
    const { task } = this.#run
    if (word.type === 'begun') {
      this.#begun = true
      this.#run.begun()
    } else if (word.type === 'signs') {
      if (word.progress === undefined) task.heartbeat()
      else this.#progress(word.progress)
      this.#write(word.lines, word.dropped)
      this.#cell.post({ type: 'heard' })
    } else if (word.type === 'emit') {
      this.#answer(word.call, () => task.emit(JSON.parse(word.event)))
    } else if (word.type === 'dependencies') {
      this.#answer(word.call, async () => JSON.stringify(await task.dependencies()))
    } else if (word.type === 'enqueue') {
      const [input, options] = [word.input, word.options].map((text) => (text === null ? undefined : JSON.parse(text)))
      this.#answer(word.call, () => task.enqueue(word.kind, input, options as EnqueueOptions | undefined))
    } else if (word.type === 'end') {
      this.#ending ??= word.ending
      // What it wrote to its standard streams before is on its way, and belongs to this run.
      setImmediate(() => this.#end(() => outcomeOf(word.ending), word.spent))
    }
  }

  #progress(text: string): void {
    try {
      this.#run.task.progress(JSON.parse(text))
    } catch (error) {
      // It was checked where it was made, by the same rules.
      this.#run.task.log.warn('a progress was not taken', { error: storedError(error) })
    }
  }

  #write(lines: readonly LogLine[], dropped: number): void {
    const { log } = this.#run.task
    for (const [level, message, data] of lines) log[level](message, data === null ? undefined : dataOf(data))
    if (dropped > 0) log.warn(`${dropped} lines were not kept: they came faster than they could be written`)
  }

  #answer(call: number, work: () => Promise<unknown>): void {
    work().then(
      (text) => this.#cell.post({ type: 'answer', call, ...(typeof text === 'string' ? { text } : {}) }),
      (error) => this.#cell.post({ type: 'answer', call, error: portable(error) }),
    )
  }

  #garbled(): void {
    const error = new HoldfastError(
      'ERR_PROCESSOR_CRASHED',
      `the processor of task ${this.#run.task.id} wrote to the channel of its ${this.#cell.in}`,
      { hint: 'The channel is not for processors: use task.emit(), task.progress() or a file of your own.' },
    )
    this.#end(() => thrown(error), true)
    this.#cell.kill()
  }

  /** The cell is gone, most often without a word of how the run ended. */
  #lost({ code, signal, memory, error }: Gone): Outcome | undefined {
    if (this.#ending) return outcomeOf(this.#ending)
    if (!this.#begun && !this.#fresh) return undefined
    const { id } = this.#run.task
    const what = `the ${this.#cell.in} of task ${id}`
    if (memory) {
      const limit = `${this.#cell.memoryMb} MiB`
      return thrown(new HoldfastError('ERR_PROCESSOR_MEMORY', `${what} passed its memory limit of ${limit}`))
    }
    const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`
    return thrown(
      new HoldfastError(
        'ERR_PROCESSOR_EXITED',
        error ? `${what} ${how}: ${error.name}: ${error.message}` : `${what} ${how}`,
        error && { cause: revived(error) },
      ),
    )
  }
}

function outcomeOf(ending: Ending): Outcome {
  if ('result' in ending) return { type: 'finish', result: JSON.parse(ending.result) }
  if ('snoozeMs' in ending) return { type: 'snooze', ms: ending.snoozeMs }
  return thrown(revived(ending.error))
}

function dataOf(text: string): object {
  try {
    const data = JSON.parse(text)
    return typeof data === 'object' && data !== null ? data : { data }
  } catch {
    return { data: text }
  }
}
