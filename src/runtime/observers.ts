/** Whoever watches one runtime from within the process: told after the commit, like everybody. Nobody costs nothing. */
import type { TaskContext, TaskState } from '../../machines/index.js'
import type { Noted } from '../kernel/tape.js'
import { isoTime } from '../model/duration.js'
import type { TaskExtras } from '../model/record.js'
import type { Op } from '../store/store.js'
import type { DeviceNews } from './devices.js'
import type { EmittedEvent } from './events.js'
import type { ScheduleView } from './schedule-view.js'

/** A task moved, and that is on disk. */
export interface Moved {
  readonly id: string
  readonly kind: string
  readonly route: string
  readonly from: TaskState
  readonly to: TaskState
  readonly context: TaskContext
  readonly extras: TaskExtras
  /** What it heard. */
  readonly event: string
}

/** The user's machine of a task made a step, and that is on disk; or it was set up again from its record. */
export interface Played {
  readonly id: string
  readonly kind: string
  readonly context: TaskContext
  readonly extras: TaskExtras
  readonly step: 'begun' | 'moved' | 'restored' | 'ended'
  /** The machine with its children and timers, as JSON text of a StoredMachine; none when it has ended. */
  readonly text?: string
  /** The snapshot with which it ended. */
  readonly last?: unknown
  readonly noted: readonly Noted[]
}

/** A schedule was stepped, and that is on disk; without `view` it was removed. */
export interface Planned {
  readonly id: string
  readonly event: string
  readonly view?: ScheduleView
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
  played?(fact: Played): void
  /** Whether it wants to be told of the next step of this task's machine; asked at each of them. */
  plays?(id: string, kind: string): boolean
  planned?(fact: Planned): void
  ticked?(fact: Ticked): void
  /** Something happened to a device. */
  device?(news: DeviceNews): void
  /** A device made a step, and that is on disk and done; with what happened to it, which may be nothing. */
  stepped?(device: string, news: readonly DeviceNews[]): void
  /** A batch is on disk. */
  committed?(size: { readonly ops: number; readonly bytes: number }): void
  /** The effects of a batch have run, and no other has left since. */
  landed?(): void
}

export class Observers {
  readonly #all = new Set<Observer>()
  /** Somebody watches: for what costs something to prepare. */
  any = false
  /** Somebody looks into machines. */
  inside = false
  /** Somebody watches schedules. */
  plans = false

  /** Gives the way to leave. */
  add(observer: Observer): () => void {
    this.#all.add(observer)
    this.#look()
    return () => {
      this.#all.delete(observer)
      this.#look()
    }
  }

  /** Somebody looks into the machine of this task. */
  looksInto(id: string, kind: string): boolean {
    if (!this.inside) return false
    for (const observer of this.#all) if (observer.plays?.(id, kind)) return true
    return false
  }

  played(fact: Played): void {
    for (const observer of this.#all) observer.played?.(fact)
  }

  planned(fact: Planned): void {
    for (const observer of this.#all) observer.planned?.(fact)
  }

  #look(): void {
    const all = [...this.#all]
    this.any = all.length > 0
    this.inside = all.some(({ plays }) => plays !== undefined)
    this.plans = all.some(({ planned }) => planned !== undefined)
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

  stepped(device: string, news: readonly DeviceNews[]): void {
    for (const observer of this.#all) observer.stepped?.(device, news)
  }

  committed(ops: readonly Op[]): void {
    if (!this.any) return
    let bytes = 0
    for (const op of ops) bytes += op.key.length + (op.type === 'put' ? op.value.length : 0)
    for (const observer of this.#all) {
      if (ops.length > 0) observer.committed?.({ ops: ops.length, bytes })
      observer.landed?.()
    }
  }
}
