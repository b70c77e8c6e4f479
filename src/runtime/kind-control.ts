/**
 * What is decided about kinds while the runtime runs: settings, retirement. All of it is one record a kind, and holds
 * from the moment it is on disk; changes of one kind are made one after another.
 */
import { HoldfastError } from '../model/errors.js'
import { keyOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import type { RateView } from './bucket.js'
import { inForce, merged, type Overrides, overridesText } from './kind-settings.js'
import type { Kind, Kinds } from './kinds.js'
import type { TaskLog } from './log.js'
import type { Quotas } from './quotas.js'
import { Turns } from './turns.js'

/** A kind as it is now. */
export interface KindView {
  readonly name: string
  readonly processor: 'function' | 'machine' | 'remote'
  readonly version: number
  readonly route: string
  readonly aliases: readonly string[]
  /** False: for the HTTP API the kind and its tasks are not there. */
  readonly api: boolean
  /** It takes no new tasks. */
  readonly retired: boolean
  /** Why its tasks start nowhere just now. */
  readonly held: readonly string[]
  /** The settings in force. */
  readonly settings: object
  /** What was set does not fit the schema any more: the defaults hold until it is set anew. */
  readonly settingsError?: string
  readonly concurrency?: number | { readonly limit: number }
  readonly rateLimit?: RateView
}

/** What is kept of one kind. */
interface Kept {
  readonly settings?: Overrides
  readonly retired?: true
}

interface Standing {
  kept: Kept
  settings: object
  settingsError: string | undefined
}

const NOTHING: Kept = {}

export class KindControl {
  readonly #kinds: Kinds
  readonly #quotas: Quotas
  readonly #store: Store
  readonly #commit: GroupCommit
  readonly #limit: number
  readonly #log: TaskLog
  readonly #standings = new Map<Kind, Standing>()
  readonly #turns = new Turns()
  /** How often the store was read. */
  #age = 0

  constructor(parts: {
    kinds: Kinds
    quotas: Quotas
    store: Store
    commit: GroupCommit
    limit: number
    log: TaskLog
  }) {
    this.#kinds = parts.kinds
    this.#quotas = parts.quotas
    this.#store = parts.store
    this.#commit = parts.commit
    this.#limit = parts.limit
    this.#log = parts.log
  }

  /** What the store says is in force. @throws ERR_INVALID_DEFINITION when the defaults do not fit a slow schema */
  async restore(): Promise<void> {
    this.#age++
    for (const kind of this.#kinds.all()) {
      const texts = await this.#store.getMany(keysOf(kind))
      await this.#stand(kind, keptIn(texts.find((text) => text !== undefined)))
    }
  }

  /** The settings that a run of the kind sees. */
  settings(kind: Kind): object {
    return this.#of(kind).settings
  }

  list(): KindView[] {
    return [...this.#kinds.all()].map((kind) => this.#view(kind))
  }

  get(name: string): KindView {
    return this.#view(this.#kinds.get(name))
  }

  async set(name: string, patch: object): Promise<KindView> {
    const kind = this.#kinds.get(name)
    const changes = JSON.parse(overridesText(patch, 'settings', this.#limit)) as Overrides
    return this.#change(kind, ({ settings = {}, ...kept }) => {
      const overrides = merged(settings, changes)
      overridesText(overrides, `settings of '${kind.name}'`, this.#limit)
      return Object.keys(overrides).length === 0 ? kept : { ...kept, settings: overrides }
    })
  }

  retire(name: string): Promise<KindView> {
    return this.#change(this.#kinds.get(name), (kept) => ({ ...kept, retired: true }))
  }

  restoreKind(name: string): Promise<KindView> {
    return this.#change(this.#kinds.get(name), ({ retired: _, ...kept }) => kept)
  }

  #change(kind: Kind, change: (kept: Kept) => Kept): Promise<KindView> {
    return this.#turns.take([kind.name], () => this.#make(kind, change))
  }

  async #make(kind: Kind, change: (kept: Kept) => Kept): Promise<KindView> {
    const age = this.#age
    const standing = this.#of(kind)
    const kept = change(standing.kept)
    const known = kept.settings === standing.kept.settings
    const settings = known ? standing.settings : await inForce(kind.settings, kept.settings ?? {}, kind.name)
    // The disk failed while a schema took its time: what this was to change is read anew.
    if (age !== this.#age) throw new HoldfastError('ERR_DEGRADED')
    const [key, ...before] = keysOf(kind)
    this.#commit.put(key as string, JSON.stringify(kept))
    for (const each of before) this.#commit.del(each)
    this.#commit.after(() => {
      this.#enact(kind, { kept, settings, settingsError: known ? standing.settingsError : undefined })
      this.#kinds.retire(kind, kept.retired === true)
    })
    await this.#commit.durable()
    return this.#view(kind)
  }

  async #stand(kind: Kind, kept: Kept): Promise<void> {
    const defaults = await inForce(kind.settings, {}, kind.name, `task '${kind.name}'`)
    let settings = defaults
    let settingsError: string | undefined
    try {
      if (kept.settings) settings = await inForce(kind.settings, kept.settings, kind.name)
    } catch (error) {
      settingsError = (error as Error).message
      this.#log.warn(`the defaults hold: what was set does not fit any more: ${settingsError}`, { kind: kind.name })
    }
    this.#enact(kind, { kept, settings, settingsError })
    this.#kinds.retire(kind, kept.retired === true)
  }

  #enact(kind: Kind, standing: Standing): void {
    this.#standings.set(kind, standing)
    kind.settings.now = standing.settings
  }

  #of(kind: Kind): Standing {
    return this.#standings.get(kind) as Standing
  }

  #view(kind: Kind): KindView {
    const { settings, settingsError } = this.#of(kind)
    const { concurrency, perKey, by } = kind
    const { held, bucket } = this.#quotas.of(kind)
    const most = concurrency ?? (by || perKey > 1 ? { limit: perKey } : undefined)
    return {
      name: kind.name,
      processor: kind.remote ? 'remote' : kind.machine ? 'machine' : 'function',
      version: kind.version,
      route: kind.route,
      aliases: kind.aliases,
      api: kind.api,
      retired: this.#kinds.isRetired(kind),
      held: [...held],
      settings,
      ...(settingsError === undefined ? {} : { settingsError }),
      ...(most === undefined ? {} : { concurrency: most }),
      ...(bucket ? { rateLimit: bucket.view } : {}),
    }
  }
}

/** Where it is kept, and where it was under the names the kind had before. */
function keysOf({ name, aliases }: Kind): string[] {
  return [name, ...aliases].map((each) => keyOf('part', `kind!${each}`))
}

/** A damaged record is none: tasks do not depend on it. */
function keptIn(text: string | undefined): Kept {
  try {
    const kept: unknown = text === undefined ? NOTHING : JSON.parse(text)
    return typeof kept === 'object' && kept !== null ? (kept as Kept) : NOTHING
  } catch {
    return NOTHING
  }
}
