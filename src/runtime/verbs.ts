/**
 * What can be done to tasks by hand: by id, by a list of ids, or by a query. 500 of many are one commit.
 * One id that cannot be done is an error; of many, those that cannot are passed over, and the number done is answered.
 */
import { createHash } from 'node:crypto'
import type { TaskEvent } from '../../machines/index.js'
import { type Duration, durationMs, type Instant, instantMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import { mailKey, placesOf } from '../model/keys.js'
import type { Admission } from './admission.js'
import { checkIds, checkName, checkOnce, invalid, onlyKnown, whole } from './checks.js'
import type { Dedupe } from './dedupe.js'
import { dueOf } from './draft.js'
import type { EndState } from './ends.js'
import type { Flows } from './flows.js'
import type { Ledger } from './ledger.js'
import { checkEvent, type Players } from './players.js'
import { checkQuery, type TaskQuery } from './query.js'
import type { Removal } from './removal.js'
import type { Routes } from './routes.js'
import { validate } from './schema.js'
import type { TaskUnit } from './unit.js'
import type { Views } from './views.js'

/** An id, several ids, or a query. */
export type Selection = string | readonly string[] | TaskQuery

export interface Reschedule {
  readonly runAt?: Instant
  readonly in?: Duration
  readonly priority?: number
  readonly route?: string
  /** Another input, checked like the first. */
  readonly input?: unknown
}

/** How an event is sent. */
export interface SendOptions {
  /** 1 to 255 characters: of the latest 32 events with such a key, a task takes the same one only once. */
  readonly once?: string
}

const PAGE = 500
const MOST_HEARD = 32

type Act = (unit: TaskUnit) => boolean | Promise<boolean>

export class Verbs {
  readonly #ledger: Ledger
  readonly #views: Views
  readonly #routes: Routes
  readonly #players: Players
  readonly #admission: Admission
  readonly #dedupe: Dedupe
  readonly #removal: Removal
  readonly #flows: Flows

  constructor(parts: {
    ledger: Ledger
    views: Views
    routes: Routes
    players: Players
    admission: Admission
    dedupe: Dedupe
    removal: Removal
    flows: Flows
  }) {
    this.#ledger = parts.ledger
    this.#views = parts.views
    this.#routes = parts.routes
    this.#players = parts.players
    this.#admission = parts.admission
    this.#dedupe = parts.dedupe
    this.#removal = parts.removal
    this.#flows = parts.flows
  }

  pause(selection: Selection): Promise<number> {
    return this.#each(selection, 'paused', (unit) => !unit.context.paused && this.#step(unit, { type: 'pause' }))
  }

  resume(selection: Selection): Promise<number> {
    return this.#each(selection, 'resumed', (unit) => {
      if (!unit.context.paused || !this.#step(unit, { type: 'resume' })) return false
      this.#dueNow(unit)
      return true
    })
  }

  cancel(selection: Selection): Promise<number> {
    return this.#each(selection, 'cancelled', async (unit) => {
      await this.#admission.foresee(unit)
      return this.#step(unit, { type: 'cancel' })
    })
  }

  retry(selection: Selection): Promise<number> {
    return this.#each(selection, 'retried', async (unit) => {
      const { key } = unit.extras
      if (key !== undefined) {
        const holder = await this.#dedupe.lookup(unit.kind.name, key)
        if (holder !== undefined && holder !== unit.id) {
          if (typeof selection !== 'string') return false
          throw new HoldfastError(
            'ERR_ILLEGAL_TRANSITION',
            `task ${unit.id} cannot be retried: task ${holder} has its key`,
          )
        }
      }
      if (!this.#step(unit, { type: 'retry', byHand: true })) return false
      if (key !== undefined) this.#dedupe.take(unit.kind.name, key, unit.id)
      this.#dueNow(unit)
      return true
    })
  }

  reschedule(selection: Selection, to: Reschedule): Promise<number> {
    onlyKnown(to, ['runAt', 'in', 'priority', 'route', 'input'], 'reschedule')
    const { runAt, in: inside, priority, route, input } = to
    if (
      (runAt !== undefined) === (inside !== undefined) &&
      (runAt !== undefined || (priority ?? route ?? input) === undefined)
    ) {
      throw invalid('reschedule', 'one of `runAt` and `in`, or a `priority`, `route` or `input`', to)
    }
    const text = input === undefined ? undefined : jsonText(input, 'input', this.#ledger.settings.limits.input)
    const at = runAt === undefined ? undefined : instantMs(runAt, 'runAt')
    const inMs = inside === undefined ? undefined : durationMs(inside, 'in')
    if (priority !== undefined) whole(priority, 'priority', 0, 9)
    if (route !== undefined && !this.#routes.has(route)) throw invalid('route', 'a configured route', route)
    return this.#each(selection, 'rescheduled', async (unit) => {
      if (text !== undefined) await validate(unit.kind.definition.schema, JSON.parse(text), unit.kind.name)
      if (unit.state !== 'SPOOLED' && unit.state !== 'QUEUED') return false
      if (text !== undefined) this.#rewrite(unit, text)
      if (at !== undefined || inMs !== undefined) {
        const now = this.#ledger.now()
        const due = dueOf({ runAt: at, inMs }, now)
        this.#step(unit, { type: 'reschedule', due, runAt: at ?? now.wall + (inMs ?? 0) })
      }
      const amended = { ...(priority === undefined ? {} : { priority }), ...(route === undefined ? {} : { route }) }
      if (priority !== undefined || route !== undefined) this.#step(unit, { type: 'amend', ...amended })
      this.#dueNow(unit)
      return true
    })
  }

  /** Fresh again: it is written with the next step, and stays in memory until then. */
  #rewrite(unit: TaskUnit, input: string): void {
    if (this.#ledger.directory.resident(unit.id) !== unit) return
    unit.input = input
    unit.fresh = true
    this.#ledger.join(unit)
  }

  /** Ended tasks leave the store. */
  remove(selection: Selection): Promise<number> {
    return this.#each(selection, 'removed', async (unit) => {
      const { commit, directory } = this.#ledger
      if (!unit.ended || unit.running) return false
      const { id, extras, mail, links, context: end } = unit
      if (unit.dirty || unit.flying > 0) await commit.durable()
      if (unit.dependents && (await this.#isAwaited(unit, selection))) return false
      // Few tasks waited for others: the rest need not be looked at.
      const edges = extras.dependencies ? (await this.#removal.hanging([id])).get(id) : undefined
      // What was put back meanwhile is not what was to go, even if it has come to another end since.
      if (unit.context !== end || unit.links > links || directory.resident(id) !== unit) return false
      const hanging = edges ?? mail.map(({ seq }) => mailKey(id, seq))
      this.#removal.take({ id, state: unit.state as EndState, places: placesOf(id, extras), hanging })
      return true
    })
  }

  /** Others wait for it: they would do so for ever. @throws ERR_ILLEGAL_TRANSITION when it was asked for by its id */
  async #isAwaited(unit: TaskUnit, selection: Selection): Promise<boolean> {
    if (!(await this.#flows.holds(unit))) return false
    if (typeof selection !== 'string') return true
    throw new HoldfastError('ERR_ILLEGAL_TRANSITION', `tasks wait for task ${unit.id}: it cannot be removed`, {
      hint: 'Retry it, so that it can finish, or cancel those that depend on it first.',
    })
  }

  /** An event to the machines of tasks. Accepted means that it will be handled exactly once. */
  send(selection: Selection, event: unknown, options: SendOptions = {}): Promise<number> {
    checkEvent(event)
    const text = jsonText(event, 'event', this.#ledger.settings.limits.event)
    const once = onceOf(options, text)
    return this.#each(selection, 'sent to', async (unit) => {
      if (!unit.kind.machine) {
        if (typeof selection !== 'string') return false
        throw new HoldfastError('ERR_NO_MACHINE', `task ${unit.id} of kind '${unit.kind.name}' has no machine`)
      }
      if (once && this.#hasHeard(unit, once)) return true
      if (unit.ended) return false
      const heard = JSON.parse(text) as { type: string }
      const running = unit.state === 'RUNNING'
      if (running && !this.#players.deliver(unit, heard)) return false
      if (!running) this.#post(unit, heard)
      if (once) {
        unit.heard = [...(unit.heard ?? []), once.key + once.print].slice(-MOST_HEARD)
        this.#ledger.join(unit)
      }
      if (running) await this.#players.ended(unit.id)
      return true
    })
  }

  /** @throws ERR_KEY_REUSED when another event came with that key */
  #hasHeard(unit: TaskUnit, { key, print }: { key: string; print: string }): boolean {
    const before = unit.heard?.find((each) => each.startsWith(key))
    if (before === undefined || before === key + print) return before !== undefined
    throw new HoldfastError('ERR_KEY_REUSED', `another event came to task ${unit.id} with this key`)
  }

  /** An event for a machine that does not run now waits beside its task. */
  #post(unit: TaskUnit, event: { type: string }): void {
    const { commit, settings, counters } = this.#ledger
    if (unit.mail.length >= settings.limits.mailbox) {
      throw new HoldfastError('ERR_MAILBOX_FULL', `${unit.mail.length} events wait for task ${unit.id}`)
    }
    const seq = ++counters.seq
    unit.mail.push({ seq, event })
    commit.put(mailKey(unit.id, seq), JSON.stringify(event))
  }

  /** A task whose time has come goes on to its queue in the same commit. */
  #dueNow(unit: TaskUnit): void {
    const { due, paused } = unit.context
    const now = this.#ledger.now()
    if (unit.state === 'SPOOLED' && !paused && (due === null || due.at <= now[due.hand]))
      this.#step(unit, { type: 'due' })
  }

  /** A unit that another call removed meanwhile is no task any more: to write it again would bring half of it back. */
  #step(unit: TaskUnit, event: { readonly type: TaskEvent['type'] } & Record<string, unknown>): boolean {
    if (this.#ledger.directory.resident(unit.id) !== unit) return false
    return this.#ledger.step(unit, { ...event, now: this.#ledger.now() } as TaskEvent)
  }

  async #each(selection: Selection, done: string, act: Act): Promise<number> {
    if (typeof selection === 'string') return this.#one(selection, done, act)
    if (Array.isArray(selection)) {
      return this.#many(checkIds(selection), act)
    }
    checkQuery(selection as TaskQuery)
    if (Object.keys(selection).length === 0) {
      throw new HoldfastError('ERR_INVALID_OPTION', 'an empty query selects everything', {
        hint: 'Say what is meant: a state, kind, route or group; all states in a list select all tasks.',
      })
    }
    return this.#selected(selection as TaskQuery, act)
  }

  /**
   * What a query selects as the call comes: what comes of the verb itself (an onFailure, say), and what others make
   * meanwhile, is not meant. It may take its time, so each is looked at again when its turn comes: one that was QUEUED
   * and runs by now is not cancelled with those that are.
   */
  async #selected(query: TaskQuery, act: Act): Promise<number> {
    const { counters, putOff } = this.#ledger
    const { seq } = counters
    // A state that only memory knows would be looked for on disk.
    await putOff.write()
    const meant: Act = (unit) => unit.context.seq <= seq && this.#views.selects(query, unit) && act(unit)
    const ids: string[] = []
    let count = 0
    for await (const found of this.#views.select(query)) {
      ids.push(...found)
      if (ids.length >= PAGE) count += await this.#page(ids.splice(0, PAGE), meant)
    }
    return count + (await this.#many(ids, meant))
  }

  async #one(id: string, done: string, act: Act): Promise<number> {
    checkName(id, 'id')
    return this.#ledger.directory.use([id], async ([unit]) => {
      if (!unit) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
      const state = unit.state
      if (!(await act(unit))) {
        throw new HoldfastError('ERR_ILLEGAL_TRANSITION', `task ${id} is ${state} and cannot be ${done}`)
      }
      await this.#ledger.commit.durable()
      return 1
    })
  }

  async #many(ids: readonly string[], act: Act): Promise<number> {
    let count = 0
    for (let at = 0; at < ids.length; at += PAGE) count += await this.#page(ids.slice(at, at + PAGE), act)
    return count
  }

  async #page(ids: readonly string[], act: Act): Promise<number> {
    return this.#ledger.directory.use(ids, async (units) => {
      let count = 0
      for (const unit of units) if (unit && (await act(unit))) count++
      await this.#ledger.commit.durable()
      return count
    })
  }
}

/** A key and its event as the record remembers them: 16 characters each, whatever their length. */
function onceOf(options: SendOptions, text: string): { key: string; print: string } | undefined {
  onlyKnown(options, ['once'], 'send')
  const { once } = options
  if (once === undefined) return undefined
  return { key: digest(checkOnce(once, 'once')), print: digest(text) }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}
