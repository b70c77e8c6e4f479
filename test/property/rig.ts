/**
 * The runtime under test: a store in memory that outlives the process, a clock that the test moves, processors that
 * wait for the test's word, and a way to know when nothing moves any more without waiting for time to pass.
 */
import { channel } from 'node:diagnostics_channel'
import { assign, fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/runtime/define.js'
import type { TaskLog } from '../../src/runtime/log.js'
import type { RunningTask } from '../../src/runtime/running-task.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { Quiet } from '../../src/testing/quiet.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { CONCURRENCY, DEATHS, patienceOf } from './task.js'
import type { CrashKind } from './words.js'

/** A processor that waits for the test's word. */
export interface LiveRun {
  readonly id: string
  readonly attempt: number
  readonly task: RunningTask | undefined
  resolve(value: unknown): void
  reject(error: unknown): void
}

const nothing = () => undefined
const silent: TaskLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }
/** Turns of the loop in which a commit comes to be in flight, if one does. */
const SOON = 24

export class Rig {
  clock = new SimulatedClock()
  store = new PowerLossStore()
  runtime!: Runtime
  readonly complaints: string[] = []
  /** Runs and jobs since the test last looked, in order. */
  starts: { id: string; attempt: number }[] = []
  /** By task; a stopped run stays until it settles. */
  live = new Map<string, LiveRun>()
  /** Tasks whose end somebody awaits in this process, and whether that was told. */
  awaited = new Map<string, boolean>()
  readonly #limits: { readonly live: number }
  readonly #quiet = new Quiet()
  readonly #begun = (fact: unknown) => void this.starts.push(fact as { id: string; attempt: number })

  constructor(limits: { readonly live: number }) {
    this.#limits = limits
    channel('holdfast:run.start').subscribe(this.#begun)
  }

  async start(): Promise<void> {
    const { store } = this
    // What a dead process says is of no interest.
    const error = (message: string, data?: object) => store === this.store && this.#complain(message, data)
    const log = { ...silent, error }
    this.live = new Map()
    this.awaited = new Map()
    const work = defineTask({ kind: 'work', run: (task) => this.#run(task.id, task.attempt, task) })
    const flow = defineTask({ kind: 'flow', machine: this.#flow() })
    const routes = Object.fromEntries(Object.entries(CONCURRENCY).map(([name, concurrency]) => [name, { concurrency }]))
    this.runtime = new Runtime(
      {
        path: 'memory', tasks: [work, flow], routes, log, interruptions: DEATHS, limits: this.#limits,
        retry: { jitter: 0, maxDelay: '1000d' },
      },
      { store: this.store, clock: this.clock },
    ) as unknown as Runtime // biome-ignore format: two lines read better
    await this.runtime.start()
  }

  /** Somebody awaits the end of a task, however it ends. */
  await({ id, finished }: { readonly id: string; finished(): Promise<unknown> }): void {
    const { awaited } = this
    const told = () => void awaited.set(id, true)
    awaited.set(id, false)
    finished().then(told, told)
  }

  /** Resolves when nothing is in flight and nobody has told anything for some turns of the loop. */
  settled(): Promise<void> {
    return this.#quiet.settled(() => this.store.inFlight > 0)
  }

  /** Commits stay in flight from now on. */
  hold(): void {
    this.store.hold()
  }

  /** True when a commit came to be in flight. */
  async inFlight(): Promise<boolean> {
    for (let turn = 0; turn < SOON && this.store.inFlight === 0; turn++)
      await new Promise<void>((resolve) => void setImmediate(resolve))
    return this.store.inFlight > 0
  }

  /** The disk fails under what is in flight; the runtime tries it again after a while. */
  async fail(tear: boolean): Promise<void> {
    this.starts = []
    this.store.powerCut({ tear })
    this.store.release()
    await this.settled()
  }

  /** The process is dead: nothing that it still tries reaches the disk, the test, or the next process. */
  async die(tear: boolean): Promise<void> {
    const dead = this.store
    dead.powerCut({ tear })
    this.store = dead.successor()
    await this.settled()
  }

  /** The next process: of the same boot after a kill or a stop, of another one `offFor` later after a power cut. */
  async next(how: CrashKind, offFor: number, slow: number): Promise<void> {
    const wall = this.clock.wall() + offFor - slow
    this.clock = how === 'power' ? this.clock.reboot({ offFor, wall }) : this.clock.restart()
    this.starts = []
    await this.start()
  }

  /** A clean stop: what runs is interrupted and kept. */
  async stop(): Promise<void> {
    await this.runtime.stop()
    this.store = this.store.successor()
  }

  close(): void {
    this.#quiet.close()
    channel('holdfast:run.start').unsubscribe(this.#begun)
  }

  #complain(message: string, data?: object): void {
    if (message.startsWith('the store is degraded')) return
    this.complaints.push(`${message} ${JSON.stringify(data ?? {})}`)
  }

  #run(id: string, attempt: number, task?: RunningTask): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.live.set(id, { id, attempt, task, resolve, reject })
    })
  }

  /** A flow waits, loses patience, and has a job that it may be called back from. */
  #flow() {
    const { live } = this
    return setup({
      types: {
        context: {} as { pokes: number; bored: boolean; patience: number },
        input: {} as unknown,
        events: {} as { type: 'POKE' | 'GO' | 'BACK' | 'BREAK' },
      },
      actors: {
        job: fromPromise(({ self, signal }) => {
          const id = (self as unknown as { _parent: { id: string } })._parent.id
          signal.addEventListener('abort', () => live.delete(id))
          this.starts.push({ id, attempt: 0 })
          return this.#run(id, 0)
        }),
      },
      delays: { patience: ({ context }) => context.patience },
      actions: {
        crash: assign(() => {
          throw new Error('broken')
        }),
      },
    }).createMachine({
      context: ({ input }) => ({ pokes: 0, bored: false, patience: patienceOf(input) }),
      initial: 'waiting',
      on: { POKE: { actions: assign({ pokes: ({ context }) => context.pokes + 1 }) } },
      states: {
        waiting: {
          on: { GO: 'working', BREAK: { actions: 'crash' } },
          after: { patience: { target: 'done', actions: assign({ bored: true }) } },
        },
        working: { invoke: { src: 'job', onDone: 'done', onError: 'waiting' }, on: { BACK: 'waiting' } },
        done: { type: 'final' },
      },
      output: ({ context }) => (context.bored ? -1 - context.pokes : context.pokes),
    })
  }
}
