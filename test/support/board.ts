/**
 * A board for tests of schedules: a store in memory that outlives the process, a clock that the test moves, a time
 * service that is not there, and a way to know when nothing moves any more without waiting for time to pass.
 */
import { channel } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import { type SyncedPaths, TimeService } from '../../src/kernel/synced.js'
import type { Point } from '../../src/kernel/telemetry.js'
import { type AnyDefinition, defineTask } from '../../src/runtime/define.js'
import type { TaskLog } from '../../src/runtime/log.js'
import type { RuntimeOptions } from '../../src/runtime/options.js'
import type { RunningTask } from '../../src/runtime/running-task.js'
import { Runtime } from '../../src/runtime/runtime.js'
import type { TaskView } from '../../src/runtime/task-view.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { Quiet } from '../../src/testing/quiet.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'

/** Turns of the loop in which a commit comes to be in flight, if one does. */
const SOON = 32
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))
const KEPT = { age: false, count: false } as const
const FOR_EVER = { finished: KEPT, failed: KEPT, terminated: KEPT }
const NOWHERE = { timesync: '/nowhere/timesync', chrony: '/nowhere/chrony' }

type Options = Partial<Omit<RuntimeOptions, 'path'>>
type Fact = Readonly<Record<string, unknown>>

export class Board {
  clock: SimulatedClock
  store = new PowerLossStore()
  runtime!: Runtime
  /** Runs so far, over all lives: the id of the task, and what it saw of its schedule. */
  readonly runs: { id: string; schedule: RunningTask['schedule'] }[] = []
  readonly warnings: string[] = []
  /** Runs of the kind `slow` that wait for the test's word. */
  readonly slow = new Map<string, { finish(): void; readonly signal: AbortSignal }>()
  readonly #places: SyncedPaths
  readonly #quiet = new Quiet()
  #options: Options = {}

  constructor({ wall, places = NOWHERE }: { wall?: number; places?: SyncedPaths } = {}) {
    this.clock = new SimulatedClock(wall === undefined ? {} : { wall })
    this.#places = places
    onTestFinished(() => this.close())
  }

  async close(): Promise<void> {
    this.#quiet.close()
    for (const each of this.slow.values()) each.finish()
    await this.runtime?.stop()
  }

  /** Starts a runtime on this board; what is left out is as at the start before. */
  async start(options: Options = this.#options): Promise<Runtime> {
    this.#options = options
    const log: TaskLog = {
      debug() {},
      info() {},
      warn: (text) => void this.warnings.push(text),
      error: (text) => void this.warnings.push(text),
    }
    const ran = ({ id, schedule }: RunningTask) => void this.runs.push({ id, schedule })
    const tasks: AnyDefinition[] = [
      defineTask({ kind: 'work', run: ran }),
      defineTask({
        kind: 'slow',
        run: (task) => {
          ran(task)
          return new Promise<void>((resolve) => this.slow.set(task.id, { finish: resolve, signal: task.signal }))
        },
      }),
      ...(options.tasks ?? []),
    ]
    this.runtime = new Runtime(
      // Retention would be one more thing to wait for.
      { path: 'memory', log, retention: FOR_EVER, ...options, tasks },
      { store: this.store, clock: this.clock, timeService: new TimeService(this.#places) },
    ) as unknown as Runtime
    await this.runtime.start()
    await this.settled()
    return this.runtime
  }

  /** Resolves when nothing is in flight and nobody has told anything for some turns of the loop. */
  settled(): Promise<void> {
    return this.#quiet.settled(() => this.store.inFlight > 0)
  }

  /** Time passes, and all that falls due on the way is done when it is due. */
  async pass(ms: number, by = ms): Promise<void> {
    for (let left = ms; left > 0; left -= by) {
      this.clock.advance(Math.min(by, left))
      await this.settled()
    }
  }

  /** Somebody sets the time of day. */
  async step(byMs: number): Promise<void> {
    this.clock.stepWall(byMs)
    await this.settled()
  }

  /** The process is killed, and started again at once. */
  async kill(options?: Options): Promise<Runtime> {
    this.#die()
    this.clock = this.clock.restart()
    return this.start(options)
  }

  /** The power goes for a while; `wall` is what the board believes by then. */
  async powerOff(offFor: number, { wall, options }: { wall?: number; options?: Options } = {}): Promise<Runtime> {
    this.#die()
    this.clock = this.clock.reboot(wall === undefined ? { offFor } : { offFor, wall })
    return this.start(options)
  }

  /** Time passes, and the process dies with the commit that follows in flight: on disk already, or lost. */
  async cut(ms: number, tear: boolean): Promise<Runtime> {
    this.store.hold()
    this.clock.advance(ms)
    for (let n = 0; n < SOON && this.store.inFlight === 0; n++) await turn()
    this.#die(tear)
    this.clock = this.clock.restart()
    return this.start()
  }

  #die(tear = true): void {
    const dead = this.store
    dead.powerCut({ tear })
    this.store = dead.successor()
  }

  /** The ids of all tasks of a schedule, in their order. */
  async tasks(schedule: string): Promise<TaskView[]> {
    const items: TaskView[] = []
    let cursor: string | undefined
    do {
      const page = await this.runtime.find({ schedule, limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
      items.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined)
    return items.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The instants of a schedule that have a task. */
  async made(schedule: string): Promise<string[]> {
    return (await this.tasks(schedule)).map(({ scheduledAt }) => scheduledAt as string)
  }

  /** The next fact of a point. */
  next(point: Point): Promise<Fact> {
    return new Promise((resolve) => {
      const heard = (fact: unknown) => {
        channel(`holdfast:${point}`).unsubscribe(heard)
        resolve(fact as Fact)
      }
      channel(`holdfast:${point}`).subscribe(heard)
    })
  }

  /** Every fact of a point from now on. */
  facts(point: Point): Fact[] {
    const seen: Fact[] = []
    const heard = (fact: unknown) => void seen.push(fact as Fact)
    channel(`holdfast:${point}`).subscribe(heard)
    onTestFinished(() => void channel(`holdfast:${point}`).unsubscribe(heard))
    return seen
  }
}
