/**
 * Admission: drafts become tasks. All that can be refused is refused before the first of a call is made, so the
 * tasks of one call are one step into one commit: all or none.
 */
import { HoldfastError } from '../model/errors.js'
import type { TaskExtras } from '../model/record.js'
import { type Cause, causeOf, hiddenOf } from './cause.js'
import { isThere, namesOf, replaces, unknownDependency, withoutKey } from './claims.js'
import type { Dedupe } from './dedupe.js'
import type { Asker } from './deed.js'
import { inOrder } from './depends-on.js'
import { contextOf, type Draft, type DraftRules, draftOfFollowUp } from './draft.js'
import type { FollowUp } from './enqueue-options.js'
import type { Awaited, Flows } from './flows.js'
import type { Foresight } from './foresight.js'
import type { Ledger } from './ledger.js'
import { keepOrphan } from './orphan.js'
import type { Repeat } from './repeat.js'
import { giveUpKey, replaceBy } from './replacing.js'
import type { Routes } from './routes.js'
import type { Throttle } from './throttle.js'
import { Turns } from './turns.js'
import { TaskUnit } from './unit.js'

/** A task as enqueue answers it: made now, or there already. */
export interface Admitted {
  readonly id: string
  readonly created: boolean
}

/** The task that makes another one. */
interface Maker {
  readonly unit: TaskUnit
  readonly cause: Cause
}

/** On whose behalf tasks are made. */
interface On {
  readonly asker?: Asker
  /** Called when nothing can refuse them any more, as they join the commit. */
  readonly within?: () => void
}

interface AdmissionParts {
  readonly ledger: Ledger
  readonly routes: Routes
  readonly dedupe: Dedupe
  readonly throttle: Throttle
  readonly flows: Flows
  readonly foresight: Foresight
  readonly rules: DraftRules
  readonly inputOf: (id: string) => Promise<string | undefined>
  /** The first of some ids that is in quarantine. */
  readonly firstAside: (ids: readonly string[]) => Promise<string | undefined>
}

const NOBODY: ReadonlyMap<Draft, string> = new Map()

export class Admission {
  readonly #ledger: Ledger
  readonly #routes: Routes
  readonly #dedupe: Dedupe
  readonly #throttle: Throttle
  readonly #flows: Flows
  readonly #foresight: Foresight
  readonly #rules: DraftRules
  readonly #inputOf: (id: string) => Promise<string | undefined>
  readonly #firstAside: (ids: readonly string[]) => Promise<string | undefined>
  readonly #turns = new Turns()

  constructor(parts: AdmissionParts) {
    this.#ledger = parts.ledger
    this.#routes = parts.routes
    this.#dedupe = parts.dedupe
    this.#throttle = parts.throttle
    this.#flows = parts.flows
    this.#foresight = parts.foresight
    this.#rules = parts.rules
    this.#inputOf = parts.inputOf
    this.#firstAside = parts.firstAside
  }

  /** Makes the tasks of one call; resolves when all of them are on disk. @throws ERR_RUN_OVER when nobody wants them */
  async admit(drafts: readonly Draft[], asker?: Asker): Promise<Admitted[]> {
    const admitted = await this.place(drafts, asker ? { asker } : {})
    // Of a call with only such tasks as may be lost nobody has to know when they are on disk.
    if (!drafts.every(({ extras }) => extras.lazy)) await this.#ledger.commit.durable()
    return admitted
  }

  /** The same, as far as the commit that is filling. */
  async place(drafts: readonly Draft[], by: On): Promise<Admitted[]> {
    const ordered = inOrder(drafts)
    await this.#ledger.commit.room()
    const names = new Set(drafts.flatMap(namesOf))
    if (names.size === 0) return this.#makeThose(drafts, drafts, NOBODY, by)
    return this.#turns.take([...names], () => this.#lookAndMake(drafts, ordered, by))
  }

  /** NONE → SPOOLED, and on to QUEUED when it is due; part of the commit that is filling. */
  make(draft: Draft, by?: Maker, nameOf = itself): TaskUnit {
    const now = this.#ledger.now()
    const awaited = draft.needs && this.#flows.awaited(draft.needs, nameOf)
    const context = contextOf(draft, now, ++this.#ledger.counters.seq, awaited?.units.length)
    const extras = awaited ? { ...extrasOf(draft, by), dependencies: countOf(draft, awaited) } : extrasOf(draft, by)
    const unit = new TaskUnit(this.#ledger, draft.id, draft.kind, { state: 'NONE', context }, extras, draft.input)
    if (extras.key !== undefined) this.#dedupe.take(draft.kind.name, extras.key, unit.id)
    const { repeat } = draft
    if (repeat) this.#ledger.paced(unit, () => this.#begin(repeat, unit, now.steady))
    this.#ledger.step(unit, { type: 'accept', now })
    // Not before its step: a full directory would put it to sleep at once, and it is not on disk yet.
    this.#ledger.directory.admit(unit)
    if (awaited) this.#flows.link(unit.id, awaited)
    if (awaited?.doomed) this.#ledger.step(unit, { type: 'cancel', now })
    else if (context.due === null) this.#ledger.step(unit, { type: 'due', now })
    return unit
  }

  /**
   * Checks that a task can be made later, with those that the same run asked for `earlier`.
   * @throws ERR_DUPLICATE_ID, ERR_UNKNOWN_DEPENDENCY, ERR_DEPENDENCY_CYCLE
   */
  async check(draft: Draft, earlier: readonly Draft[] = []): Promise<Draft> {
    if (draft.named) await this.#lookup([draft])
    if (!draft.needs) return draft
    inOrder([draft])
    const known = new Set(earlier.map(({ id }) => id))
    const others = draft.needs.tasks.filter((id) => !known.has(id))
    await this.#ledger.directory.use(others, async (units) => {
      const missing = others.find((_, i) => !units[i])
      if (missing !== undefined) throw unknownDependency(draft, missing)
    })
    return draft
  }

  /** Keys and ids of what follows have to be known before the task ends; `undefined` when there are none to look up. */
  foresee(unit: TaskUnit, drafts?: readonly Draft[]): Promise<unknown> | undefined {
    return this.#foresight.look(unit, drafts)
  }

  /** The follow-ups of a task that came to its end, in the commit of that end. */
  follow(unit: TaskUnit): void {
    this.#dedupe.free(unit)
    this.#flows.ended(unit)
    const { onSuccess, onFailure } = unit.extras
    const templates = unit.state === 'FINISHED' ? onSuccess : onFailure
    if (templates) {
      const { result, error } = unit.context
      const by = { unit, cause: causeOf(unit) }
      for (const template of templates as readonly FollowUp[]) {
        const input = unit.state === 'FINISHED' ? result : (error ?? null)
        const refused = this.#rules.kinds.refusal(template.kind)
        if (!refused) this.#place(draftOfFollowUp(this.#rules, template, input), by)
        else {
          this.#ledger.settings.log.error(`a follow-up of ${unit.id} is in quarantine: ${refused.message}`)
          keepOrphan(this.#ledger, this.#rules, { template, input, error: refused }, (draft) => extrasOf(draft, by))
        }
      }
    }
    // The drafts of a success are still to come.
    if (unit.state !== 'FINISHED') this.#foresight.release(unit)
  }

  /** Tasks that a processor asked for, in the commit of its success. */
  makeAll(unit: TaskUnit, drafts: readonly Draft[]): void {
    if (drafts.length > 0) {
      const by = { unit, cause: { id: unit.id, state: 'FINISHED', ...hiddenOf(unit) } as const }
      const names = new Map<string, string>()
      const nameOf = (id: string) => names.get(id) ?? id
      for (const draft of drafts) names.set(draft.id, this.#place(draft, by, undefined, nameOf).id)
    }
    this.#foresight.release(unit)
  }

  /** The task of a draft: one that is there, one that becomes what is asked for now, or a new one. */
  #place(draft: Draft, by?: Maker, present?: string, nameOf?: (id: string) => string): Admitted {
    // What was looked up may be old: a call before this one, or one of the same call, may have taken the key over.
    const there = present === draft.id ? present : (this.#taken(draft) ?? present)
    if (there !== undefined) return { id: there, created: false }
    const { key } = draft.extras
    const holder = replaces(draft) && key !== undefined ? this.#dedupe.holder(draft.kind.name, key) : undefined
    const unit = holder === undefined ? undefined : this.#ledger.directory.resident(holder)
    if (unit && replaceBy(this.#ledger, unit, draft, extrasOf(draft, by))) return { id: unit.id, created: false }
    if (unit) giveUpKey(this.#ledger, unit)
    // The one that has the key went to sleep since it was looked up: better one run more than a call that is lost.
    const made = holder === undefined || unit ? draft : withoutKey(draft)
    return { id: this.make(made, by, nameOf).id, created: true }
  }

  #taken(draft: Draft): string | undefined {
    const { named, id, kind, extras, repeat } = draft
    if (named && this.#ledger.directory.resident(id)) return id
    if (extras.key === undefined || replaces(draft)) return undefined
    const window = repeat ? this.#throttle.holder(kind.name, extras.key) : undefined
    return window ?? this.#dedupe.holder(kind.name, extras.key)
  }

  /** Calls with an id or a key in common look and make one after another: what one makes, the next one finds. */
  inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#turns.take(names, work)
  }

  /** The first of what may come again. */
  #begin(repeat: Repeat, unit: TaskUnit, steady: number): void {
    const { kind, id, extras } = unit
    if (repeat.type === 'throttle' && extras.key !== undefined)
      this.#throttle.open(kind.name, extras.key, id, repeat.windowMs)
    if (repeat.type === 'debounce' && repeat.maxMs !== undefined)
      unit.extras = { ...extras, pushedUntil: steady + repeat.maxMs }
  }

  /** What a call will change is in memory while it is made; keys may have other holders once those have been read. */
  async #lookAndMake(drafts: readonly Draft[], ordered: readonly Draft[], by: On): Promise<Admitted[]> {
    for (let looks = 1; ; looks++) {
      const present = await this.#lookup(drafts)
      await this.#foresight.lookFor(drafts)
      const making = drafts.filter((draft) => !present.has(draft))
      const holders = making.flatMap((draft) => this.#replaced(draft) ?? [])
      const named = new Set(drafts.filter((draft) => draft.named).map(({ id }) => id))
      const parents = making.flatMap(({ needs }) => needs?.tasks.filter((id) => !named.has(id)) ?? [])
      const { directory } = this.#ledger
      const admitted = await directory.use([...new Set([...parents, ...holders])], async () => {
        if (looks < MOST_LOOKS && making.some((draft) => this.#asleep(draft))) return undefined
        for (const draft of making) {
          const missing = draft.needs?.tasks.find((id) => !named.has(id) && !isThere(draft, directory.resident(id)))
          if (missing !== undefined) throw unknownDependency(draft, missing)
        }
        return this.#makeThose(drafts, ordered, present, by)
      })
      if (admitted) return admitted
    }
  }

  /** Who has the key of a draft that replaces. */
  #replaced(draft: Draft): string | undefined {
    const { key } = draft.extras
    return key === undefined || !replaces(draft) ? undefined : this.#dedupe.holder(draft.kind.name, key)
  }

  #asleep(draft: Draft): boolean {
    const holder = this.#replaced(draft)
    return holder !== undefined && !this.#ledger.directory.resident(holder)
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
    const aside = await this.#firstAside([...named].flatMap(([id, draft]) => (present.has(draft) ? [] : [id])))
    if (aside !== undefined) throw new HoldfastError('ERR_DUPLICATE_ID', `a task '${aside}' is in quarantine`)
    for (const draft of drafts) {
      const { kind, extras, repeat } = draft
      if (extras.key === undefined || present.has(draft)) continue
      const window = repeat?.type === 'throttle' ? await this.#throttle.lookup(kind.name, extras.key) : undefined
      const holder = await this.#dedupe.lookup(kind.name, extras.key)
      const there = window ?? (replaces(draft) ? undefined : holder)
      if (there !== undefined) present.set(draft, there)
    }
    return present
  }

  /** Makes them in an order in which each comes after those it depends on; answers in the order asked. */
  #makeThose(
    drafts: readonly Draft[],
    ordered: readonly Draft[],
    present: ReadonlyMap<Draft, string>,
    { asker, within }: On,
  ): Admitted[] {
    this.#checkRoom(drafts.filter((draft) => !present.has(draft) && this.#adds(draft)))
    within?.()
    if (asker) return drafts.map((draft) => this.#makeFor(asker, draft, present.get(draft)))
    // Within one call, too, a key makes one task.
    if (ordered === drafts) return drafts.map((draft) => this.#place(draft, undefined, present.get(draft)))
    const made = new Map<Draft, Admitted>()
    const names = new Map<string, string>()
    for (const draft of ordered) {
      const admitted = this.#place(draft, undefined, present.get(draft), (id) => names.get(id) ?? id)
      made.set(draft, admitted)
      if (draft.named) names.set(draft.id, admitted.id)
    }
    return drafts.map((draft) => made.get(draft) as Admitted)
  }

  /** A task that a machine has made on its way: both are one commit. */
  #makeFor({ unit, wanted, done }: Asker, draft: Draft, present?: string): Admitted {
    if (!wanted()) throw new HoldfastError('ERR_RUN_OVER')
    const cause = { id: unit.id, state: 'RUNNING', ...hiddenOf(unit) } as const
    const admitted = this.#place(draft, { unit, cause }, present)
    this.#ledger.paced(unit, () => done(admitted))
    return admitted
  }

  /** False when a task that waits already becomes this one. */
  #adds(draft: Draft): boolean {
    const holder = this.#replaced(draft)
    return holder === undefined || this.#ledger.directory.resident(holder)?.state === 'RUNNING'
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

/** A key that changes hands each time it has been looked up is left to its holder. */
const MOST_LOOKS = 5
const itself = (id: string) => id

/** What a task makes is of its group, unless it says otherwise. */
function extrasOf({ inherits, extras }: Draft, by: Maker | undefined): TaskExtras {
  if (!by) return extras
  const { group } = by.unit.extras
  return { ...extras, ...(inherits && group !== undefined ? { group } : {}), cause: by.cause }
}

function countOf({ needs }: Draft, { all }: Awaited): NonNullable<TaskExtras['dependencies']> {
  return { count: all.length, failed: needs?.failed ?? 'cancel' }
}
