import type { Quota } from './quota.js'
import type { Route } from './route.js'
import type { TaskUnit } from './unit.js'

interface Resume {
  readonly unit: TaskUnit
  readonly route: Route
  readonly go: (() => void)[]
}

const NOTHING: readonly (() => void)[] = []

/** Machines in flight that need a slot again, and what each is to start then; they stand in front of their queues. */
export class Resumes {
  readonly #waiting = new Map<string, Resume>()
  readonly #changed: (route: Route) => void
  #count = 0

  constructor(changed: (route: Route) => void) {
    this.#changed = changed
  }

  /** The machine that waits under an id. */
  unit(id: string): TaskUnit | undefined {
    return this.#waiting.get(id)?.unit
  }

  /** `go` is one more thing that the machine will start. */
  wait(unit: TaskUnit, route: Route, quota: Quota, go: () => void): void {
    const waiting = this.#waiting.get(unit.id)
    if (waiting?.unit === unit) {
      waiting.go.push(go)
      return
    }
    this.#waiting.set(unit.id, { unit, route, go: [go] })
    const place = { id: unit.id, priority: 0, runAt: 0, seq: ++this.#count }
    route.queue.push(place, quota, unit.extras.concurrencyKey, true)
    this.#changed(route)
  }

  /** It waits no longer; gives what it was to start. */
  take(unit: TaskUnit): readonly (() => void)[] {
    const waiting = this.#waiting.get(unit.id)
    if (waiting?.unit !== unit) return NOTHING
    this.#waiting.delete(unit.id)
    if (waiting.route.queue.remove(unit.id)) this.#changed(waiting.route)
    return waiting.go
  }

  clear(): void {
    this.#waiting.clear()
  }
}
