/** A hearing: whoever has the tasks is asked to bear out what the witness was told, at once and when all has ended. */
import { setTimeout as pause } from 'node:timers/promises'
import { atLast, atOnce, isEnded } from './claims.mjs'
import { say } from './kinds.mjs'
import { patience } from './patience.mjs'
import { readTold } from './told.mjs'

const SETTLE_MS = 30_000 * patience
const SHOWN = 4
const AT_ONCE = 100
const HANGS_MS = 40_000 * patience

export class Hearing {
  #house
  #witness
  #before
  #said = new Set()
  #views = new Map()
  #stage = 'open'

  /** Made before anything is started: what the witness is told from then on is of this boot. */
  constructor(witness) {
    this.#witness = witness
    this.#before = readTold(witness)
    // Says where it hangs, while its own event loop can still say so; the machine's limit is for the other case.
    let lastStage = ''
    setInterval(() => {
      if (this.#stage === lastStage) {
        const waiting = process.getActiveResourcesInfo().join(' ')
        say(`BAD the check hangs: ${this.#stage}; the process waits for: ${waiting}`)
        process.exit(1)
      }
      lastStage = this.#stage
    }, HANGS_MS).unref()
  }

  /** What is done now, for the case that it hangs. */
  at(stage) {
    this.#stage = stage
  }

  /** What must hold while it recovers. `house`: a runtime, or the client of a daemon. */
  async atOnce(house) {
    this.#house = house
    // Parents are read before their follow-ups: a follow-up may come to be between the two looks, it may not be missing.
    const { batches, acked, runs, seen } = this.#before
    this.#views = await this.#look(new Set([...batches.flat(), ...acked, ...runs.keys(), ...seen.keys()]))
    this.#ask(atOnce, this.#before, this.#views, (await this.#lookForFollowUps()).counts)
  }

  /** What must hold when everything has come to its end. */
  async atLast() {
    await this.#settle(this.#views.keys())
    const follows = await this.#lookForFollowUps()
    await this.#settle(follows.views.keys())
    const views = await this.#look(new Set([...this.#views.keys(), ...follows.views.keys()]))
    this.#ask(atOnce, this.#before, views, follows.counts)
    this.#ask(atLast, readTold(this.#witness), views, follows.counts)
  }

  /** The ids of the tasks whose names begin so, and that had not ended at the first look. */
  unfinished(prefix) {
    return [...this.#views.keys()].filter((id) => id.startsWith(prefix) && !isEnded(this.#views.get(id)))
  }

  figures() {
    const { runs, acked, cutOff } = this.#before
    const lost = [...acked].filter((id) => !this.#views.has(id)).length
    const all = [...runs.values()].reduce((sum, attempts) => sum + attempts.length, 0)
    return { acked: acked.size, lost, runs: all, cutOff: cutOff.size }
  }

  /** The tasks of these ids that are there. */
  async #look(ids) {
    const views = new Map()
    const all = [...ids]
    for (let from = 0; from < all.length; from += AT_ONCE) {
      this.at(`get ${all[from]} and on, ${from} of ${all.length} at ${performance.now()}`)
      const found = await Promise.all(all.slice(from, from + AT_ONCE).map((id) => this.#house.get(id)))
      for (const view of found) if (view) views.set(view.id, view)
    }
    return views
  }

  /** Every follow-up, and how many each parent has. */
  async #lookForFollowUps() {
    const [views, counts] = [new Map(), new Map()]
    let cursor
    do {
      this.at(`find follow-ups after ${cursor}, ${views.size} so far`)
      const page = await this.#house.find({ kind: 'follow', limit: 500, ...(cursor ? { cursor } : {}) })
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
  async #settle(ids) {
    const limit = performance.now() + SETTLE_MS
    const left = new Set(ids)
    while (left.size > 0 && performance.now() < limit) {
      for (const [id, view] of await this.#look(left)) if (isEnded(view)) left.delete(id)
      this.at(`${left.size} tasks have to end, the first is ${[...left][0]}, at ${performance.now()}`)
      await pause(left.size > 0 ? 100 : 0)
    }
  }

  #ask(claims, ...facts) {
    for (const [claim, answer] of Object.entries(claims)) {
      const bad = answer(...facts)
        .map((text) => `${claim}: ${text}`)
        .filter((text) => !this.#said.has(text))
      for (const text of bad) this.#said.add(text)
      for (const text of bad.slice(0, SHOWN)) say(`BAD ${text}`)
      if (bad.length > SHOWN) say(`BAD ${claim}: and ${bad.length - SHOWN} more`)
    }
  }
}
