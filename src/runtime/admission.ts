/**
 * Admission: drafts become tasks. All that can be refused is refused before the first of a call is made, so the
 * tasks of one call are one step into one commit: all or none.
 */
import type { TaskState } from '../../machines/index.js'
import { HoldfastError } from '../model/errors.js'
import { dedupeKey } from '../model/keys.js'
import type { Dedupe } from './dedupe.js'
import type { Cause, FollowUp } from './define.js'
import { contextOf, type Draft, type DraftRules, draftOfFollowUp } from './draft.js'
import type { Ledger } from './ledger.js'
import { snapshotOf } from './lifecycle.js'
import type { Routes } from './routes.js'
import { TaskUnit } from './unit.js'

/** A task as enqueue answers it: made now, or there already. */
export interface Admitted {
  readonly id: string
  readonly created: boolean
}

const NOBODY: ReadonlyMap<Draft, string> = new Map()

export class Admission {
  readonly #ledger: Ledger
  readonly #routes: Routes
  readonly #dedupe: Dedupe
  readonly #rules: DraftRules
  readonly #inputOf: (id: string) => Promise<string | undefined>
  readonly #setAside: (ids: readonly string[]) => Promise<string | undefined>
  /** The last call that looks for a name. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(
    ledger: Ledger,
    routes: Routes,
    dedupe: Dedupe,
    rules: DraftRules,
    inputOf: (id: string) => Promise<string | undefined>,
    setAside: (ids: readonly string[]) => Promise<string | undefined>,
  ) {
    this.#ledger = ledger
    this.#routes = routes
    this.#dedupe = dedupe
    this.#rules = rules
    this.#inputOf = inputOf
    this.#setAside = setAside
  }

  /** Makes the tasks of one call; resolves when all of them are on disk. */
  async admit(drafts: readonly Draft[]): Promise<Admitted[]> {
    const { commit } = this.#ledger
    await commit.room()
    const names = drafts.flatMap(namesOf)
    const admitted =
      names.length === 0
        ? this.#makeThose(drafts, NOBODY)
        : await this.#inTurn(names, async () => this.#makeThose(drafts, await this.#lookup(drafts)))
    await commit.durable()
    return admitted
  }

  /** NONE → SPOOLED, and on to QUEUED when it is due; part of the commit that is filling. */
  make(draft: Draft, cause?: Cause): TaskUnit {
    const now = this.#ledger.now()
    const context = contextOf(draft, now, ++this.#ledger.counters.seq)
    const extras = cause ? { ...draft.extras, cause } : draft.extras
    const unit = new TaskUnit(this.#ledger, draft.id, draft.kind, snapshotOf('NONE', context), extras, draft.input)
    if (extras.key !== undefined) this.#dedupe.take(draft.kind.name, extras.key, unit.id)
    this.#ledger.step(unit, { type: 'accept', now })
    // Not before its step: a full directory would put it to sleep at once, and it is not on disk yet.
    this.#ledger.directory.admit(unit)
    if (context.due === null) this.#ledger.step(unit, { type: 'due', now })
    return unit
  }

  /** Checks that a task can be made later. @throws ERR_DUPLICATE_ID */
  async check(draft: Draft): Promise<Draft> {
    if (draft.named) await this.#lookup([draft])
    return draft
  }

  /** Keys and ids of what follows have to be known before the task ends; `undefined` when there are none to look up. */
  foresee(unit: TaskUnit, drafts: readonly Draft[] = []): Promise<unknown> | undefined {
    const { onSuccess = [], onFailure = [] } = unit.extras
    const keyed = [...onSuccess, ...onFailure].filter((each) => (each as FollowUp).key !== undefined) as FollowUp[]
    const lookups = keyed.map(({ kind, key }) => ({ kind, key: key as string }))
    for (const { kind, extras } of drafts)
      if (extras.key !== undefined) lookups.push({ kind: kind.name, key: extras.key })
    const ids = drafts.filter(({ named }) => named).map(({ id }) => id)
    if (lookups.length + ids.length === 0) return undefined
    const keys = lookups.map(({ kind, key }) => this.#dedupe.lookup(kind, key))
    return Promise.all([...keys, this.#ledger.directory.activate(ids)])
  }

  /** The follow-ups of a task that came to its end, in the commit of that end. */
  follow(unit: TaskUnit): void {
    this.#dedupe.free(unit)
    const { onSuccess, onFailure } = unit.extras
    const templates = unit.state === 'FINISHED' ? onSuccess : onFailure
    if (!templates) return
    const { result, error } = unit.context
    const cause = causeOf(unit)
    for (const template of templates as readonly FollowUp[]) {
      const kind = this.#rules.kinds.find(template.kind)
      if (!kind) {
        this.#ledger.settings.log.error(`follow-up of ${unit.id} was not made: kind '${template.kind}' is gone`)
        continue
      }
      const draft = draftOfFollowUp(this.#rules, template, unit.state === 'FINISHED' ? result : (error ?? null))
      if (!this.#taken(draft)) this.make(draft, cause)
    }
  }

  /** Tasks that a processor asked for, in the commit of its success. */
  makeAll(unit: TaskUnit, drafts: readonly Draft[]): void {
    for (const draft of drafts) if (!this.#taken(draft)) this.make(draft, { id: unit.id, state: 'FINISHED' })
  }

  #taken({ named, id, kind, extras }: Draft): boolean {
    if (named && this.#ledger.directory.resident(id)) return true
    return extras.key !== undefined && this.#dedupe.holder(kind.name, extras.key) !== undefined
  }

  /** Calls with an id or a key in common look and make one after another: what one makes, the next one finds. */
  #inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = names.flatMap((name) => this.#turns.get(name) ?? [])
    const done = before.length === 0 ? work() : Promise.all(before).then(work)
    const over: Promise<void> = done.then(nothing, nothing).then(() => {
      for (const name of names) if (this.#turns.get(name) === over) this.#turns.delete(name)
    })
    for (const name of names) this.#turns.set(name, over)
    return done
  }

  /** The tasks that are there already, by their id or their key. */
  async #lookup(drafts: readonly Draft[]): Promise<ReadonlyMap<Draft, string>> {
    const named = new Map(drafts.filter((draft) => draft.named).map((draft) => [draft.id, draft]))
    if (named.size < drafts.filter((draft) => draft.named).length) {
      throw new HoldfastError('ERR_DUPLICATE_ID', 'two tasks of one call have the same id')
    }
    const present = new Map<Draft, string>()
    for (const unit of await this.#ledger.directory.activate([...named.keys()])) {
      const draft = unit && named.get(unit.id)
      if (!unit || !draft) continue
      const input = unit.input ?? (await this.#inputOf(unit.id))
      if (unit.kind !== draft.kind || input !== draft.input) {
        throw new HoldfastError('ERR_DUPLICATE_ID', `a task '${unit.id}' with another kind or input exists`)
      }
      if (draft.extras.print !== undefined && unit.extras.print !== draft.extras.print) {
        throw new HoldfastError('ERR_DUPLICATE_ID', `a task '${unit.id}' with another fingerprint exists`)
      }
      present.set(draft, unit.id)
    }
    // A record in quarantine keeps its id: a new task would take its input from it.
    const aside = await this.#setAside([...named].flatMap(([id, draft]) => (present.has(draft) ? [] : [id])))
    if (aside !== undefined) throw new HoldfastError('ERR_DUPLICATE_ID', `a task '${aside}' is in quarantine`)
    for (const draft of drafts) {
      const { kind, extras } = draft
      if (extras.key === undefined || present.has(draft)) continue
      const holder = await this.#dedupe.lookup(kind.name, extras.key)
      if (holder !== undefined) present.set(draft, holder)
    }
    return present
  }

  #makeThose(drafts: readonly Draft[], present: ReadonlyMap<Draft, string>): Admitted[] {
    this.#checkRoom(drafts.filter((draft) => !present.has(draft)))
    return drafts.map((draft) => {
      const { key } = draft.extras
      // Within one call, too, a key makes one task.
      const there = present.get(draft) ?? (key === undefined ? undefined : this.#dedupe.holder(draft.kind.name, key))
      return there === undefined ? { id: this.make(draft).id, created: true } : { id: there, created: false }
    })
  }

  #checkRoom(drafts: readonly Draft[]): void {
    if (drafts.length === 1) {
      this.#routes.admit((drafts[0] as Draft).route, 1)
      return
    }
    const counts = new Map<string, number>()
    for (const { route } of drafts) counts.set(route, (counts.get(route) ?? 0) + 1)
    for (const [route, count] of counts) this.#routes.admit(route, count)
  }
}

const nothing = () => undefined

/** What a draft may have in common with another: the id that was chosen for it, its key. */
function namesOf({ named, id, kind, extras }: Draft): string[] {
  const { key } = extras
  return [...(named ? [id] : []), ...(key === undefined ? [] : [dedupeKey(kind.name, key)])]
}

function causeOf(unit: TaskUnit): Cause {
  const { result, error, reason } = unit.context
  const state = unit.state as Extract<TaskState, 'FINISHED' | 'FAILED' | 'TERMINATED'>
  if (state === 'FINISHED') return { id: unit.id, state, result }
  const why = reason === undefined ? {} : { reason }
  if (error === undefined) return { id: unit.id, state, ...why }
  const { name, message, code } = error
  return { id: unit.id, state, ...why, error: { name, message, ...(code === undefined ? {} : { code }) } }
}
