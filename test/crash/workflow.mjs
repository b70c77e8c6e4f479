/**
 * The daemon of an example workflow, as `holdfast start` makes it of its config, with one task to do:
 * `workflow.mjs DIRECTORY WITNESS EXAMPLE GIVEN [POINT]`. GIVEN is JSON: what is set of the kinds, and the task. With
 * POINT it dies there. It ends when all tasks have ended.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadMachines } from '../../dist/src/configs/index.js'
import { createRuntime } from '../../dist/src/index.js'
import { POINTS } from '../../dist/src/kernel/telemetry.js'
import { arm, count, next, witness } from './witness.mjs'

const [path, log, example, given, point] = process.argv.slice(2)
const { settings, task } = JSON.parse(given)
const say = witness(log)
const hits = count(POINTS)
if (point) arm(point)

process.env.HOLDFAST_EXAMPLE_DIR = dirname(path)
const folder = fileURLToPath(new URL(`../../docs/examples/workflows/${example}`, import.meta.url))
const { default: options, machines } = await import(join(folder, 'holdfast.config.js'))
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const runtime = createRuntime({
  ...options,
  tasks: [...options.tasks, ...loadMachines(join(folder, 'machines'), machines)],
  api: { socket: join(dirname(path), 's') },
  log: silent,
})
await runtime.start()
for (const [kind, patch] of Object.entries(settings)) {
  const { settings: now } = await runtime.kinds.get(kind)
  if (Object.entries(patch).some(([name, value]) => now[name] !== value)) await runtime.kinds.set(kind, patch)
}
const { kind, input, id } = task
await (await runtime.enqueue(kind, input, { id })).finished()
// What it has made ends, too.
for (;;) {
  const moved = next('commit.end')
  if ((await runtime.count({ state: ['SPOOLED', 'QUEUED', 'RUNNING'] })) === 0) break
  await moved
}
const { items } = await runtime.find({ limit: 100 })
const tasks = items.map(({ kind, state, input, result }) => ({ kind, state, input, result }))
const emitted = (await runtime.events(id)).map(({ event }) => event)
await runtime.stop()
say({ fact: 'OVER', id, tasks, emitted, hits })
