/** A daemon that shows how it is: a datagram every 20 ms says that its loop turns, beside what it tells systemd. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openDatagrams } from '../../dist/src/daemon/datagrams.js'
import { defineTask } from '../../dist/src/index.js'

const { PLACE, TOLD } = process.env
const told = await openDatagrams(TOLD)
/** Has to arrive: until there is room for it. */
const say = (text) => {
  while (!told.send(text)) {}
}
const lookAround = new URL('../support/isolated/environment.mjs', import.meta.url)

const work = defineTask({ kind: 'work', run: ({ log }) => log.info('at work', { file: 'a.jpg' }) })
const fails = defineTask({ kind: 'fails', run: () => Promise.reject(new Error('no such page')) })
const block = defineTask({
  kind: 'block',
  run: ({ input }) => {
    say('BLOCKED=1')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, input.ms)
    say('FREE=1')
  },
})
const child = defineTask({ kind: 'child', run: () => execFileSync('env', { encoding: 'utf8' }).split('\n') })
const cells = ['thread', 'process'].map((isolate) => defineTask({ kind: isolate, module: lookAround, isolate }))

export default {
  path: join(PLACE, 'store'),
  tasks: [work, fails, block, child, ...cells],
  api: { socket: join(PLACE, 'run/s') },
  ...(process.env.OWN_LOG ? { log: ownLog() } : {}),
}

export function setup() {
  const ticking = setInterval(() => told.send('TICK=1'), 20)
  return () => clearInterval(ticking)
}

function ownLog() {
  const line = (level) => (message, data) => console.log(`OWN ${level} ${message}`, JSON.stringify(data ?? {}))
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}
