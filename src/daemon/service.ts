/**
 * The daemon as a service of systemd: it says when it is ready, what it does, that it lives, and that it stops. The sign
 * of life comes from the event loop and stands for the store too: while a commit is on its way for longer than the
 * watchdog bears, none is given, and systemd starts the daemon anew. A disk that refuses is no reason: the daemon knows
 * of it, and goes on by itself.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Alarm, Clock } from '../kernel/clock.js'
import type { TaskLog } from '../runtime/log.js'
import type { Runtime } from '../runtime/runtime.js'
import { openDatagrams } from './datagrams.js'
import { Notifier } from './notifier.js'
import type { Surroundings } from './surroundings.js'

type Watched = Pick<Runtime, 'state' | 'load'>

/** Without a watchdog: how soon after a commit the status is told. */
const STATUS_MS = 10_000
/** While it starts or stops it asks for so much more time, this often, and no longer than that in all. */
const MORE_MS = 30_000
const ASK_MS = 10_000
const MOST_ASKED = 60

const COMMIT = 'holdfast:commit.end'
const AT_ONCE = ['holdfast:store.degraded', 'holdfast:store.recovered']

export class Service {
  readonly #notifier: Notifier
  readonly #clock: Clock
  readonly #log: TaskLog
  readonly #watchdogMs: number | undefined
  #runtime: Watched | undefined
  #beat: Alarm | undefined
  #asking: Alarm | undefined
  #status = ''
  #changed = false
  #hung = false
  #stopping = false

  /** `undefined` where there is no service manager, or none that can be told. */
  static async open({ socket, watchdogMs }: Surroundings, clock: Clock, log: TaskLog): Promise<Service | undefined> {
    if (socket === undefined) return undefined
    try {
      return new Service(new Notifier(await openDatagrams(socket), clock, log), watchdogMs, clock, log)
    } catch (error) {
      log.warn('the service manager cannot be told anything', { reason: (error as Error).message })
      return undefined
    }
  }

  constructor(notifier: Notifier, watchdogMs: number | undefined, clock: Clock, log: TaskLog) {
    this.#notifier = notifier
    this.#watchdogMs = watchdogMs
    this.#clock = clock
    this.#log = log
  }

  /** The runtime is about to be started; reading a large store may take longer than systemd waits. */
  starting(): void {
    this.#notifier.tell({ STATUS: 'starting' })
    this.#askForTime()
  }

  ready(runtime: Watched): void {
    this.#asking?.clear()
    this.#runtime = runtime
    this.#status = statusOf(runtime)
    this.#notifier.tell({ READY: 1, STATUS: this.#status })
    subscribe(COMMIT, this.#committed)
    for (const point of AT_ONCE) subscribe(point, this.#turned)
    if (this.#watchdogMs !== undefined) this.#live()
  }

  stopping(): void {
    if (this.#stopping) return
    this.#stopping = true
    this.#notifier.tell({ STOPPING: 1, STATUS: 'stopping: what runs is given time to end' })
    this.#askForTime()
  }

  /** `systemctl status` shows why it ended. */
  failed(error: unknown): void {
    this.#notifier.tell({ STATUS: `ended: ${(error as Error)?.message ?? error}` })
  }

  close(): void {
    unsubscribe(COMMIT, this.#committed)
    for (const point of AT_ONCE) unsubscribe(point, this.#turned)
    this.#beat?.clear()
    this.#asking?.clear()
    this.#runtime = undefined
    this.#notifier.close()
  }

  /** Each sign of life sets the next. */
  #live(): void {
    const watchdogMs = this.#watchdogMs as number
    if (this.#isWell(watchdogMs)) this.#notifier.tellNow({ WATCHDOG: 1 })
    this.#tellStatus()
    this.#beat = this.#clock.alarm('steady', this.#clock.steady() + watchdogMs / 2, () => this.#live())
  }

  #isWell(watchdogMs: number): boolean {
    const { commitMs } = (this.#runtime as Watched).load()
    const hung = commitMs > watchdogMs
    if (hung && !this.#hung) {
      this.#log.error('a commit does not come back from the disk: the watchdog is not fed any more', { commitMs })
    } else if (!hung && this.#hung) this.#log.warn('the commit came back: the watchdog is fed again')
    this.#hung = hung
    return !hung
  }

  /** Told with the next sign of life; where none is asked for, soon. */
  readonly #committed = () => {
    this.#changed = true
    if (this.#watchdogMs !== undefined) return
    this.#beat ??= this.#clock.alarm('steady', this.#clock.steady() + STATUS_MS, () => {
      this.#beat = undefined
      this.#tellStatus()
    })
  }

  /** The disk fails, or is back: once the runtime has taken it in. */
  readonly #turned = () => {
    this.#changed = true
    setImmediate(() => this.#tellStatus())
  }

  #tellStatus(): void {
    if (!this.#changed || (this.#runtime?.state !== 'working' && this.#runtime?.state !== 'degraded')) return
    this.#changed = false
    const status = statusOf(this.#runtime)
    if (status === this.#status) return
    this.#status = status
    this.#notifier.tell({ STATUS: status })
  }

  #askForTime(asked = 0): void {
    this.#asking = this.#clock.alarm('steady', this.#clock.steady() + ASK_MS, () => {
      this.#notifier.tellNow({ EXTEND_TIMEOUT_USEC: MORE_MS * 1_000 })
      if (asked + 1 < MOST_ASKED) this.#askForTime(asked + 1)
    })
  }
}

/** What the daemon does, in a line. */
export function statusOf(runtime: Watched): string {
  if (runtime.state === 'degraded') return 'degraded: the disk takes no writes, no work is taken'
  const { routes } = runtime.load()
  const sum = (of: 'running' | 'queued') => routes.reduce((all, route) => all + route[of], 0)
  return `${runtime.state}: ${sum('running')} running, ${sum('queued')} queued`
}
