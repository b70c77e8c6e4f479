/** A runtime whose time is in the hands of the test, on a store that counts; and a way to know when nothing moves. */
import type { AnyDefinition } from '../../src/runtime/define.js'
import type { TaskLog } from '../../src/runtime/log.js'
import type { RuntimeOptions } from '../../src/runtime/options.js'
import { Runtime } from '../../src/runtime/runtime.js'
import type { Store } from '../../src/store/store.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'

const nothing = () => undefined
export const silent: TaskLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }
/** More turns of the loop than a look at a store in memory and a commit take. */
const QUIET = 30

export class SimulatedRuntime {
  readonly clock: SimulatedClock
  readonly store: FaultyStore
  readonly inner: Store
  runtime!: Runtime
  readonly #options: Omit<RuntimeOptions, 'path' | 'tasks'> & { readonly tasks: readonly AnyDefinition[] }

  constructor(
    options: Omit<RuntimeOptions, 'path' | 'tasks'> & { readonly tasks: readonly AnyDefinition[] },
    {
      inner = memoryStore(),
      clock = new SimulatedClock(),
    }: { readonly inner?: Store; readonly clock?: SimulatedClock } = {},
  ) {
    this.#options = options
    this.inner = inner
    this.store = new FaultyStore(inner)
    this.clock = clock
  }

  async start(): Promise<this> {
    const options = { log: silent, ...this.#options, path: 'memory' }
    this.runtime = new Runtime(options, { store: this.store, clock: this.clock }) as unknown as Runtime
    await this.runtime.start()
    await this.quiet()
    return this
  }

  /** Nothing moves any more, as far as no time passes. */
  async quiet(): Promise<void> {
    for (let n = 0; n < QUIET; n++) await new Promise<void>((resolve) => void setImmediate(resolve))
  }

  /** Time passes, in steps that leave what falls due the turns it takes; a sweep takes the rests between its pages, too. */
  async pass(ms: number, steps = 1): Promise<void> {
    const sweeper = this.runtime.system.get('sweeper' as never) as unknown as { getSnapshot(): { value: string } }
    for (let n = 0; n < steps; n++) {
      this.clock.advance(ms / steps)
      await this.quiet()
      for (let rests = 0; rests < 1_000 && /^releasing/.test(sweeper.getSnapshot().value); rests++) {
        this.clock.advance(100)
        await this.quiet()
      }
    }
  }

  /** A clean stop, and the next process over the same store. */
  async again(options = this.#options): Promise<SimulatedRuntime> {
    await this.runtime.stop()
    return new SimulatedRuntime(options, { inner: this.inner, clock: this.clock.restart() }).start()
  }
}
