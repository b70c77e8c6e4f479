/** Another process that has lines, as anybody may: it does what it is told, and can be killed. */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const FILE = fileURLToPath(import.meta.url)

/** The status of one whose listener threw. */
export const FAULTY = 7

export class Holder {
  #process

  /** `uid` is who asks: the package is loaded first, for that user may not be allowed to read it. */
  constructor(dist, uid = 0) {
    this.#process = fork(FILE, [dist, `${uid}`])
    /** Its status, or the signal that killed it. */
    this.ended = new Promise((resolve) => this.#process.once('exit', (status, signal) => resolve(signal ?? status)))
  }

  /** A request for lines, or what else is understood below; gives its answer. */
  ask(what) {
    const answer = new Promise((resolve) => this.#process.once('message', resolve))
    const dead = this.ended.then((status) => Promise.reject(new Error(`the process ended by itself: ${status}`)))
    this.#process.send(what)
    return Promise.race([answer, dead])
  }

  async kill() {
    this.#process.kill('SIGKILL')
    await this.ended
  }

  /** Lets it come to its end by itself; gives its status. */
  async leave() {
    this.#process.disconnect()
    return this.ended
  }
}

if (process.argv[1] === FILE) {
  const { chardev } = await import(`${process.argv[2]}/src/devices/chardev.js`)
  const backend = await chardev()
  const uid = Number(process.argv[3])
  process.setgroups([uid])
  process.setgid(uid)
  process.setuid(uid)
  const held = []
  const hears = { edges: () => {}, lost: () => {} }
  const throws = () => {
    process.once('uncaughtException', () => process.exit(FAULTY))
    throw new Error('of a listener')
  }

  /** Two pulls every millisecond, of eight lines in turn or of one: a line has one a tick of the kernel at most. */
  async function pull({ pull: lines, only, seconds }) {
    const begun = performance.now()
    for (let n = 0; n < seconds * 1_000; n++) {
      const [turn, pulled] = only === undefined ? [n >> 2, [n % 4, 4 + (n % 4)]] : [n, [only]]
      for (const line of pulled)
        writeFileSync(`${lines}/sim_gpio${line}/pull`, turn % 2 === 0 ? 'pull-up' : 'pull-down')
      const late = performance.now() - begun - n
      if (late < 1) await pause(1)
    }
    return {}
  }

  process.on('message', async (what) => {
    try {
      if (what.pull) process.send(await pull(what))
      else if (what.unplugAtTheEnd) process.once('exit', () => writeFileSync(what.unplugAtTheEnd, '0'))
      else if (what.deaf) for (const lines of held) lines.listen(false)
      else held.push(backend.request(what, what.faulty ? { ...hears, edges: throws } : hears))
      if (!what.pull) process.send({})
    } catch ({ code, message, hint }) {
      process.send({ code, message, hint })
    }
  })
}
