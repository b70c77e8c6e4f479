/** Whoever watches one runtime from within the process: told after the commit, like everybody. Nobody costs nothing. */
import type { TaskContext, TaskState } from '../../machines/index.js'
import { isoTime } from '../model/duration.js'
import type { Op } from '../store/store.js'
import type { DeviceNews } from './devices.js'
import type { EmittedEvent } from './events.js'

/** A task moved, and that is on disk. */
export interface Moved {
  readonly id: string
  readonly kind: string
  readonly route: string
  readonly from: TaskState
  readonly to: TaskState
  readonly context: TaskContext
}

/** Ticks of schedules were dealt with, and that is on disk. */
export interface Ticked {
  readonly schedule: string
  readonly outcome: 'made' | 'skipped' | 'fault'
  readonly count: number
}

/** What can be watched. Called synchronously; an observer must not throw. */
export interface Observer {
  moved?(fact: Moved): void
  emitted?(event: EmittedEvent): void
  ticked?(fact: Ticked): void
  /** Something happened to a device. */
  device?(news: DeviceNews): void
  /** A batch is on disk. */
  committed?(size: { readonly ops: number; readonly bytes: number }): void
}

export class Observers {
  readonly #all = new Set<Observer>()
  /** Somebody watches: for what costs something to prepare. */
  any = false

  /** Gives the way to leave. */
  add(observer: Observer): () => void {
    this.#all.add(observer)
    this.any = true
    return () => {
      this.#all.delete(observer)
      this.any = this.#all.size > 0
    }
  }

  moved(fact: Moved): void {
    for (const observer of this.#all) observer.moved?.(fact)
  }

  emitted({ at, ...kept }: Omit<EmittedEvent, 'at'> & { readonly at: number }): void {
    if (!this.any) return
    const event = { ...kept, at: isoTime(at) }
    for (const observer of this.#all) observer.emitted?.(event)
  }

  ticked(fact: Ticked): void {
    for (const observer of this.#all) observer.ticked?.(fact)
  }

  device(news: DeviceNews): void {
    for (const observer of this.#all) observer.device?.(news)
  }

  committed(ops: readonly Op[]): void {
    if (!this.any || ops.length === 0) return
    let bytes = 0
    for (const op of ops) bytes += op.key.length + (op.type === 'put' ? op.value.length : 0)
    for (const observer of this.#all) observer.committed?.({ ops: ops.length, bytes })
  }
}
