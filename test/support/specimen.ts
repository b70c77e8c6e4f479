/**
 * A store for those who spoil stores: something of everything in it, in several tables and a log, as a kill leaves it
 * and as a clean stop does; with all that it ever held.
 */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { pluggedDevices } from '../../src/devices/plug.js'
import { contact, relay } from '../../src/index.js'
import { type AnyDefinition, defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { diskStore } from '../../src/store/disk.js'
import type { Store } from '../../src/store/store.js'
import { Quiet } from '../../src/testing/quiet.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { fill, kindsOf, SILENT } from './rich-store.js'
import { StoreHistory } from './store-history.js'

const LIVES = 3

/** One store, as it was found. */
export interface Specimen {
  readonly how: 'killed' | 'clean'
  readonly path: string
  /** Up to the moment of the kill, or of the stop. */
  readonly history: StoreHistory
  /** The time of day then. */
  readonly wall: number
}

/** A runtime of everything over a store; nothing in it takes time but what is held. */
export function specimenRuntime(path: string, store: Store, clock: SimulatedClock): Runtime {
  const devices = pluggedDevices(
    {
      devices: {
        door: contact({ line: 'GPIO17', bias: 'pull-up', onChange: { kind: 'work' } }),
        siren: relay({ line: 'GPIO27', initial: 'restore' }),
      },
      gpio: { backend: 'simulated' },
    },
    undefined,
  )
  const held: AnyDefinition[] = [
    defineTask({
      kind: 'held',
      route: 'held',
      run: (task) => new Promise<void>((go) => task.signal.addEventListener('abort', () => go())),
    }),
    defineTask({
      kind: 'once',
      route: 'held',
      delivery: 'at-most-once',
      run: () => new Promise<void>(() => undefined),
    }),
    defineTask({ kind: 'elsewhere', remote: true }),
  ]
  const schedules = { hourly: { every: '1h', task: { kind: 'work' } } }
  const options = { path, tasks: [...kindsOf(), ...held], schedules, log: SILENT }
  return new Runtime(options, { store, clock, devices, plugged: [devices] }) as unknown as Runtime
}

/** Makes both in a directory. */
export async function makeSpecimens(directory: string, count = 20): Promise<readonly Specimen[]> {
  const path = join(directory, 'clean')
  const history = new StoreHistory()
  const quiet = new Quiet()
  let clock = new SimulatedClock()
  for (let life = 0; ; life++) {
    const last = life === LIVES - 1
    const store = history.over(diskStore(path))
    const runtime = await specimenRuntime(path, store, clock).start()
    // The descriptor gets more than its first entries.
    if (last) await store.compact('d!', 'f!')
    await fill(runtime, life, count)
    await runtime.devices.command('door', { type: 'simulate', to: life % 2 ? 'open' : 'closed' })
    await runtime.devices.command('siren', { type: life % 2 ? 'on' : 'off' })
    for (const kind of ['held', 'once', 'elsewhere']) await runtime.enqueue(kind, { life }, { id: `${kind}-${life}` })
    for (let n = 0; n < 20; n++) {
      clock.advance(1_500)
      await quiet.settled()
      await runtime.enqueue('work', { n }, { id: `drop-${life}-${n}`, in: n % 2 ? '2h' : '5m' })
    }
    await quiet.settled()
    if (!last) {
      // What was removed must not come back.
      await runtime.remove({ kind: 'dead', state: 'FAILED' } as never)
      await runtime.stop()
      clock = clock.restart()
      continue
    }
    const killed = join(directory, 'killed')
    await cp(path, killed, { recursive: true })
    const then = { how: 'killed', path: killed, history: new StoreHistory(history), wall: clock.wall() } as const
    await runtime.stop()
    quiet.close()
    return [then, { how: 'clean', path, history, wall: clock.wall() }]
  }
}
