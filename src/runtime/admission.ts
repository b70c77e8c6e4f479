/**
 * Admission: drafts become tasks. All that can be refused is refused before the first of a call is made, so the
 * tasks of one call are one step into one commit: all or none.
 */
import type { TaskState } from '../../machines/index.js'
import { HoldfastError } from '../model/errors.js'
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

const NOBODY: ReadonlySet<string> = new Set()

export class Admission {
  readonly #ledger: Ledger
  readonly #routes: Routes
  readonly #dedupe: Dedupe
  readonly #rules: DraftRules
  readonly #inputOf: (id: string) => Promise<string | undefined>

  constructor(
    ledger: Ledger,
    routes: Routes,
    dedupe: Dedupe,
    rules: DraftRules,
    inputOf: (id: string) => Promise<string | undefined>,
  ) {
    this.#ledger = ledger
    this.#routes = routes
    this.#dedupe = dedupe
    this.#rules = rules
    this.#inputOf = inputOf
  }

  /** Makes the tasks of one call; resolves when all of them are on disk. */
  async admit(drafts: readonly Draft[]): Promise<Admitted[]> {
    const { commit } = this.#ledger
    await commit.room()
    const wanted = drafts.some(({ named, extras }) => named || extras.key !== undefined)
    const present = wanted ? await this.#lookup(drafts) : NOBODY
    this.#checkRoom(drafts)
    const admitted = drafts.map((draft) => this.#known(draft, present) ?? { id: this.make(draft).id, created: true })
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
    this.#ledger.directory.admit(unit)
    this.#ledger.step(unit, { type: 'accept', now })
    if (context.due === null) this.#ledger.step(unit, { type: 'due', now })
    return unit
  }

  /** Keys of follow-ups have to be known before the task ends; `undefined` when there are none to look up. */
  foresee(unit: TaskUnit, drafts: readonly Draft[] = []): Promise<unknown> | undefined {
    const { onSuccess = [], onFailure = [] } = unit.extras
    const keyed = [...onSuccess, ...onFailure].filter((each) => (each as FollowUp).key !== undefined) as FollowUp[]
    const lookups = keyed.map(({ kind, key }) => ({ kind, key: key as string }))
    for (const { kind, extras } of drafts)
      if (extras.key !== undefined) lookups.push({ kind: kind.name, key: extras.key })
    if (lookups.length === 0) return undefined
    return Promise.all(lookups.map(({ kind, key }) => this.#dedupe.lookup(kind, key)))
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

  #taken({ kind, extras }: Draft): boolean {
    return extras.key !== undefined && this.#dedupe.holder(kind.name, extras.key) !== undefined
  }

  async #lookup(drafts: readonly Draft[]): Promise<ReadonlySet<string>> {
    const named = drafts.filter((draft) => draft.named)
    const ids = new Set(named.map(({ id }) => id))
    if (ids.size < named.length) throw new HoldfastError('ERR_DUPLICATE_ID', 'two tasks of one call have the same id')
    const present = await this.#ledger.directory.activate([...ids])
    for (const unit of present) {
      const draft = unit && named.find(({ id }) => id === unit.id)
      if (!unit || !draft) continue
      const input = unit.input ?? (await this.#inputOf(unit.id))
      if (unit.kind === draft.kind && input === draft.input) continue
      throw new HoldfastError('ERR_DUPLICATE_ID', `a task '${unit.id}' with another kind or input exists`)
    }
    for (const { kind, extras } of drafts)
      if (extras.key !== undefined) await this.#dedupe.lookup(kind.name, extras.key)
    return new Set(present.flatMap((unit) => (unit ? [unit.id] : [])))
  }

  /** The task that is there already, for a draft with its id or its key. */
  #known(draft: Draft, present: ReadonlySet<string>): Admitted | undefined {
    if (draft.named && (present.has(draft.id) || this.#ledger.directory.resident(draft.id)))
      return { id: draft.id, created: false }
    const { key } = draft.extras
    const holder = key === undefined ? undefined : this.#dedupe.holder(draft.kind.name, key)
    return holder === undefined ? undefined : { id: holder, created: false }
  }

  #checkRoom(drafts: readonly Draft[]): void {
    if (drafts.length === 1) {
      const [{ route }] = drafts as [Draft]
      this.#routes.admit(route, 1)
      return
    }
    const counts = new Map<string, number>()
    for (const { route } of drafts) counts.set(route, (counts.get(route) ?? 0) + 1)
    for (const [route, count] of counts) this.#routes.admit(route, count)
  }
}

function causeOf(unit: TaskUnit): Cause {
  const { result, error } = unit.context
  const state = unit.state as Extract<TaskState, 'FINISHED' | 'FAILED' | 'TERMINATED'>
  if (state === 'FINISHED') return { id: unit.id, state, result }
  if (error === undefined) return { id: unit.id, state }
  const { name, message, code } = error
  return { id: unit.id, state, error: { name, message, ...(code === undefined ? {} : { code }) } }
}
