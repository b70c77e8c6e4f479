/** `holdfast start` in the machine, as a service manager would have it: in a process of its own, started again when it dies. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { say } from './kinds.mjs'

export const SOCKET = '/run/rig/holdfast.sock'
const CONFIG = fileURLToPath(new URL('daemon.config.mjs', import.meta.url))
const AGAIN_MS = 200

export class Daemon {
  #process
  #stopping = false
  /** How often it died, which it should not. */
  deaths = 0

  constructor(dist, store, point = '') {
    const env = { ...process.env, RIG_DIST: dist, RIG_STORE: store, RIG_SOCKET: SOCKET, RIG_POINT: point }
    const start = () => {
      const args = [`${dist}/src/cli/main.js`, 'start', CONFIG, '--log-level', 'error']
      this.#process = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
      this.ended = new Promise((resolve) => this.#process.once('exit', (status, signal) => resolve(status ?? signal)))
      this.ended.then((status) => {
        if (this.#stopping) return
        this.deaths += 1
        say(`DIED ${status}`)
        setTimeout(start, AGAIN_MS)
      })
    }
    start()
  }

  /** Asks it to stop, and gives its status. */
  stop() {
    this.#stopping = true
    this.#process.kill('SIGTERM')
    return this.ended
  }
}
