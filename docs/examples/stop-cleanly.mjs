import { setTimeout as pause } from 'node:timers/promises'
import { createRuntime, defineTask } from 'holdfast'

const tasks = [
  defineTask({ kind: 'short', run: () => pause(100, 'done') }),
  defineTask({
    kind: 'long',
    run: async ({ attempt, signal }) => {
      if (attempt === 1) await pause(3_600_000, undefined, { signal }) // ends when the signal says so
      return `done at attempt ${attempt}`
    },
  }),
]
const runtime = createRuntime({ path: './data', tasks })
await runtime.start()
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => runtime.stop({ drain: '1s' }))
}

const short = await runtime.enqueue('short')
const long = await runtime.enqueue('long')
short.finished().then((result) => console.log('short', result))
long.finished().catch((error) => console.log('long', error.code))
process.kill(process.pid, 'SIGTERM')
await runtime.done

// The next start of the daemon.
const next = createRuntime({ path: './data', tasks })
await next.start()
const again = await next.enqueue('long', undefined, { id: long.id })
console.log('long', await again.finished())
await next.stop()
