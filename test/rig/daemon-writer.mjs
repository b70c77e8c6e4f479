/**
 * Makes tasks at a daemon over its socket until the power goes, and says on the host what it was told. Each is asked for
 * until it is known to be on disk.
 *
 *   daemon-writer.mjs DIST STORE BOOT [FAULT] [POINT]
 *
 * TRY, ACK, END                     as writer.mjs; RUN and ACT are said by the daemon
 * SAW <id> <state>                  somebody who watches was shown this
 * SENT <id> <n>                     event n to the machine of a task was accepted
 * FAULT <name>, DEGRADED, HEALED    the disk is broken, the daemon has given it up, the disk is well
 * BACK                              and what was asked for after that is on disk
 */
import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Daemon, SOCKET } from './daemon.mjs'
import { faults } from './faults.mjs'
import { say } from './kinds.mjs'
import { making } from './making.mjs'

const [, , dist, store, boot, fault = '', point = ''] = process.argv
const { createClient } = await import(`${dist}/src/client/index.js`)

/** How many tasks of one stream may be unfinished. */
const AHEAD = 12
const EVENTS = 6
const SOUND_MS = 600
const BROKEN_MS = 400

mkdirSync('/run/rig', { mode: 0o700 })
const daemon = new Daemon(dist, store, point)
const client = createClient({ socket: SOCKET, retry: '120s' })

const { nextId, acknowledged, announceEnd, one, many, batch, parent, mourned, patient, stream } = making(
  client,
  boot,
  AHEAD,
)

/** For a route with one slot; the last number of an id is its priority. */
function line() {
  const priorities = [4, 9, 0, 4, 7, 9, 2, 5, 0, 4, 6, 1]
  const item = (priority) => ({
    kind: 'work',
    id: `${nextId('line')}-${priority}`,
    input: { ms: 4 },
    priority,
    route: 'line',
  })
  return many(priorities.map(item))
}

async function counter() {
  const id = nextId('counter')
  const task = await acknowledged('counter', { id }, { id })
  for (let n = 1; n <= EVENTS; n++) {
    await client.send(id, { type: 'bump', n })
    say(`SENT ${id} ${n}`)
  }
  await client.send(id, { type: 'end' })
  return announceEnd(task)
}

async function watch() {
  for await (const told of client.watch({ type: 'task' })) if (told.type === 'task') say(`SAW ${told.id} ${told.to}`)
}

/** The disk breaks while tasks are made, the daemon gives up on it, the disk is mended, the daemon takes it up again. */
async function suffer({ begin, worsen, end }) {
  await one('work', { ms: 0 })
  await pause(SOUND_MS)
  say(`FAULT ${fault}`)
  await begin()
  while ((await client.state()) !== 'degraded') await pause(10)
  say('DEGRADED')
  await worsen?.()
  if (!end) return
  await pause(BROKEN_MS)
  await end()
  say('HEALED')
  await acknowledged('work', { ms: 0 })
  say(daemon.deaths > 0 ? 'BAD the daemon died of its disk' : 'BACK')
}

// One that asks is enough until the daemon is there: all of them would take the time that it needs.
await client.state()
await Promise.all([
  watch(),
  stream(() => one('work', { ms: 0 }), 1),
  stream(() => one('work', { ms: 20 })),
  stream(() => one('work', { ms: 1 }, { id: nextId('later'), in: 150 })),
  stream(() => one('once', { ms: 15 })),
  stream(() => one('breeder', { ms: 5 })),
  stream(() => one('flaky', {})),
  stream(mourned, 5),
  stream(parent),
  stream(patient),
  stream(counter, 2),
  stream(batch, 2),
  stream(line, 1),
  fault && suffer(faults[fault]),
])
