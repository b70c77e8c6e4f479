/**
 * Opens the store that a power cut left, and asks it to bear out what the witness was told.
 *
 *   checker.mjs DIST STORE WITNESS
 *
 * BAD <text>        a claim that does not hold
 * CHECKED <json>    figures; the last line of a check that came to its end
 */
import { setTimeout as pause } from 'node:timers/promises'
import { atLast, atOnce, isEnded } from './claims.mjs'
import { kinds, say } from './kinds.mjs'
import { readTold } from './told.mjs'

const [, , dist, store, witness] = process.argv
const { createRuntime, defineTask } = await import(`${dist}/src/index.js`)
const SETTLE_MS = 60_000
const SHOWN = 4
const LIMIT_MS = 100_000

// Says where it hangs, while its own event loop can still say so; the machine's limit is the other case.
let stage = 'open'
setTimeout(() => {
  const waiting = process.getActiveResourcesInfo().join(' ')
  say(`BAD the check does not come to its end: it hangs in "${stage}", the process waits for: ${waiting}`)
  process.exit(1)
}, LIMIT_MS).unref()

const before = readTold(witness)
const openedAt = performance.now()
const runtime = createRuntime({ path: store, tasks: kinds(defineTask), routes: { default: { concurrency: 20 } } })
await runtime.start()
const openMs = performance.now() - openedAt
stage = 'the first look'

/** Every task that the witness knows of or the store has, by id. */
async function look() {
  const ids = new Set([...before.batches.flat(), ...before.acked, ...before.runs.keys()])
  const views = new Map()
  for (const id of ids) {
    const view = await runtime.get(id)
    if (view) views.set(id, view)
  }
  return views
}

/** How many follow-ups each parent has. */
async function countFollowUps(views) {
  const follows = new Map()
  let cursor
  do {
    const page = await runtime.find({ kind: 'follow', limit: 500, ...(cursor ? { cursor } : {}) })
    for (const view of page.items) {
      views.set(view.id, view)
      follows.set(view.input.parent, (follows.get(view.input.parent) ?? 0) + 1)
    }
    cursor = page.cursor
  } while (cursor)
  return follows
}

/** Looks again until everything has ended: retries and timers need their time, and none of it is a failure. */
async function settle() {
  const limit = performance.now() + SETTLE_MS
  for (;;) {
    const views = await look()
    const follows = await countFollowUps(views)
    if ([...views.values()].every(isEnded) || performance.now() > limit) return [views, follows]
    await pause(100)
  }
}

const said = new Set()
function ask(claims, ...facts) {
  for (const [claim, answer] of Object.entries(claims)) {
    const bad = answer(...facts)
      .map((text) => `${claim}: ${text}`)
      .filter((text) => !said.has(text))
    for (const text of bad) said.add(text)
    for (const text of bad.slice(0, SHOWN)) say(`BAD ${text}`)
    if (bad.length > SHOWN) say(`BAD ${claim}: and ${bad.length - SHOWN} more`)
  }
}

// Parents are read before their follow-ups: a follow-up may come to be between the two looks, it may not be missing.
const views = await look()
const follows = await countFollowUps(new Map())
ask(atOnce, before, views, follows)
stage = 'waiting for every end'
const [lastViews, lastFollows] = await settle()
ask(atOnce, before, lastViews, lastFollows)
ask(atLast, readTold(witness), lastViews, lastFollows)
stage = 'stop'
await runtime.stop()

const runs = [...before.runs.values()].reduce((sum, attempts) => sum + attempts.length, 0)
const lost = [...before.acked].filter((id) => !views.has(id)).length
say(`CHECKED ${JSON.stringify({ openMs, acked: before.acked.size, lost, runs, cutOff: before.cutOff.size })}`)
