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
import { patience } from './patience.mjs'
import { readTold } from './told.mjs'

const [, , dist, store, witness] = process.argv
const { createRuntime, defineTask } = await import(`${dist}/src/index.js`)
const SETTLE_MS = 30_000 * patience
const SHOWN = 4
const AT_ONCE = 100
const HANGS_MS = 40_000 * patience

// Says where it hangs, while its own event loop can still say so; the machine's limit is for the other case.
let [stage, lastStage] = ['open', '']
setInterval(() => {
  if (stage === lastStage) {
    const waiting = process.getActiveResourcesInfo().join(' ')
    say(`BAD the check hangs: ${stage}; the process waits for: ${waiting}`)
    process.exit(1)
  }
  lastStage = stage
}, HANGS_MS).unref()

const before = readTold(witness)
const openedAt = performance.now()
const runtime = createRuntime({ path: store, tasks: kinds(defineTask), routes: { default: { concurrency: 20 } } })
await runtime.start()
const openMs = performance.now() - openedAt

/** The tasks of these ids that the store has. */
async function look(ids) {
  const views = new Map()
  const all = [...ids]
  for (let from = 0; from < all.length; from += AT_ONCE) {
    stage = `get ${all[from]} and on, ${from} of ${all.length} at ${performance.now()}`
    const found = await Promise.all(all.slice(from, from + AT_ONCE).map((id) => runtime.get(id)))
    for (const view of found) if (view) views.set(view.id, view)
  }
  return views
}

/** Every follow-up, and how many each parent has. */
async function lookForFollowUps() {
  const [views, counts] = [new Map(), new Map()]
  let cursor
  do {
    stage = `find follow-ups after ${cursor}, ${views.size} so far`
    const page = await runtime.find({ kind: 'follow', limit: 500, ...(cursor ? { cursor } : {}) })
    for (const view of page.items) {
      // What ends between two pages may be on both: it is one task all the same.
      if (views.has(view.id)) continue
      views.set(view.id, view)
      counts.set(view.input.parent, (counts.get(view.input.parent) ?? 0) + 1)
    }
    cursor = page.cursor
  } while (cursor)
  return { views, counts }
}

/** Looks again until all of these have ended: retries and timers need their time, and none of it is a failure. */
async function settle(ids) {
  const limit = performance.now() + SETTLE_MS
  const views = new Map()
  const left = new Set(ids)
  while (left.size > 0 && performance.now() < limit) {
    for (const [id, view] of await look(left)) {
      views.set(id, view)
      if (isEnded(view)) left.delete(id)
    }
    stage = `${left.size} tasks have to end, the first is ${[...left][0]}, at ${performance.now()}`
    await pause(left.size > 0 ? 100 : 0)
  }
  return views
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
const views = await look(new Set([...before.batches.flat(), ...before.acked, ...before.runs.keys()]))
ask(atOnce, before, views, (await lookForFollowUps()).counts)

await settle(views.keys())
const follows = await lookForFollowUps()
await settle(follows.views.keys())
const lastViews = await look(new Set([...views.keys(), ...follows.views.keys()]))
ask(atOnce, before, lastViews, follows.counts)
ask(atLast, readTold(witness), lastViews, follows.counts)

stage = 'stop'
await runtime.stop()

const runs = [...before.runs.values()].reduce((sum, attempts) => sum + attempts.length, 0)
const lost = [...before.acked].filter((id) => !views.has(id)).length
say(`CHECKED ${JSON.stringify({ openMs, acked: before.acked.size, lost, runs, cutOff: before.cutOff.size })}`)
