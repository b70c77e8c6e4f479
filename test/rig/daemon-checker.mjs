/**
 * Starts the daemon on the disk that a power cut left, and asks it over its socket to bear out what the witness was told;
 * then stops it, and looks at the files of the store.
 *
 *   daemon-checker.mjs DIST STORE WITNESS        answers as checker.mjs
 */
import { existsSync, mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Daemon, SOCKET } from './daemon.mjs'
import { FILLER, free } from './faults.mjs'
import { Hearing } from './hearing.mjs'
import { say } from './kinds.mjs'

const [, , dist, path, witness] = process.argv
const { createClient } = await import(`${dist}/src/client/index.js`)
const { verify } = await import(`${dist}/src/store/verify.js`)
/** For so long nobody frees the disk that was full when the power went. */
const FULL_MS = 1500

const hearing = new Hearing(witness)
mkdirSync('/run/rig', { mode: 0o700 })
const wasFull = existsSync(FILLER)
const openedAt = performance.now()
const daemon = new Daemon(dist, path)
if (wasFull) {
  await pause(FULL_MS)
  free()
}
const client = createClient({ socket: SOCKET, retry: '120s' })
while ((await client.state()) !== 'working') await pause(10)
const openMs = performance.now() - openedAt
// On a full disk it may give up: whoever runs it as a service has it started again.
if (daemon.deaths > 0 && !wasFull) say(`BAD the daemon died ${daemon.deaths} times at its start`)

await hearing.atOnce(client)
for (const id of hearing.unfinished('counter-')) {
  // It may have been told so before the cut, and hear it just now.
  await client.send(id, { type: 'end' }).catch((error) => {
    if (error.code !== 'ERR_ILLEGAL_TRANSITION') throw error
  })
}
await hearing.atLast()

hearing.at('quarantine')
for (const { id, reason } of await client.quarantine.list())
  say(`BAD a cut is no damage: ${id} is set aside: ${reason}`)

hearing.at('ticks')
const instants = new Map()
for (let cursor, page; !page || cursor; cursor = page.cursor) {
  page = await client.find({ schedule: 'beat', limit: 500, ...(cursor && { cursor }) })
  for (const { id, scheduledAt } of page.items)
    instants.set(scheduledAt, (instants.get(scheduledAt) ?? new Set()).add(id))
}
for (const [at, ids] of instants) if (ids.size > 1) say(`BAD one instant, one task: ${at} has ${[...ids]}`)
if (instants.size === 0) say('BAD the schedule never ticked')

hearing.at('stop of the daemon')
client.close()
const status = await daemon.stop()
if (status !== 0) say(`BAD the daemon was asked to stop and ended with ${status}`)

hearing.at('look at the store itself')
const { state, damage } = await verify({ path })
if (state !== 'sound') say(`BAD the store is ${state} after a clean stop: ${JSON.stringify(damage)}`)
say(`CHECKED ${JSON.stringify({ openMs, ...hearing.figures() })}`)
process.exit(0)
