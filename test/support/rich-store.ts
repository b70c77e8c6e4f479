/** A store with something of everything in it, made by a runtime in several lives: several tables, and a log. */
import { assign, setup } from 'xstate'
import { type AnyDefinition, defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { diskStore } from '../../src/store/disk.js'
import { SIMULATED_START, SimulatedClock } from '../../src/testing/simulated-clock.js'

const bell = setup({
  types: { context: {} as { rings: number }, events: {} as { type: 'ring' } | { type: 'stop' } },
}).createMachine({
  context: { rings: 0 },
  initial: 'on',
  states: {
    on: {
      on: { ring: { actions: assign({ rings: ({ context }) => context.rings + 1 }) }, stop: 'off' },
      after: { 7200000: 'off' },
    },
    off: { type: 'final' },
  },
  output: ({ context }) => context.rings,
})

const nothing = () => undefined
export const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** What runs there: nothing fails that is not called so, and nothing takes time. */
export function kindsOf(ran: (id: string) => void = nothing): AnyDefinition[] {
  return [
    defineTask({
      kind: 'work',
      run: (task) => {
        ran(task.id)
        return task.emit({ type: 'worked' })
      },
    }),
    defineTask({
      kind: 'fail',
      retry: { attempts: 3, delay: '90m', jitter: 0 },
      run: () => Promise.reject(new Error('no luck')),
    }),
    defineTask({ kind: 'dead', run: () => Promise.reject(new Error('no luck')) }),
    defineTask({ kind: 'bell', machine: bell }),
  ]
}

const SCHEDULES = { hourly: { every: '1h', task: { kind: 'work' } } }
const LIVES = 4

/** A runtime over a directory, on a clock that a test moves. */
export function runtimeAt(path: string, clock: SimulatedClock, ran?: (id: string) => void): Runtime {
  return new Runtime(
    { path, tasks: kindsOf(ran), schedules: SCHEDULES, log: SILENT },
    { store: diskStore(path), clock },
  ) as Runtime
}

/** Lives of a minute each, every one stopped cleanly; gives the clock after the last one. */
export async function makeRich(path: string, count = 60): Promise<SimulatedClock> {
  let clock = new SimulatedClock()
  for (let life = 0; life < LIVES; life++) {
    const runtime = await runtimeAt(path, clock).start()
    await fill(runtime, life, count)
    clock.advance(60_000)
    await runtime.stop({ drain: '1m' })
    clock = clock.restart()
  }
  return clock
}

/** What one life makes: tasks in every state and relation, schedules, tokens. */
export async function fill(runtime: Runtime, life: number, count: number): Promise<void> {
  const text = (n: number) => `${life}/${n} ${'some input that has its length '.repeat(6)}`
  const many = (kind: string, name: string, options: (n: number) => object, most = count) =>
    runtime.enqueueMany(
      Array.from({ length: most }, (_, n) => ({
        kind,
        input: text(n),
        id: `${name}-${life}-${n}`,
        ...options(n),
      })) as never,
    )
  const at = new Date(SIMULATED_START + 5_400_000)
  await many('work', 'later', (n) => ({ in: '1h', group: `g${n % 3}`, ...(n % 2 ? { key: `key-${life}-${n}` } : {}) }))
  await many('work', 'dated', () => ({ runAt: at, expiresIn: '9h' }))
  await many('work', 'paused', () => ({ paused: true }), 10)
  await many(
    'work',
    'after',
    (n) => ({ dependsOn: { tasks: [`later-${life}-${n}`, `dated-${life}-${n}`], failed: 'run' } }),
    20,
  )
  await many('work', 'if', (n) => ({ dependsOn: [`later-${life}-${n}`] }), 20)
  await many('bell', 'bell', () => ({}), 10)
  const ended = await many('work', 'done', (n) => ({
    group: `g${n % 3}`,
    ...(n % 4 ? {} : { onSuccess: { kind: 'work', in: '1h' } }),
  }))
  const dead = await many('dead', 'dead', () => ({}), 10)
  await many('fail', 'fail', () => ({}), 10)
  await Promise.allSettled([...ended, ...dead].map((task) => task.finished()))
  while ((await runtime.count({ kind: 'fail', state: 'FAILED' })) < 10 * (life + 1))
    await new Promise((go) => setImmediate(go))
  while ((await runtime.count({ kind: 'bell', state: 'RUNNING' })) < 10 * (life + 1))
    await new Promise((go) => setImmediate(go))
  await many('bell', 'asleep', () => ({ paused: true }), 5)
  for (let n = 0; n < 5; n++) await runtime.send(`asleep-${life}-${n}`, { type: 'ring' })
  await runtime.schedules.put(`api-${life}`, { cron: '0 * * * *', timezone: 'UTC', task: { kind: 'work' } })
  await runtime.schedules.put(`held-${life}`, { every: '1h', task: { kind: 'work' }, paused: true })
  await runtime.tokens.create({ name: `life-${life}`, scope: 'read' })
  await runtime.routes.pause('default').then(() => runtime.routes.resume('default'))
}
