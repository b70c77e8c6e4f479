/** One run of the machine that `power` boots: what it says goes to the witness, and its plug can be pulled. */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { prepareKernel } from './kernel.mjs'

const POWER = fileURLToPath(new URL('power', import.meta.url))

/** The status of a machine whose plug was pulled. */
export const CUT = 137
/** The status of a machine whose kernel ended by itself, before or after it was up. */
export const DIED = 125

/** The machines that run now: each is in a session of its own, and would outlive this process. */
const running = new Set()
process.once('exit', () => {
  for (const machine of running) machine.cut()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

export class Machine {
  /** How many times longer than on the host something may take in it. */
  static patience = 1
  /** Whether it has a copy of the build, and not that of the host. */
  static hasOwnBuild = false

  /** Makes what it is booted from; ends the process where it cannot run. */
  static prepare() {
    prepareKernel()
  }

  /** Boots and runs `command` in it; `ended` resolves with its status. `kernel`: more arguments of it. `breakable`: see faults.mjs. Past `limitMs` the plug is pulled. */
  constructor({ limitMs = 240_000, ...boot }) {
    running.add(this)
    this.disk = boot.disk
    this.bootedAt = performance.now()
    this.complaint = ''
    const power = this.plugIn(boot)
    power.stderr.on('data', (text) => {
      this.complaint += text
    })
    const mostMs = limitMs * this.constructor.patience
    const limit = setTimeout(() => {
      this.complaint += `no end after ${mostMs} ms`
      this.cut()
    }, mostMs)
    this.ended = new Promise((resolve) => {
      power.once('close', (status) => {
        clearTimeout(limit)
        running.delete(this)
        resolve(this.statusOf(status))
      })
    })
  }

  /** Starts it, as a process of the host. */
  plugIn({ disk, fileSystem, witness, command, kernel = '', breakable = false }) {
    rmSync(`${disk}.pid`, { force: true })
    const env = { ...process.env, RIG_FS: fileSystem, RIG_OUT: witness, RIG_KERNEL_ARGS: kernel }
    if (breakable) env.RIG_BREAKABLE = '1'
    return spawn(POWER, [disk, command], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  }

  /** What became of it, by the status of that process. */
  statusOf(status) {
    return status
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
