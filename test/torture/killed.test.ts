/**
 * A real daemon is killed every few seconds for an hour, at moments that chance picks, at its start too; clients outside
 * go on asking. HOLDFAST_MINUTES says how long, HOLDFAST_SEED repeats what is asked and when it is killed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passes } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../src/client/index.js'
import { Board } from '../crash/daemon.js'
import { readDisk } from '../crash/disk.js'
import { daemon, killAll } from '../e2e/daemon.js'
import { chance, SEED } from '../support/chance.js'
import { CLAIMS, type Evidence } from './killed-claims.js'
import { Ledger, work } from './killed-work.js'

const LASTS_MS = Number(process.env.HOLDFAST_MINUTES ?? 60) * 60_000
const CLIENTS = 4
const CONFIG = new URL('killed.config.mjs', import.meta.url).pathname

let evidence: Evidence
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-killed-'))
  const pick = chance(SEED)
  const until = performance.now() + LASTS_MS
  const goesOn = () => performance.now() < until
  const start = () => daemon(['start', CONFIG], { env: { PLACE: directory } })
  const client = createClient({ socket: join(directory, 'run/s'), retry: '5m', timeout: '5m' })
  const ledger = new Ledger()
  const clients = Array.from({ length: CLIENTS }, (_, n) => work(client, ledger, `${n}`, chance(SEED + n), goesOn))
  // Whoever fails says so in the end; until then the others go on.
  const asked = Promise.all(clients)
  asked.catch(() => undefined)
  let lives = 0
  for (; goesOn(); lives++) {
    const life = start()
    if (pick(4) === 0) await passes(pick(1_500))
    else {
      await life.printed('holdfast is ready')
      await passes(1_000 + pick(4_000))
    }
    const { signal, err, out } = await life.kill('SIGKILL')
    if (signal !== 'SIGKILL') throw new Error(`life ${lives} ended by itself: ${err || out.slice(-2_000)}`)
  }
  const last = start()
  await asked
  for (const id of ledger.acknowledged)
    await client
      .handle(id)
      .finished()
      .catch(() => undefined)
  // Follow-ups of the last ends have nobody who waits for them.
  while ((await client.count({ kind: 'leaf', state: ['SPOOLED', 'QUEUED', 'RUNNING'] } as never)) > 0);
  await client.close()
  const { code, err } = await last.kill('SIGTERM')
  if (code !== 0) throw new Error(`the last life ended with ${code}: ${err}`)
  const board = new Board(directory)
  evidence = { ledger, facts: await board.facts(), end: await readDisk(board.path) }
  process.stdout.write(
    `${lives} kills, ${ledger.acknowledged.size} tasks acknowledged, ${evidence.end.tasks.size} on disk\n`,
  )
}, LASTS_MS + 900_000)

afterAll(async () => {
  killAll()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

test.each(Object.entries(CLAIMS))(`%s (seed ${SEED})`, (_, claim) => {
  expect(claim(evidence).slice(0, 10)).toEqual([])
  expect(evidence.ledger.acknowledged.size).toBeGreaterThan(20)
})
