/**
 * The config of the daemon whose plug is pulled. Out of the environment: RIG_DIST, RIG_STORE, RIG_SOCKET, and RIG_POINT,
 * `commit.end:40`: at the 40th time that this is told it says POINT and stands still, until the cut.
 *
 * OPENING           the store is about to be opened      OPEN <ms>   the daemon is up
 */
import { subscribe } from 'node:diagnostics_channel'
import { kinds, say } from './kinds.mjs'

const { RIG_DIST: dist, RIG_STORE: path, RIG_SOCKET: socket, RIG_POINT: point } = process.env
const { defineTask } = await import(`${dist}/src/index.js`)

const beganAt = performance.now()
subscribe('holdfast:runtime.ready', () => say(`OPEN ${(performance.now() - beganAt).toFixed(1)}`))

if (point) {
  const [name, nth] = point.split(':')
  let times = 0
  subscribe(`holdfast:${name}`, () => {
    if (++times !== Number(nth)) return
    say('POINT')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
}

say('OPENING')
export default {
  path,
  tasks: [...kinds(defineTask), defineTask({ kind: 'tick', run: (task) => ({ of: task.id }) })],
  routes: { default: { concurrency: 20 }, line: { concurrency: 1 } },
  schedules: {
    beat: { every: '250ms', from: '2026-01-01T00:00:00Z', overlap: 'allow', missed: 'all', task: { kind: 'tick' } },
  },
  api: { socket },
}
