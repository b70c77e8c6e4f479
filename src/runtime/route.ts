import type { ActorRefFrom } from 'xstate'
import type { workerMachine } from '../../machines/index.js'
import type { Bucket } from './bucket.js'
import type { RouteSettings } from './options.js'
import { WorkQueue } from './work-queue.js'

export type WorkerRef = ActorRefFrom<typeof workerMachine>

/** Causes that pass by themselves: what was in flight before them goes on. */
const PASSING: ReadonlySet<string> = new Set(['start', 'disk'])

/** One route: its queue, its slots, its worker. */
export class Route {
  readonly name: string
  readonly options: RouteSettings
  readonly bucket: Bucket | undefined
  readonly queue = new WorkQueue()
  /** Slots in use. */
  running = 0
  worker: WorkerRef | undefined
  /** Why it starts nothing just now; each cause is taken back by itself. */
  readonly held = new Set<string>()
  /** A rate has a token again. */
  readonly wake: () => void

  constructor(name: string, options: RouteSettings, bucket: Bucket | undefined, changed: (route: Route) => void) {
    this.name = name
    this.options = options
    this.bucket = bucket
    this.wake = () => changed(this)
  }

  /** Its worker is there and lets tasks start. */
  get open(): boolean {
    const { status, value } = this.worker?.getSnapshot() ?? {}
    return status === 'active' && typeof value === 'object' && 'open' in value
  }

  /** Tells its worker, if that lives: one that died, or was stopped with the runtime, has nothing to learn. */
  tell(event: Parameters<WorkerRef['send']>[0]): void {
    if (this.worker?.getSnapshot().status === 'active') this.worker.send(event)
  }

  /** Held by what does not pass by itself: a gate, a pause. */
  get barred(): boolean {
    for (const cause of this.held) if (!PASSING.has(cause)) return true
    return false
  }

  get tokens(): number {
    return this.bucket === undefined ? Number.POSITIVE_INFINITY : this.bucket.tokens
  }

  /** How many can start now, were there slots for all. */
  get load(): number {
    const { startable } = this.queue
    return this.queue.resumable + Math.min(startable, this.tokens)
  }

  /** Tasks wait for nothing but a slot: what a gate or a pause holds is in no hurry. */
  get pressed(): boolean {
    return this.held.size === 0 && this.load > 0
  }

  /** Where nothing but a rate keeps tasks back, its next token wakes the route. */
  awaitTokens(): void {
    const mayWait = this.held.size === 0 && this.running < this.options.concurrency
    let open = 0
    for (const { quota, startable } of this.queue.kinds) {
      const waits = mayWait && startable > 0 && quota.tokens === 0
      quota.bucket?.awaited(this.wake, waits)
      if (!waits) open += startable
    }
    this.bucket?.awaited(this.wake, mayWait && open > 0 && this.tokens === 0)
  }
}
