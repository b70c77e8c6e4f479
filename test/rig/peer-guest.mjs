/**
 * A queue in the machine: works until the power goes, or is looked at after that.
 *
 *   peer-guest.mjs write QUEUE DIST DIRECTORY
 *   peer-guest.mjs check QUEUE DIST DIRECTORY WITNESS
 *
 * ACK <id> <ms>   a job was acknowledged      RUN <id>   it is run      END <id>   its end was told
 * LOST <id> <ms>  it was acknowledged and is gone               UNDONE <id>   its end was told and is gone
 * AGAIN <id>      its end was told, and it is run again         CHECKED
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { say } from './kinds.mjs'
import { queues } from './peer-queues.mjs'

const [, , verb, name, dist, directory, witness] = process.argv
const WORK_MS = 5
const CALLERS = 10
/** How far the callers may be ahead of the work. */
const AHEAD = 100
const IDLE_MS = 20_000

mkdirSync(directory, { recursive: true })
const { open } = queues[name]

async function write() {
  let [made, ended] = [0, 0]
  const queue = await open({
    dist,
    directory,
    run: async (id) => {
      say(`RUN ${id}`)
      await pause(WORK_MS)
      return null
    },
    onEnd: (id) => {
      ended += 1
      say(`END ${id}`)
    },
  })
  queue.work()
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (;;) {
        while (made - ended > AHEAD) await pause(WORK_MS)
        made += 1
        const id = await queue.add({ made })
        say(`ACK ${id} ${Date.now()}`)
      }
    }),
  )
}

async function check() {
  const told = [...readFileSync(witness, 'utf8').matchAll(/^(ACK|END) (\S+) ?(\d+)?$/gm)].map(([, ...words]) => words)
  const ends = new Set(told.filter(([word]) => word === 'END').map(([, id]) => id))
  const run = async (id) => {
    if (ends.has(String(id))) say(`AGAIN ${id}`)
    return null
  }
  const queue = await open({ dist, directory, run, onEnd: () => undefined })
  for (const [word, id, at] of told) {
    if (word !== 'ACK') continue
    const state = await queue.stateOf(id)
    if (state === 'gone') say(`LOST ${id} ${at}`)
    else if (state !== 'ended' && ends.has(id)) say(`UNDONE ${id}`)
  }
  queue.work()
  const limit = performance.now() + IDLE_MS
  while ((await queue.left()) > 0 && performance.now() < limit) await pause(50)
  say('CHECKED')
  process.exit(0)
}

await (verb === 'write' ? write() : check())
