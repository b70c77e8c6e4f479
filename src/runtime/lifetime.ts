/**
 * The lifetime of a runtime: open → recover → supervise → drain → close, and only in that order. Between recover and
 * drain it takes work, except while the disk is failing.
 */
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { HoldfastError } from '../model/errors.js'
import { UNCHECKED_KEY } from '../model/keys.js'
import { isEnded } from '../model/record.js'
import type { Store } from '../store/store.js'
import { Engine } from './engine.js'
import type { Around } from './engine-ports.js'
import { FailStop } from './fail-stop.js'
import { decodeMark, MARK_KEY } from './mark.js'
import type { RuntimeOptions } from './options.js'
import { recheck } from './recheck.js'
import { type RootActor, supervise } from './supervision.js'
import { WEAR_KEY } from './wear.js'

const SUPERVISORS = { task: 'router', retry: 'manifest', schedule: 'schedules' } as const

type Phase = 'new' | 'starting' | 'working' | 'stopping' | 'stopped'
/** Where a runtime is in its life; `degraded` while the disk is failing. */
export type RuntimeState = Phase | 'degraded'

/** How others come in: opened when all has been read, before work is taken; closed when what ran has come to its end. */
export interface Doors {
  open(): Promise<void>
  /** The disk failed and is back. */
  resume(): Promise<void>
  close(): Promise<void>
}

const NO_DOORS: Doors = { open: async () => undefined, resume: async () => undefined, close: async () => undefined }

/** The supervisors that move what is due, a page at a time. */
const PUMPS = ['router', 'manifest', 'schedules', 'flows', 'sweeper']

export class Lifetime {
  readonly engine: Engine
  readonly actor: RootActor
  /** Resolves when it is over; rejects with ERR_ESCALATED when a part died too often. */
  readonly done: Promise<void>
  readonly #failStop: FailStop
  readonly #doors: Doors
  #phase: Phase = 'new'
  #starting: Promise<void> | undefined
  #hurry: ((drainMs: number) => void) | undefined
  #finish!: () => void
  #fail!: (error: HoldfastError) => void

  constructor(options: RuntimeOptions, store: Store, clock: Clock, doors: Doors = NO_DOORS, around: Around = {}) {
    this.#doors = doors
    const engine = new Engine(
      options,
      store,
      clock,
      {
        working: () => this.state === 'working',
        commitFailed: (error) => this.#failStop.begin(error),
        due: (lane) => this.#supervisor(SUPERVISORS[lane])?.send({ type: 'due' }),
        sweep: () => this.#supervisor('sweeper')?.send({ type: 'due' }),
        notices: () => this.#supervisor('flows')?.send({ type: 'due' }),
        manifest: ({ retrying, dead, left }) => {
          const manifest = this.#supervisor('manifest')
          if (retrying + dead > 0) manifest?.send({ type: 'entered', retrying, dead })
          if (left > 0) manifest?.send({ type: 'left', count: left })
        },
      },
      around,
    )
    this.engine = engine
    this.#failStop = new FailStop(store, clock, {
      forget: (error) => {
        const { hint } = error.cause instanceof HoldfastError ? error.cause : error
        engine.settings.log.error(`the store is degraded: ${hint}`, { cause: String(error.cause) })
        this.#holdAll()
        engine.forget()
      },
      probe: async () => {
        // How many have ended is as the disk says: what failed may be part of it or not.
        engine.ledger.ends.restore(decodeMark(await store.get(MARK_KEY))?.ended)
        await engine.keepMark(false)
      },
      goOn: () => this.#goOn(),
      release: () => this.#releaseAll(),
    })
    this.actor = supervise(engine.routes, engine.gates, clock, engine.settings.intensity, {
      releaseDue: () => engine.dispatch.release('task'),
      putBack: () => engine.dispatch.release('retry'),
      sweep: () => engine.sweeper.page(),
      releaseWaiting: () => engine.flows.release(),
      tick: () => engine.calendar.ticker.page(),
      claim: (route, count) => engine.routes.claim(route, count),
      rebuild: (part) => void this.#rebuild(part),
      degraded: () => this.#failStop.degraded || this.#phase === 'stopped',
      escalate: (child, error) => void this.#escalate(child, error),
    })
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    clock.onStep((byMs) => {
      engine.settings.log.warn(`the wall clock stepped by ${byMs} ms`)
      tell('clock.stepped', () => ({ byMs }))
      engine.ledger.tables.task.rearm()
      engine.ledger.tables.retry.rearm()
      engine.gates.look()
      engine.calendar.stepped(byMs)
    })
  }

  /**
   * Opens the store, recovers what was in flight, and takes work.
   * @throws ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER
   */
  async start(): Promise<void> {
    if (this.#phase !== 'new') {
      throw new HoldfastError(
        this.#phase === 'stopping' || this.#phase === 'stopped' ? 'ERR_STOPPED' : 'ERR_STARTED',
        `the runtime is ${this.#phase}`,
      )
    }
    this.#phase = 'starting'
    this.#starting = this.#begin()
    return this.#starting
  }

  async #begin(): Promise<void> {
    const { store, clock, ledger, recovery, settings, commit, kinds, sweeper, wear } = this.engine
    for (const warning of kinds.warnings) settings.log.warn(warning)
    try {
      const report = await store.open()
      if (report.repaired) settings.log.warn('the store was damaged and was repaired', report.repaired)
      tell('store.open', () => report)
      const text = await store.get(MARK_KEY)
      const mark = decodeMark(text)
      clock.resume(mark?.clock)
      this.engine.calendar.trust.resume(mark?.highest ?? mark?.clock.wall)
      // Without a mark that can be read, counting goes on far above what can have been counted.
      const floor = text === undefined ? 0 : clock.wall()
      Object.assign(ledger.counters, { seq: mark?.seq ?? floor, emitted: mark?.emitted ?? floor })
      const unchecked = (await store.get(UNCHECKED_KEY)) !== undefined
      ledger.ends.restore(report.repaired || unchecked ? undefined : mark?.ended)
      wear.restore(mark?.wear, await store.get(WEAR_KEY))
      // An embedding process lives until stop(), like one that listens on a port; this wait costs no wake-up.
      clock.alarm('steady', Number.POSITIVE_INFINITY, () => undefined)
      this.engine.gates.start(mark?.highest ?? mark?.clock.wall ?? 0)
      this.actor.start()
      // A processor that starts may enqueue: nothing is taken before everything was read.
      this.engine.routes.holdAll('start')
      if (unchecked) await recheck(this.engine)
      await this.engine.restore()
      await this.engine.calendar.schedules.read()
      await this.engine.calendar.code.adopt()
      const forgiven = mark?.clean === true
      await ledger.ends.rebuild(store, commit)
      await recovery.recover({ forgiven, counted: !forgiven && mark?.clock.boot === clock.boot })
      // What was found out while reading (an interruption, a quarantine) is on disk before anybody can look.
      await commit.flush()
      await this.engine.calendar.schedules.begin()
      await sweeper.look()
      await this.#doors.open()
    } catch (error) {
      this.#phase = 'stopped'
      await this.#doors.close()
      this.engine.gates.stop()
      this.actor.stop()
      this.engine.calendar.trust.close()
      clock.close()
      await store.close().catch(() => undefined)
      this.#finish()
      throw error
    }
    this.#phase = 'working'
    this.engine.routes.releaseAll('start')
    void ledger.putOff.write()
    tell('runtime.ready', () => ({}))
  }

  /** Takes nothing more, gives what runs some time, interrupts and keeps the rest, and closes the store. */
  async stop(drainMs: number): Promise<void> {
    if (this.#phase === 'starting') await this.#starting?.catch(() => undefined)
    if (this.#phase === 'stopping' || this.#phase === 'stopped') {
      this.#hurry?.(drainMs)
      return this.done
    }
    const started = this.#phase !== 'new'
    this.#phase = 'stopping'
    tell('runtime.stopping', () => ({ drainMs }))
    await this.#failStop.close()
    if (started) await this.#drain(drainMs)
    await this.#doors.close()
    await this.#close(!this.#failStop.degraded && started)
    this.#finish()
  }

  async #drain(drainMs: number): Promise<void> {
    const { runs, players, ledger, commit, admission, sweeper } = this.engine
    this.engine.routes.drain()
    // A tick that falls due now is made at the next start.
    for (const name of ['schedules', 'sweeper']) this.#supervisor(name)?.send({ type: 'hold' })
    sweeper.clear()
    commit.hasten()
    if (this.#failStop.degraded) return
    const written = ledger.putOff.write()
    await Promise.race([Promise.all([runs.idle(), players.idle(), written]), this.#atMost(drainMs)])
    await written
    const interrupted = runs.wanted()
    for (const run of interrupted) {
      await admission.foresee(run.unit)
      ledger.step(run.unit, { type: 'drain', now: ledger.now() })
    }
    await commit.drained()
    tell('runtime.drained', () => ({ interrupted: interrupted.length }))
  }

  /** The time that running tasks have; a later stop() may shorten it. */
  #atMost(drainMs: number): Promise<void> {
    const { clock } = this.engine
    const end = clock.steady() + drainMs
    return new Promise((resolve) => {
      let alarm = clock.alarm('steady', end, resolve)
      this.#hurry = (ms) => {
        if (clock.steady() + ms >= end) return
        alarm.clear()
        alarm = clock.alarm('steady', clock.steady() + ms, resolve)
      }
    })
  }

  async #close(clean: boolean): Promise<void> {
    const { store, clock, waiters, shows, runs, isolation } = this.engine
    this.#phase = 'stopped'
    this.engine.gates.stop()
    this.actor.send({ type: 'stop' })
    // After a drain there are none; on a broken disk, or when a part died too often, nothing they come to is kept.
    for (const { id } of runs.wanted()) runs.abort(id, 'drained')
    const gone = isolation.close()
    this.engine.forget()
    shows.close()
    this.engine.calendar.trust.close()
    if (clean) await this.engine.keepMark(true).catch(() => undefined)
    await store.close().catch(() => undefined)
    // Threads, processes and commands that were told to stop have their grace time; none is left behind.
    await gone
    await this.engine.services.gone()
    clock.close()
    for (const id of waiters.ids()) waiters.giveUp(id, new HoldfastError('ERR_STOPPED'))
    tell('runtime.stopped', () => ({}))
  }

  /** A supervisor gave up: the process ends, and whoever supervises it starts it again. */
  async #escalate(child: string, cause: unknown): Promise<void> {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return
    this.#phase = 'stopping'
    await this.#failStop.close()
    await this.#doors.close()
    await this.#close(false)
    this.#fail(new HoldfastError('ERR_ESCALATED', `${child} died too often`, { cause }))
  }

  async #rebuild(part: string): Promise<void> {
    this.engine.settings.log.error(`${part} died and was started anew`)
    if (part === 'sweeper') {
      this.engine.sweeper.clear()
      await this.engine.sweeper.look().catch(() => undefined)
    } else if (part === 'schedules') {
      await this.engine.calendar.schedules.begin().catch(() => undefined)
      // No alarm is set for the way through those that had gone ahead.
      if (this.engine.calendar.ticker.rewinding) this.#supervisor('schedules')?.send({ type: 'due' })
    } else await this.engine.recovery.reindex().catch(() => undefined)
  }

  /** The disk is back: what it holds decides. */
  async #goOn(): Promise<void> {
    const { store, commit, gates, ledger, recovery, runs, shelf, sweeper, waiters } = this.engine
    // Whoever was between two awaits when the disk failed may have made something since: it is on no disk.
    this.engine.forget()
    commit.reopen()
    await this.engine.restore()
    await ledger.ends.rebuild(store, commit)
    await recovery.recover({ counted: false, forgiven: false })
    gates.adopt(runs.wanted())
    await this.engine.calendar.schedules.read()
    await this.engine.calendar.schedules.begin()
    for (const id of waiters.ids()) {
      const found = await shelf.record(id)
      // It was never on disk: a task whose commit failed, or one that may be lost, and was.
      if (!found) waiters.giveUp(id, new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`))
      else if (isEnded(found.record.state, found.record.context)) {
        waiters.settle(id, found.record.state, found.record.context)
      }
    }
    await sweeper.look()
    await this.#doors.resume()
    this.engine.settings.log.warn('the store is back')
  }

  #holdAll(): void {
    this.engine.routes.holdAll('disk')
    for (const name of PUMPS) this.#supervisor(name)?.send({ type: 'hold' })
  }

  #releaseAll(): void {
    this.engine.routes.releaseAll('disk')
    for (const name of PUMPS) this.#supervisor(name)?.send({ type: 'release' })
    void this.engine.ledger.putOff.write()
    this.engine.leases.look()
  }

  #supervisor(name: string): { send(event: object): void } | undefined {
    return this.actor.system.get(name as never) as { send(event: object): void } | undefined
  }

  get state(): RuntimeState {
    return this.#phase === 'working' && this.#failStop.degraded ? 'degraded' : this.#phase
  }

  /** @throws when nothing can be read */
  assertReadable(): void {
    if (this.#phase === 'new' || this.#phase === 'starting') throw new HoldfastError('ERR_NOT_STARTED')
    if (this.#phase === 'stopped') throw new HoldfastError('ERR_STOPPED')
    if (this.#failStop.degraded) throw new HoldfastError('ERR_DEGRADED')
  }

  /** @throws when no work is taken */
  assertWorking(): void {
    this.assertReadable()
    if (this.#phase === 'stopping') throw new HoldfastError('ERR_STOPPED')
  }
}
