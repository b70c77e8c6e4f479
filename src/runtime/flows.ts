/**
 * Flows: tasks that wait for the end of others. What a task waits for are edges, keys in the store from both ends; its
 * record has only their number. The end of a task that others wait for leaves a notice in its commit; from then on they
 * are told page by page, and the edge of each goes in the commit that counts it: exactly once, whatever is cut off.
 */
import { tell } from '../kernel/telemetry.js'
import { HoldfastError } from '../model/errors.js'
import {
  dependencyKey, dependencyRange, dependentKey, dependentRange, edgeEnd, idOf, keyOf, rangeOf,
} from '../model/keys.js' // biome-ignore format: a list
import type { Store } from '../store/store.js'
import type { Needs } from './depends-on.js'
import type { Released } from './dispatch.js'
import type { EndState } from './ends.js'
import type { Ledger } from './ledger.js'
import { type Notice, Notices, noticeOf } from './notices.js'
import type { TaskUnit } from './unit.js'

/** Edges worked off in one commit, and the notices that share it. */
const PAGE = 500
const NOTICES = 50

/** What a task that is about to be made has to wait for. */
export interface Awaited {
  /** All that it depends on, in the order asked. */
  readonly all: readonly string[]
  readonly units: readonly TaskUnit[]
  /** One of them has ended badly, and it is not to run then. */
  readonly doomed: boolean
}

/** An edge that a round is about. */
interface Edge {
  readonly parent: string
  readonly child: string
  readonly notice: Notice
}

interface FlowsPorts {
  /** To be awaited before a task may come to its end. */
  foresee(unit: TaskUnit): Promise<unknown> | undefined
  /** The first of some ids that is in quarantine. */
  firstAside(ids: readonly string[]): Promise<string | undefined>
  /** A machine that waits for a task, or for any, looks at it again, within the step; false when it does not wait. */
  nudge(unit: TaskUnit, id?: string): boolean
  /** There are notices to be worked off. */
  wake(): void
}

export class Flows {
  readonly #store: Store
  readonly #ledger: Ledger
  readonly #ports: FlowsPorts
  readonly #notices: Notices
  /** How far the edges of a notice have been worked off: those that go on waiting are passed over. */
  readonly #reached = new Map<string, string>()
  /** The notice after which the next round begins. */
  #after = ''
  /** How often memory was forgotten: what was read before that counts no more. */
  #age = 0

  constructor(store: Store, ledger: Ledger, ports: FlowsPorts) {
    this.#store = store
    this.#ledger = ledger
    this.#ports = ports
    this.#notices = new Notices(ledger, () => ports.wake())
  }

  /** What is to be waited for of `needs`; those that are to be known are in memory. */
  awaited({ tasks, failed }: Needs, nameOf: (id: string) => string): Awaited {
    const units: TaskUnit[] = []
    const all = [...new Set(tasks.map(nameOf))]
    let doomed = false
    for (const id of all) {
      const unit = this.#ledger.directory.resident(id)
      if (unit?.state === 'FINISHED') continue
      // One that is gone cannot be put back, so nobody can wait for it.
      if (!unit) doomed ||= failed !== 'run'
      else if (!unit.ended || failed === 'wait') units.push(unit)
      else doomed ||= failed === 'cancel'
    }
    return { all, units: doomed ? [] : units, doomed }
  }

  /** The edges of a new task, in the commit that makes it. */
  link(child: string, { all, units }: Awaited): void {
    const { commit } = this.#ledger
    for (const [place, parent] of all.entries()) commit.put(dependencyKey(child, parent), String(place))
    for (const unit of units) {
      commit.put(dependentKey(unit.id, child), '')
      unit.links++
      if (unit.ended) this.#ledger.ends.spare(unit.state as EndState, unit.id)
      if (unit.dependents) continue
      unit.dependents = true
      this.#ledger.join(unit)
    }
  }

  /** A machine waits for the end of a task: an edge, in the commit of the step in which it looked. */
  watch(unit: TaskUnit, child: string): void {
    this.#ledger.commit.put(dependentKey(unit.id, child), '')
    unit.links++
    if (unit.dependents) return
    unit.dependents = true
    this.#ledger.join(unit)
  }

  /** It has seen the end. */
  seen(unit: TaskUnit, child: string): void {
    if (unit.dependents) this.#ledger.commit.del(dependentKey(unit.id, child))
  }

  /** A task came to its end, within the step. */
  ended(unit: TaskUnit): void {
    if (!unit.dependents) return
    this.#notices.leave(unit)
    // Those that went on waiting after an end before this one are told of this one.
    this.#reached.delete(unit.id)
  }

  /** Looks for what was left to do: at a start, and when the disk is back. */
  async look(): Promise<void> {
    if ((await this.#store.keys({ ...rangeOf('notice'), limit: 1 })).length > 0) this.#ports.wake()
  }

  clear(): void {
    this.#notices.clear()
    this.#reached.clear()
    this.#after = ''
    this.#age++
  }

  /** A round: a page of the edges of what has ended, shared by up to fifty notices. One commit. */
  async release(): Promise<Released> {
    const age = this.#age
    try {
      const released = await this.#round(age)
      if (age === this.#age) return released
    } catch (error) {
      if (age === this.#age) throw error
    }
    // The disk failed meanwhile: who asked was held, and has asked anew. This answer would end that other round.
    return new Promise(() => undefined)
  }

  async #round(age: number): Promise<Released> {
    const { commit, directory } = this.#ledger
    this.#notices.begin()
    const notices = await this.#store.page({ ...rangeOf('notice', this.#after), limit: NOTICES })
    this.#after = notices.length < NOTICES ? '' : idOf((notices.at(-1) as (typeof notices)[number])[0])
    const share = Math.max(1, Math.floor(PAGE / Math.max(1, notices.length)))
    const pages = await Promise.all(notices.map(async ([key, text]) => this.#page(idOf(key), noticeOf(text), share)))
    const edges = pages.flatMap((page) => page.edges)
    const ids = [...new Set(edges.map(({ child }) => child))]
    const count = await directory.use(ids, async (units) => {
      const children = new Map(ids.map((id, i) => [id, units[i]]))
      const told = await this.#tell(
        edges,
        edges.map(({ child }) => children.get(child)),
      )
      this.#assertSame(age)
      for (const page of pages) this.#turn(page.parent, page.edges, page.last)
      await commit.durable()
      return told
    })
    return { count, more: (await this.#store.keys({ ...rangeOf('notice'), limit: 1 })).length > 0 }
  }

  /** A task that comes back from quarantine hears of what ended while it was there. */
  async review(child: TaskUnit): Promise<void> {
    if (listens(child)) this.#ports.nudge(child)
    if (child.context.pending === 0) return
    const parents = (await this.#store.keys(dependencyRange(child.id))).map(edgeEnd)
    const edges = await this.#store.getMany(parents.map((parent) => dependentKey(parent, child.id)))
    const open = parents.filter((_, i) => edges[i] !== undefined)
    await this.#ledger.directory.use(open, async (units) => {
      for (const [i, parent] of open.entries()) {
        const unit = units[i]
        if (unit ? !unit.ended : await this.#isAside(parent)) continue
        const notice = { finished: unit?.state === 'FINISHED', seq: Number.POSITIVE_INFINITY }
        await this.#tell([{ parent, child: child.id, notice }], [child])
      }
    })
  }

  /** Whether somebody waits for a task that has ended: it cannot be removed then. Edges that mean nothing go. */
  async holds({ id, dependents }: TaskUnit): Promise<boolean> {
    if (!dependents) return false
    const { commit, directory } = this.#ledger
    for (let after = ''; ; ) {
      const keys = await this.#store.keys({ ...dependentRange(id, after), limit: PAGE })
      const children = keys.map(edgeEnd)
      const last = children.at(-1)
      if (last === undefined) return false
      const waiting = await directory.use(children, async (units) => {
        if (units.some((unit) => unit && (waits(unit) || listens(unit)))) return true
        for (const [i, key] of keys.entries()) {
          if (!units[i] && (await this.#isAside(children[i] as string))) return true
          commit.del(key)
        }
        return false
      })
      if (waiting) return true
      after = last
    }
  }

  /** One that cannot be found is in quarantine, not gone; reading it may just have put it there. */
  async #isAside(id: string): Promise<boolean> {
    await this.#ledger.commit.durable()
    return (await this.#ports.firstAside([id])) !== undefined
  }

  /** What was read before memory was forgotten counts no more. */
  #assertSame(age: number): void {
    if (age !== this.#age) throw new HoldfastError('ERR_DEGRADED')
  }

  async #page(parent: string, told: Notice | undefined, limit: number) {
    const notice = told ?? (await this.#guess(parent))
    if (!notice) return { parent, edges: [], last: true }
    const after = this.#reached.get(parent)
    const keys = await this.#store.keys({ ...dependentRange(parent, after), limit })
    const edges = keys.map((key): Edge => ({ parent, child: edgeEnd(key), notice }))
    return { parent, edges, last: keys.length < limit }
  }

  /** What a damaged notice must have said, as far as its task knows; nothing when that one is not at its end. */
  async #guess(parent: string): Promise<Notice | undefined> {
    const [unit] = await this.#ledger.directory.activate([parent])
    if (unit && !unit.ended) return undefined
    return { finished: unit?.state === 'FINISHED', seq: this.#ledger.counters.seq }
  }

  /** Tells those at the far end of some edges; answers how many wait no more. */
  async #tell(edges: readonly Edge[], children: readonly (TaskUnit | undefined)[]): Promise<number> {
    const counts = new Map<string, number>()
    const age = this.#age
    for (const [i, edge] of edges.entries()) {
      const unit = children[i]
      if (!unit && (await this.#isAside(edge.child))) continue
      const dies = unit && !edge.notice.finished && policyOf(unit) === 'cancel' && waits(unit)
      if (dies) await this.#ports.foresee(unit)
      this.#assertSame(age)
      if (this.#notices.current(edge.parent) && this.#tellOne(edge, unit))
        counts.set(edge.parent, (counts.get(edge.parent) ?? 0) + 1)
    }
    for (const [id, count] of counts) this.#ledger.commit.after(() => tell('flow.released', () => ({ id, count })))
    return [...counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** One edge: counted and gone in one commit, or left as it is. True when the task at its end moved. */
  #tellOne({ parent, child, notice }: Edge, unit: TaskUnit | undefined): boolean {
    const { commit, directory } = this.#ledger
    // Somebody removed it meanwhile, or the disk failed.
    if (unit && directory.resident(child) !== unit) return false
    if (unit && listens(unit)) {
      // One that waits has looked before its edge goes: until then nobody may remove what it is to find.
      const nudged = this.#ports.nudge(unit, parent)
      if (!nudged) commit.del(dependentKey(parent, child))
      return nudged
    }
    const meant = unit && waits(unit) && unit.context.seq <= notice.seq
    const policy = unit && !notice.finished ? policyOf(unit) : 'run'
    if (unit && waits(unit) && (!meant || policy === 'wait')) return false
    commit.del(dependentKey(parent, child))
    if (!meant) return false
    const now = this.#ledger.now()
    if (policy === 'cancel') return this.#ledger.step(unit, { type: 'cancel', now })
    this.#ledger.step(unit, { type: 'met', now })
    const { due, pending } = unit.context
    if (pending === 0 && (due === null || due.at <= now[due.hand])) this.#ledger.step(unit, { type: 'due', now })
    return true
  }

  /** The page of a notice is turned; with the last one the notice goes, unless another was left meanwhile. */
  #turn(parent: string, edges: readonly Edge[], last: boolean): void {
    if (last || !this.#notices.current(parent)) this.#reached.delete(parent)
    else this.#reached.set(parent, (edges.at(-1) as Edge).child)
    if (last && this.#notices.current(parent)) this.#ledger.commit.del(keyOf('notice', parent))
  }
}

/** It is there and waits for others. */
function waits({ state, context }: TaskUnit): boolean {
  return state === 'SPOOLED' && context.pending > 0
}

/** Its machine may wait for others. */
function listens({ state, kind }: TaskUnit): boolean {
  return state === 'RUNNING' && kind.machine !== undefined
}

function policyOf({ extras }: TaskUnit): Needs['failed'] {
  return extras.dependencies?.failed ?? 'cancel'
}
