/**
 * The latest minutes: what happened of late, in slots of five seconds. Counted with every commit, measured when
 * something happens in a slot or somebody asks; nothing here has a timer, and a slot in which nothing happened is not
 * there.
 */
import { statfs } from 'node:fs/promises'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { TaskState } from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import { isoTime } from '../model/duration.js'
import type { Load } from '../runtime/load.js'
import type { Sample, SlotCounts, SlotMeasures } from '../runtime/minutes-view.js'
import type { Moved } from '../runtime/observers.js'
import type { Runtime } from '../runtime/runtime.js'

export const SLOT_MS = 5_000
export const SPAN_MS = 15 * 60_000
/** In less the loop was busy with what is being measured. */
const LEAST_LOOK_MS = 100

type Count = keyof SlotCounts
const NOTHING: SlotCounts = {
  created: 0,
  started: 0,
  finished: 0,
  failed: 0,
  terminated: 0,
  commits: 0,
  bytes: 0,
}
const COUNTED: Partial<Record<TaskState, Count>> = {
  RUNNING: 'started',
  FINISHED: 'finished',
  FAILED: 'failed',
  TERMINATED: 'terminated',
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

interface Slot extends Writable<SlotCounts & SlotMeasures> {
  /** Its begin on the steady hand, and as the time of day that it was then: that stays, or nobody would know it again. */
  readonly at: number
  readonly day: number
  readonly since: EventLoopUtilization
  load: Load | undefined
}

export class Minutes {
  readonly #runtime: Runtime
  readonly #clock: Clock
  readonly #path: string | undefined
  readonly #slots: Slot[] = []
  readonly #leave: () => void

  /** `path` is where the store is. */
  constructor(runtime: Runtime, clock: Clock, path: string | undefined) {
    this.#runtime = runtime
    this.#clock = clock
    this.#path = path
    this.#leave = runtime.observe({
      moved: (fact) => this.#moved(fact),
      committed: ({ bytes }) => {
        const slot = this.#slot()
        slot.commits++
        slot.bytes += bytes
        this.#look(slot)
      },
    })
  }

  close(): void {
    this.#leave()
  }

  /** The samples of slots that begin at `since` or later, the present one included. */
  async samples(since = Number.NEGATIVE_INFINITY): Promise<Sample[]> {
    const slot = this.#slot()
    this.#look(slot)
    await this.#measure(slot)
    return this.#slots.filter(({ day }) => day >= since).map(sampleOf)
  }

  #moved({ from, to }: Moved): void {
    const slot = this.#slot()
    if (from === 'NONE') slot.created++
    const counted = from === to ? undefined : COUNTED[to]
    if (counted) slot[counted]++
  }

  #slot(): Slot {
    const now = this.#clock.steady()
    const at = now - (now % SLOT_MS)
    const last = this.#slots.at(-1)
    if (last && last.at >= at) return last
    while (this.#slots[0] && this.#slots[0].at <= now - SPAN_MS) this.#slots.shift()
    const day = Math.round(this.#clock.wall() - (now - at))
    const slot: Slot = { at, day, since: performance.eventLoopUtilization(), load: undefined, ...NOTHING }
    this.#slots.push(slot)
    void this.#measure(slot)
    return slot
  }

  /** What may change with every commit: whoever looks later should see how it came out. */
  #look(slot: Slot): void {
    slot.load = this.#runtime.load()
    const { active, idle, utilization } = performance.eventLoopUtilization(slot.since)
    if (active + idle > LEAST_LOOK_MS) slot.loopBusy = utilization
  }

  /** What takes a turn of the loop, or a look at the system. */
  async #measure(slot: Slot): Promise<void> {
    slot.rssBytes = process.memoryUsage.rss()
    const from = process.hrtime.bigint()
    await new Promise((resolve) => setImmediate(resolve))
    slot.loopLagMs = Number(process.hrtime.bigint() - from) / 1e6
    if (this.#path === undefined) return
    const disk = await statfs(this.#path).catch(() => undefined)
    if (disk) slot.diskFreeBytes = disk.bavail * disk.bsize
  }
}

function sampleOf({ at: _, day, since: __, load, ...rest }: Slot): Sample {
  const routes = load?.routes.map(({ route, queued, running, oldestMs }) => [route, { queued, running, oldestMs }])
  return {
    at: isoTime(day),
    ...rest,
    ...(load && routes ? { routes: Object.fromEntries(routes), live: load.live } : {}),
  }
}
