/** One run of the machine that `power` boots: what it says goes to the witness, and its plug can be pulled. */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const POWER = fileURLToPath(new URL('power', import.meta.url))

/** The status of a machine whose plug was pulled. */
export const CUT = 137
/** The status of a machine whose kernel ended by itself, before or after it was up. */
export const DIED = 125

/** The machine that runs now: it is in a session of its own, and would outlive this process. */
let running
process.once('exit', () => running?.cut())
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

export class Machine {
  /** Boots and runs `command` in it; `ended` resolves with its status. `kernel`: more arguments of it. `breakable`: see faults.mjs. Past `limitMs` the plug is pulled. */
  constructor({ disk, fileSystem, witness, command, kernel = '', breakable = false, limitMs = 240_000 }) {
    running = this
    this.disk = disk
    this.bootedAt = performance.now()
    this.complaint = ''
    rmSync(`${disk}.pid`, { force: true })
    const env = { ...process.env, RIG_FS: fileSystem, RIG_OUT: witness, RIG_KERNEL_ARGS: kernel }
    if (breakable) env.RIG_BREAKABLE = '1'
    const power = spawn(POWER, [disk, command], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    power.stderr.on('data', (text) => {
      this.complaint += text
    })
    const limit = setTimeout(() => {
      this.complaint += `no end after ${limitMs} ms`
      this.cut()
    }, limitMs)
    this.ended = new Promise((resolve) => {
      power.once('close', (status) => {
        clearTimeout(limit)
        running = undefined
        resolve(status)
      })
    })
  }

  /** Pulls the plug: every host process of the machine is killed at once, whatever it was writing. */
  cut() {
    const group = Number(readFileSync(`${this.disk}.pid`, 'utf8'))
    try {
      process.kill(-group, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }

  /** Pulls the plug after `delayMs`, to a fraction of a millisecond, and waits until the machine is gone. */
  async cutAfter(delayMs) {
    const due = performance.now() + delayMs
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, delayMs - 2)))
    while (performance.now() < due);
    this.cut()
    return this.ended
  }
}
