/**
 * What the daemon tells its service manager (man sd_notify): assignments, several in one datagram. One that cannot leave
 * is kept, the latest of each name, so that however long nobody reads there is never more than a line of each. A
 * socket that is broken is one warning: it is no reason to end.
 */
import type { Alarm, Clock } from '../kernel/clock.js'
import type { TaskLog } from '../runtime/log.js'
import type { Datagrams } from './datagrams.js'

export type Assignments = Readonly<Record<string, string | number>>

const AGAIN_MS = 100

export class Notifier {
  readonly #datagrams: Datagrams
  readonly #clock: Clock
  readonly #log: TaskLog
  readonly #kept = new Map<string, string | number>()
  #again: Alarm | undefined
  #warned = false

  constructor(datagrams: Datagrams, clock: Clock, log: TaskLog) {
    this.#datagrams = datagrams
    this.#clock = clock
    this.#log = log
  }

  /** These, and what could not leave before. */
  tell(assignments: Assignments): void {
    for (const [name, value] of Object.entries(assignments)) this.#kept.set(name, oneLine(value))
    this.#send()
  }

  /** What holds for this moment alone: it goes now or never. */
  tellNow(assignments: Assignments): void {
    this.tell(assignments)
    for (const name of Object.keys(assignments)) this.#kept.delete(name)
  }

  close(): void {
    this.#again?.clear()
    this.#datagrams.close()
  }

  #send(): void {
    this.#again?.clear()
    this.#again = undefined
    if (this.#kept.size === 0) return
    const text = [...this.#kept].map(([name, value]) => `${name}=${value}`).join('\n')
    try {
      if (this.#datagrams.send(text)) this.#kept.clear()
      else this.#again = this.#clock.alarm('steady', this.#clock.steady() + AGAIN_MS, () => this.#send())
    } catch (error) {
      this.#kept.clear()
      if (this.#warned) return
      this.#warned = true
      this.#log.warn('the service manager cannot be told anything', { reason: (error as Error).message })
    }
  }
}

const oneLine = (value: string | number) => (typeof value === 'string' ? value.replaceAll(/\s+/g, ' ') : value)
