import { createRuntime, defineTask } from 'holdfast'

const log = { debug() {}, info: (line) => console.log(line), warn() {}, error() {} }

// Computes: in a thread the loop of the daemon stays free.
const primes = defineTask({
  kind: 'primes',
  isolate: 'thread',
  module: new URL('./heavy/primes.mjs', import.meta.url),
})

// May take all memory, crash, or start programs: in a process it takes nobody with it.
const shaky = defineTask({
  kind: 'shaky',
  isolate: { in: 'process', memory: '32 MiB', grace: '500ms' },
  module: new URL('./heavy/shaky.mjs', import.meta.url),
})

const runtime = createRuntime({
  path: './data',
  log,
  tasks: [primes, shaky],
  multitask: { workers: 2, idle: '10s' },
})
await runtime.start()

const counted = await runtime.enqueue('primes', { below: 200_000 })
console.log(await counted.finished(), 'primes')

for (const how of ['exit', 'fill', 'hang']) {
  const task = await runtime.enqueue('shaky', { how }, how === 'hang' ? { timeout: '200ms' } : {})
  const error = await task.finished().catch((refused) => refused)
  console.log(how, error.error?.code ?? error.reason)
}
await runtime.stop()
