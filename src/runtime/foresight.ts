/**
 * What the end of a task will find: keys, windows and tasks that its follow-ups and drafts name. All of it is looked up
 * before the step, because the step cannot wait; what it will change is held in memory until then.
 */
import type { Dedupe } from './dedupe.js'
import type { Draft } from './draft.js'
import type { FollowUp } from './enqueue-options.js'
import type { Kinds } from './kinds.js'
import type { Ledger } from './ledger.js'
import type { Throttle } from './throttle.js'
import type { TaskUnit } from './unit.js'

interface Keyed {
  readonly kind: string
  readonly key: string
  /** The task that has the key will be changed. */
  readonly changes: boolean
  readonly throttled: boolean
}

export class Foresight {
  readonly #ledger: Ledger
  readonly #dedupe: Dedupe
  readonly #throttle: Throttle
  readonly #kinds: Kinds

  constructor(ledger: Ledger, dedupe: Dedupe, throttle: Throttle, kinds: Kinds) {
    this.#kinds = kinds
    this.#ledger = ledger
    this.#dedupe = dedupe
    this.#throttle = throttle
  }

  /** To be awaited before the task may come to its end; `undefined` when there is nothing to look up. */
  look(unit: TaskUnit, drafts: readonly Draft[] = []): Promise<unknown> | undefined {
    const { onSuccess, onFailure } = unit.extras
    if (!onSuccess && !onFailure && drafts.length === 0) return undefined
    const keyed = [
      ...this.#keysOf(onSuccess),
      ...this.#keysOf(onFailure),
      ...drafts.flatMap((draft) => this.#keysOfDraft(draft)),
    ]
    const ids = drafts.flatMap(({ named, id, needs }) => [...(named ? [id] : []), ...(needs?.tasks ?? [])])
    return keyed.length + ids.length === 0 ? undefined : this.#look(unit, keyed, ids)
  }

  /** What becomes of drafts at once has to be known as well: one that depends on a dead task ends in its first commit. */
  async lookFor(drafts: readonly Draft[]): Promise<void> {
    for (const { needs, extras } of drafts) if (needs) await this.#holders(this.#keysOf(extras.onFailure))
  }

  /** The end has come, or the task leaves memory. */
  release(unit: TaskUnit): void {
    if (!unit.foreseen) return
    for (const each of unit.foreseen) each.pins--
    unit.foreseen = undefined
  }

  async #look(unit: TaskUnit, keyed: readonly Keyed[], ids: readonly string[]): Promise<void> {
    const { directory } = this.#ledger
    const holders = await this.#holders(keyed)
    const hold = (each: TaskUnit) => {
      if (each === unit || unit.foreseen?.has(each)) return
      each.pins++
      unit.foreseen ??= new Set()
      unit.foreseen.add(each)
    }
    const all = [...new Set([...holders, ...ids])]
    if (all.length > 0) await directory.activate(all, hold)
    if (unit.ended || directory.resident(unit.id) !== unit) this.release(unit)
  }

  /** Looks up what is known of some keys; gives the tasks that will be changed. */
  async #holders(keyed: readonly Keyed[]): Promise<string[]> {
    const holders = await Promise.all(
      keyed.map(async ({ kind, key, changes, throttled }) => {
        if (throttled) await this.#throttle.lookup(kind, key)
        const holder = await this.#dedupe.lookup(kind, key)
        return changes ? holder : undefined
      }),
    )
    return holders.filter((id) => id !== undefined)
  }

  #keysOf(templates: readonly object[] = []): Keyed[] {
    return (templates as readonly FollowUp[]).flatMap(({ kind: name, key, replace, debounce, throttle }) => {
      if (key === undefined) return []
      const kind = this.#kinds.nameOf(name)
      return [{ kind, key, changes: replace === true || debounce !== undefined, throttled: throttle !== undefined }]
    })
  }

  #keysOfDraft({ kind, extras, repeat, needs }: Draft): Keyed[] {
    const { key, onFailure } = extras
    const throttled = repeat?.type === 'throttle'
    const own = key === undefined ? [] : [{ kind: kind.name, key, changes: Boolean(repeat) && !throttled, throttled }]
    return needs ? [...own, ...this.#keysOf(onFailure)] : own
  }
}
