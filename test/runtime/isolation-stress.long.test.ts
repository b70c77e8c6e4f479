/** Three hundred runs with ends of all sorts: each comes to the right one, and nothing of them is left. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { SEED } from '../support/chance.js'
import fc from '../support/fast-check.js'
import { cells, fixture, isolated, PLACES } from './isolated-lab.js'
import { boot, refusal } from './lab.js'

const RUNS = 300
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What a run does, what is done to it, and what its task comes to. */
const ENDS = {
  double: { result: expect.any(Number) },
  calls: { result: { option: { code: 'ERR_INVALID_OPTION' } } },
  throws: { error: { code: 'E_FIT' } },
  terminal: { error: { name: 'TerminalError' } },
  exits: { error: { code: 'ERR_PROCESSOR_EXITED' } },
  uncaught: { error: { code: 'ERR_PROCESSOR_EXITED' } },
  garbage: { error: { code: 'ERR_PROCESSOR_CRASHED' } },
  memory: { error: { code: 'ERR_PROCESSOR_MEMORY' } },
  blocks: { reason: 'timeout' },
  waits: { reason: 'cancelled' },
  deaf: { reason: 'cancelled' },
} as const
/** What costs a second each is rare. */
const RARE: ReadonlySet<string> = new Set(['memory', 'blocks', 'deaf'])

type What = keyof typeof ENDS

const script = fc.array(
  fc.record({
    place: fc.oneof(
      { weight: 2, arbitrary: fc.constant('thread' as const) },
      { weight: 1, arbitrary: fc.constant('process' as const) },
    ),
    what: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom<What[]>('double', 'throws', 'calls', 'terminal') },
      { weight: 12, arbitrary: fc.constantFrom(...(Object.keys(ENDS) as What[]).filter((what) => !RARE.has(what))) },
      { weight: 1, arbitrary: fc.constantFrom(...([...RARE] as What[])) },
    ),
  }),
  { minLength: RUNS, maxLength: RUNS },
)

/** Handles of threads and processes. */
const handles = () =>
  process.getActiveResourcesInfo().filter((name) => ['MessagePort', 'ProcessWrap', 'PipeWrap'].includes(name)).length

test('300 runs with random ends come to the right end each, and leave nothing behind', {
  timeout: 240_000,
}, async () => {
  const at = cells()
  const before = handles()
  const tasks = [
    ...PLACES.map((place) => isolated(place, { in: place, memory: '24 MiB', grace: 20 })),
    defineTask({ kind: 'double', run: () => 'made' }),
  ]
  const runtime = await boot({ tasks, multitask: { workers: 2 }, routes: { default: { concurrency: 6 } } })
  const [runs = []] = fc.sample(script, { numRuns: 1 })
  const ends = await Promise.all(
    runs.map(async ({ place, what }, n) => {
      const task = await runtime.enqueue(place, { do: what, n }, what === 'blocks' ? { timeout: '700ms' } : {})
      if (what === 'waits' || what === 'deaf') {
        await at.here(task.id)
        await runtime.cancel(task.id)
      }
      const end = await task.finished().then(
        (result) => ({ result }),
        (error) => error,
      )
      return { place, what, end }
    }),
  )
  const wrong = ends.filter(({ what, end }) => !matches(end, what))
  expect(
    wrong.map(({ place, what, end }) => `${what} in a ${place}, seed ${SEED}: ${end.message ?? end.result}`),
  ).toEqual([])
  await runtime.stop()
  expect(at.there).toBe(0)
  // The last streams close in the turns after: each turn is waited for, and the time limit of the test is the bound.
  while (handles() > before) await new Promise((resolve) => setImmediate(resolve))
  expect(await refusal(runtime.enqueue('thread', { do: 'double' }))).toMatchObject({ code: 'ERR_STOPPED' })
})

test.for(PLACES)('a thousand runs in one %s keep no memory and no handle of the daemon', async (place) => {
  const noop = defineTask({ kind: 'noop', isolate: place, module: fixture('noop') })
  const runtime = await boot({ tasks: [noop], multitask: { workers: 1 } })
  const many = async (count: number) => {
    const tasks = await runtime.enqueueMany(Array.from({ length: count }, () => ({ kind: 'noop' as const })))
    await Promise.all(tasks.map((task) => task.finished()))
    collect()
    return { heap: process.memoryUsage().heapUsed, handles: handles() }
  }
  const before = await many(1000)
  const after = await many(1000)
  expect(after.handles).toBe(before.handles)
  // A listener or a promise for each run would be five times as much.
  expect(after.heap - before.heap).toBeLessThan(1_500_000)
})

function matches(end: unknown, what: What): boolean {
  try {
    expect(end).toMatchObject(ENDS[what])
    return true
  } catch {
    return false
  }
}
