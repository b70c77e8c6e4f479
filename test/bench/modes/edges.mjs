import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../statistics.mjs'
import { bareSync } from './latency.mjs'

const { createRuntime, defineTask, input } = await import(process.env.HOLDFAST ?? '../../../dist/src/index.js')
const WARM_UP = 200
const GAP_MS = 5
const PER_SECOND = 1_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A simulated line: from an edge to the start of its task, and what a thousand edges a second cost that make none. */
export async function edges({ begin, tasks, seconds, capMs, directory }) {
  const started = new EventTarget()
  const run = () => {
    started.dispatchEvent(new Event('run'))
    return null
  }
  const line = { debounce: 0, floodLimit: 10 * PER_SECOND }
  const runtime = createRuntime({
    path: join(directory, 'holdfast'),
    tasks: [defineTask({ kind: 'noop', run })],
    devices: {
      bell: input({ line: 'GPIO4', ...line, onChange: { kind: 'noop' } }),
      meter: input({ line: 'GPIO17', ...line }),
    },
    gpio: { backend: 'simulated' },
    log: silent,
  })
  await runtime.start()
  let level = false
  const move = (device) => {
    level = !level
    return runtime.devices.command(device, { type: 'simulate', to: level })
  }
  await move('bell')
  const sync = bareSync(directory)
  const [waits, syncs] = [[], []]
  const deadlineMs = performance.now() + capMs
  for (let i = 0; i < tasks + WARM_UP && performance.now() < deadlineMs; i += 1) {
    const running = once(started, 'run')
    const movedMs = performance.now()
    await Promise.all([
      running.then(() => (i < WARM_UP ? undefined : waits.push(performance.now() - movedMs))),
      move('bell'),
    ])
    await sleep(GAP_MS)
    if (i >= WARM_UP) syncs.push(sync())
    await sleep(GAP_MS)
  }
  await sleep(100)
  const end = begin()
  const [begunMs, cpu] = [performance.now(), process.cpuUsage()]
  for (let n = 0; n < seconds * PER_SECOND; n += 1) {
    void move('meter')
    if (performance.now() - begunMs < n) await sleep(1)
  }
  const { user, system } = process.cpuUsage(cpu)
  const passedMs = performance.now() - begunMs
  const { tasksPerSecond: edgesPerSecond, syncsPerTask: syncsPerEdge } = end(seconds * PER_SECOND)
  await runtime.stop()
  const [edgeP50Ms, syncP50Ms] = [percentile(waits, 0.5), percentile(syncs, 0.5)]
  return {
    ...{ edgeP50Ms, edgeP99Ms: percentile(waits, 0.99), syncP50Ms, syncsWorth: edgeP50Ms / syncP50Ms },
    ...{ edgesPerSecond, syncsPerEdge, cpuPercent: (user + system) / 10 / passedMs },
  }
}
