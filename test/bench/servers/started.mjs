// Servers that the benchmark starts. Only a process that was started here is ever ended, and by its id.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

const START_MS = 20_000
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program and waits until `ready` resolves without an error. */
export async function start(program, args, { ready, ...options }) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  running.add(child)
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(data))
  const ended = once(child, 'exit').then(() => running.delete(child))
  const deadlineMs = performance.now() + START_MS
  while (!(await ready().catch(() => false))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      child.kill('SIGKILL')
      throw new Error(`${program} did not start: ${Buffer.concat(said)}`)
    }
    await sleep(20)
  }
  return {
    pid: child.pid,
    async stop(signal) {
      child.kill(signal)
      await ended
    },
  }
}
