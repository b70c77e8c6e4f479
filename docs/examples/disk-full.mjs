import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createRuntime, defineTask } from 'holdfast'

const log = {
  debug() {},
  info() {},
  warn: (text) => console.log(`log: ${text}`),
  error: (text) => console.log(`log: ${text}`),
}
const keep = defineTask({ kind: 'keep', run: ({ input }) => input })
const runtime = createRuntime({ path: './data', tasks: [keep], log })
await runtime.start()

/** Enqueues until it is known that the task is on disk. The id makes asking again harmless. */
async function insist(kind, input) {
  const id = randomUUID()
  for (;;) {
    try {
      return await runtime.enqueue(kind, input, { id })
    } catch (error) {
      console.log(error.code)
      if (error.code !== 'ERR_COMMIT_UNKNOWN' && error.code !== 'ERR_DEGRADED') throw error
      await pause(300)
    }
  }
}

// A disk that is full, for a moment: no file of this process may grow.
const full = (yes) => execFileSync('prlimit', ['--pid', `${process.pid}`, yes ? '--fsize=0:' : '--fsize=unlimited:'])
full(true)
setTimeout(full, 500, false)
const task = await insist('keep', 42)
console.log(await task.finished(), task.created)
await runtime.stop()
