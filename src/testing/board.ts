/**
 * A board for tests: the real runtime, on a disk in memory that forgets what was not synced when the power goes, and on
 * a clock that moves when the test says so. Nothing here reads the time of day or sets a timer.
 */
import { AssertionError, deepStrictEqual } from 'node:assert'
import type { TaskState } from '../../machines/index.js'
import type { SimulatedBackend } from '../devices/simulated.js'
import { TimeService } from '../kernel/synced.js'
import { type Duration, durationMs, type Instant, instantMs, isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { AnyDefinition } from '../runtime/define.js'
import type { DeviceCommand } from '../runtime/devices.js'
import type { TaskLog } from '../runtime/log.js'
import type { RuntimeOptions } from '../runtime/options.js'
import type { TaskQuery } from '../runtime/query.js'
import { Runtime } from '../runtime/runtime.js'
import type { TaskView } from '../runtime/task-view.js'
import { type BoardOptions, type BoardTime, type LogLine, startOf, withCalm } from './board-options.js'
import { fits, inWords, missing, type TaskPattern, unwanted } from './expectations.js'
import { type FakeCall, inOrder } from './fake.js'
import { fakesOf } from './fake-actors.js'
import { type DiskTrouble, FaultyStore } from './faulty-store.js'
import { PowerLossStore } from './power-loss-store.js'
import { Quiet } from './quiet.js'
import { SIMULATED_START, SimulatedClock } from './simulated-clock.js'
import { World } from './world.js'

/** The world at the other end of the lines. */
export type Gpio = Pick<
  SimulatedBackend,
  'level' | 'pull' | 'bounce' | 'flood' | 'wire' | 'fail' | 'occupy' | 'unplug' | 'plug'
>

interface Life<Tasks extends readonly AnyDefinition[]> {
  readonly runtime: Runtime<Tasks>
  readonly power: PowerLossStore
  readonly disk: FaultyStore
  readonly clock: SimulatedClock
}

const NOWHERE = { timesync: '/nowhere/timesync', chrony: '/nowhere/chrony' }
/** Turns of the loop in which a commit comes to be in flight, if one does. */
const SOON = 32

export class Board<const Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** What was logged, over all lives; an own `log` in the options hears it instead. */
  readonly log: LogLine[] = []
  readonly #quiet = new Quiet()
  readonly #world = new World(() => this.clock)
  #options: BoardOptions<Tasks>
  #life: Life<Tasks> | undefined
  /** The disk and the clock as the last life left them. */
  #left: Pick<Life<Tasks>, 'power' | 'disk' | 'clock'>

  constructor(options: BoardOptions<Tasks>, { now = SIMULATED_START, zone }: BoardTime = {}) {
    this.#options = options
    const power = new PowerLossStore()
    const clock = new SimulatedClock({ wall: startOf(now, zone) })
    this.#left = { power, disk: new FaultyStore(power), clock }
  }

  /** The runtime of the present life, with all of its methods. @throws ERR_STOPPED while the power is off */
  get runtime(): Runtime<Tasks> {
    return this.#living.runtime
  }

  /** The clock of the present life. */
  get clock(): SimulatedClock {
    return (this.#life ?? this.#left).clock
  }

  /** The disk: `fail('ENOSPC')` and `mend()` it. */
  get disk(): { fail(trouble?: DiskTrouble): void; mend(): void } {
    return (this.#life ?? this.#left).disk
  }

  /**
   * The lines of its devices, from outside: meters, wires, switches that are broken, lines that somebody else has, chips
   * that are unplugged. What happens there is heard when all has settled. @throws ERR_NOT_FOUND without devices
   * @example board.gpio.unplug('simulated')
   */
  get gpio(): Gpio {
    return this.#world.gpio
  }

  /** False after a crash or a stop, until restart(). */
  get on(): boolean {
    return this.#life !== undefined
  }

  /** How many commits there were in this life, be they on disk or not. */
  get commits(): number {
    return this.#living.power.batches
  }

  /** The time of day on this board, as ISO text. */
  get now(): string {
    return isoTime(this.clock.wall())
  }

  /** All calls of the fakes of this board's kinds, over all lives, in their order. */
  get effects(): FakeCall[] {
    return inOrder(this.#fakes.flatMap(({ calls }) => calls))
  }

  /** Starts the runtime; testRuntime() has done so. */
  async start(): Promise<void> {
    const { power, disk, clock } = this.#left
    const { devices, gpio, ...options } = { log: this.#logger(clock), ...withCalm(this.#options) }
    const timeService = new TimeService(NOWHERE)
    const around = this.#world.plug({ devices, gpio }, options.gates)
    const tasks = [...options.tasks, ...around.tasks]
    const runtime = new Runtime<Tasks>({ ...options, tasks, path: 'memory' } as unknown as RuntimeOptions<Tasks>, {
      store: disk,
      clock,
      timeService,
      ...around.parts,
    })
    this.#life = { runtime, power, disk, clock }
    try {
      await runtime.start()
    } catch (error) {
      this.#life = undefined
      throw error
    }
    await this.settled()
  }

  /**
   * Resolves when there is nothing left to do but to wait: for time to pass, for a fake to be answered, for the test.
   * It waits for commits and for work with files. What talks over a network, or runs in a thread or process, is waited
   * for with `finished()`.
   * @throws AssertionError when it never comes to rest
   */
  settled(): Promise<void> {
    return this.#quiet.settled(() => (this.#life?.power.inFlight ?? 0) > 0)
  }

  /**
   * Time passes on both hands of the clock. What falls due on the way is done when it is due, in order; resolves when
   * all of it has settled.
   * @example await board.advance('10m')
   */
  async advance(time: Duration): Promise<void> {
    const { clock } = this.#living
    const end = clock.steady() + durationMs(time, 'advance')
    await this.settled()
    while (clock.next < end - clock.steady()) {
      clock.advance(clock.next)
      await this.settled()
    }
    clock.advance(end - clock.steady())
    await this.settled()
  }

  /**
   * The world outside of a device: moves an input, sets what a sensor reads, breaks it. It stays so over restarts.
   * @throws ERR_NOT_FOUND, ERR_INVALID_COMMAND
   * @example await board.simulate('door', { to: 'open', for: '2s' })
   */
  async simulate(device: string, what: Omit<DeviceCommand, 'type'>): Promise<void> {
    await this.#world.simulate(device, what)
    await this.settled()
  }

  /**
   * Somebody sets the time of day: forward, or back with a minus. What is relative does not notice.
   * @example await board.stepClock('-2h')
   */
  async stepClock(by: Duration): Promise<void> {
    const [, sign, length = by] = typeof by === 'string' ? (/^([+-]?)(.*)$/.exec(by) ?? []) : []
    const back = sign === '-' || (typeof by === 'number' && by < 0)
    const ms = durationMs(typeof length === 'number' ? Math.abs(length) : length, 'stepClock')
    this.#living.clock.stepWall(back ? -ms : ms)
    await this.settled()
  }

  /**
   * The power goes. What was not synced is gone; a commit that is in flight reached the disk just before, or with `torn`
   * did not. Calls that were not answered by then get an error, or no answer. Code of tasks that was running cannot be
   * taken out of this process: what it does from now on reaches neither the disk nor the fakes.
   *
   * With `commit: n` it goes when the n-th commit from now on is in flight, and this resolves then.
   */
  async crash({ torn = false, commit }: { readonly torn?: boolean; readonly commit?: number } = {}): Promise<void> {
    const { power } = this.#living
    if (commit === undefined) {
      // What was asked for gets as far as its commit: a crash at any earlier moment is one that is torn.
      power.hold()
      for (let turns = 0; turns < SOON && power.inFlight === 0; turns++) {
        await new Promise<void>((resolve) => void setImmediate(resolve))
      }
      power.powerCut({ tear: torn })
    } else await power.cutAt(commit, { tear: torn })
    await this.#end()
  }

  /**
   * The next life on the same disk: after a crash a reboot that took `off`, else a clean stop and a start at once.
   * @throws what start() throws
   */
  async restart({
    off = 0,
    wall,
    options,
  }: {
    /** How long the board was without power. Default 0. */
    readonly off?: Duration
    /** What the clock shows then, on a board whose clock stood still or began anew. */
    readonly wall?: Instant
    /** Other options from now on: another version of the program. */
    readonly options?: BoardOptions
  } = {}): Promise<void> {
    const offFor = durationMs(off, 'off')
    const crashed = this.#life === undefined
    if (!crashed) await this.stop()
    if (options) this.#options = options as unknown as BoardOptions<Tasks>
    const { clock, power, disk } = this.#left
    const shown = wall === undefined ? {} : { wall: instantMs(wall, 'wall') }
    const next = crashed || offFor > 0 || wall !== undefined ? clock.reboot({ offFor, ...shown }) : clock.restart()
    const heir = power.successor()
    const after = new FaultyStore(heir)
    if (disk.trouble) after.fail(disk.trouble)
    this.#left = { clock: next, power: heir, disk: after }
    await this.start()
  }

  /** A clean stop; restart() goes on. */
  async stop({ drain = 0 }: { readonly drain?: Duration } = {}): Promise<void> {
    await this.#living.runtime.stop({ drain })
    await this.#end()
  }

  /** The end of the test. */
  async close(): Promise<void> {
    if (this.#life) await this.stop()
    this.#quiet.close()
  }

  /** All tasks that a query selects. */
  async tasks(query: TaskQuery = {}): Promise<TaskView[]> {
    const items: TaskView[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page = await this.runtime.find({ ...query, limit: 1_000, ...(cursor === '' ? {} : { cursor }) })
      items.push(...page.items)
      cursor = page.cursor
    }
    return items
  }

  /** The timers of a machine, the next one first: their ids, and when they are due. */
  async timers(id: string): Promise<readonly { readonly id: string; readonly due: string }[]> {
    const { machine } = await this.#view(id)
    return [...(machine?.timers ?? [])].sort((a, b) => (a.due < b.due ? -1 : 1))
  }

  /**
   * Every task begins at NONE: that may be left out.
   * @throws AssertionError when the task was in other states, or in another order
   */
  async assertHistory(id: string, states: readonly TaskState[]): Promise<void> {
    const view = await this.#view(id)
    const entered = view.history.map(({ state }) => state)
    deepStrictEqual(states[0] === 'NONE' ? entered : entered.slice(1), states)
  }

  /** @throws AssertionError when the task is in another state; says why it is there */
  async assertState(id: string, state: TaskState): Promise<void> {
    const view = await this.#view(id)
    if (view.state === state) return
    const message = `The task should be ${state}. ${inWords(view)}`
    throw new AssertionError({ message, actual: view.state, expected: state, operator: 'assertState' })
  }

  /**
   * A task that fits; the first, when there are several.
   * @throws AssertionError when none does; it names those that are there
   * @example const { id } = await board.assertEnqueued({ kind: 'upload', input: { file: 'a.jpg' }, state: 'SPOOLED' })
   */
  async assertEnqueued(pattern: TaskPattern): Promise<TaskView> {
    const there = await this.tasks()
    const found = there.find((view) => fits(view, pattern))
    if (!found) throw missing(pattern, there)
    return found
  }

  /** @throws AssertionError when a task fits */
  async refuteEnqueued(pattern: TaskPattern): Promise<void> {
    const found = (await this.tasks()).find((view) => fits(view, pattern))
    if (found) throw unwanted(pattern, found)
  }

  get #living(): Life<Tasks> {
    if (this.#life) return this.#life
    throw new HoldfastError('ERR_STOPPED', 'the board is without power, or was stopped', {
      hint: 'Await board.restart() first.',
    })
  }

  get #fakes() {
    return [...new Set(this.#options.tasks.flatMap((definition) => fakesOf(definition)))]
  }

  async #end(): Promise<void> {
    const { power, disk, clock } = this.#living
    this.#left = { power, disk, clock }
    this.#life = undefined
    // A dead process hears no alarm and no answer, and has no lines.
    clock.close()
    this.#world.powerOff()
    for (const fake of this.#fakes) fake.forget()
    await this.settled()
  }

  async #view(id: string): Promise<TaskView> {
    const view = await this.runtime.get(id)
    if (view) return view
    throw new AssertionError({ message: `There is no task '${id}'.` })
  }

  /** The words of one life: what a dead process says is of no interest. */
  #logger(clock: SimulatedClock): TaskLog {
    const say = (level: keyof TaskLog) => (message: string, data?: object) => {
      if (this.#life?.clock === clock) this.log.push({ level, message, data })
    }
    return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  }
}

/**
 * A started board. Where the options do not say otherwise, ended tasks are kept and delays of retries have no jitter.
 * @throws as createRuntime and start() do
 * @example
 * const board = await testRuntime({ tasks: [upload] }, { now: '2026-03-29T01:30', zone: 'Europe/Rome' })
 * const { id } = await board.runtime.enqueue('upload', { file: 'a.jpg' }, { in: '10m' })
 * await board.advance('10m')
 * await board.assertState(id, 'FINISHED')
 * await board.close()
 */
export async function testRuntime<const Tasks extends readonly AnyDefinition[]>(
  options: BoardOptions<Tasks>,
  time?: BoardTime,
): Promise<Board<Tasks>> {
  const board = new Board<Tasks>(options, time)
  await board.start()
  return board
}
