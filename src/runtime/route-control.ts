/** What is decided about routes while the runtime runs: a pause is a hold that is kept, and survives restarts. */
import { tell } from '../kernel/telemetry.js'
import { keyOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import type { RateView } from './bucket.js'
import type { Route } from './route.js'
import type { Routes } from './routes.js'

/** A route as it is now. */
export interface RouteView {
  readonly name: string
  readonly concurrency: number
  readonly queueLimit: number
  /** Tasks in its queue, may they start or not. */
  readonly queued: number
  /** Slots in use. */
  readonly running: number
  readonly paused: boolean
  /** Why it starts nothing just now: `paused`, `gate:NAME`, ... Empty when it works. */
  readonly held: readonly string[]
  readonly rateLimit?: RateView
}

const PAUSED = 'paused'

export class RouteControl {
  readonly #routes: Routes
  readonly #store: Store
  readonly #commit: GroupCommit

  constructor(routes: Routes, store: Store, commit: GroupCommit) {
    this.#routes = routes
    this.#store = store
    this.#commit = commit
  }

  /** What the store says holds. */
  async restore(): Promise<void> {
    const names = [...this.#routes.all()].map(({ name }) => name)
    const texts = await this.#store.getMany(names.map(keyOfRoute))
    for (const [i, name] of names.entries()) {
      if (texts[i] === undefined) this.#routes.release(name, PAUSED)
      else this.#routes.hold(name, PAUSED)
    }
  }

  list(): RouteView[] {
    return [...this.#routes.all()].map((route) => view(route, this.#routes.remotes.queued(route.name)))
  }

  /** @throws ERR_NOT_FOUND */
  async pause(name: string): Promise<void> {
    const route = this.#routes.known(name)
    this.#commit.put(keyOfRoute(name), JSON.stringify({ paused: true }))
    this.#commit.after(() => {
      if (route.held.has(PAUSED)) return
      this.#routes.hold(name, PAUSED)
      tell('route.paused', () => ({ route: name }))
    })
    await this.#commit.durable()
  }

  /** @throws ERR_NOT_FOUND */
  async resume(name: string): Promise<void> {
    const route = this.#routes.known(name)
    this.#commit.del(keyOfRoute(name))
    this.#commit.after(() => {
      if (!route.held.has(PAUSED)) return
      this.#routes.release(name, PAUSED)
      tell('route.resumed', () => ({ route: name }))
    })
    await this.#commit.durable()
  }
}

function keyOfRoute(name: string): string {
  return keyOf('part', `route!${name}`)
}

function view({ name, options, queue, running, held, bucket }: Route, remote: number): RouteView {
  return {
    name,
    concurrency: options.concurrency,
    queueLimit: options.queueLimit,
    queued: queue.size + remote,
    running,
    paused: held.has(PAUSED),
    held: [...held],
    ...(bucket ? { rateLimit: bucket.view } : {}),
  }
}
