/**
 * Sessions: a token exchanged for a secret that a browser keeps. A session is of its token, so it has its scope and
 * ends with it; it is durable, so a page goes on over a restart of the daemon. Only hashes are kept.
 */
import { isoTime } from '../model/duration.js'
import { keyOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import { freshId, freshSecret, hashOf, isSecret } from './secret.js'
import type { TokenView } from './tokens.js'

/** A session as its holder is told of it. */
export interface SessionView {
  readonly token: TokenView
  readonly until: string
}

interface StoredSession {
  readonly token: string
  /** On the steady hand. */
  readonly until: number
  readonly hash: string
}

const LENGTH_MS = 30 * 24 * 3_600_000
const MOST = 100
const SHAPE = /^hs_([0-9a-z]{12})_([\w-]{43})$/
const PREFIX = 'session!'

interface Parts {
  readonly store: Store
  readonly commit: GroupCommit
  readonly clock: { wall(): number; steady(): number }
  readonly assertWorking: () => void
  /** The token of an id, while there is one. */
  readonly token: (id: string) => Promise<TokenView | undefined>
}

export class Sessions {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Begins one of 30 days; at most 100 are kept, the one that ends first goes. `session` is told this once. */
  async begin(token: TokenView): Promise<SessionView & { readonly session: string }> {
    const { commit, clock, assertWorking } = this.#parts
    assertWorking()
    const now = clock.steady()
    const kept = (await this.#all()).sort((a, b) => a[1].until - b[1].until)
    const leaving = kept.filter(([, { until }], i) => until <= now || i <= kept.length - MOST)
    for (const [key] of leaving) commit.del(key)
    const [id, secret, until] = [freshId(), freshSecret(), now + LENGTH_MS]
    const stored: StoredSession = { token: token.id, until, hash: hashOf(secret) }
    commit.put(keyOf('part', PREFIX + id), JSON.stringify(stored))
    await commit.durable()
    return { token, until: this.#day(until), session: `hs_${id}_${secret}` }
  }

  /** Whose session that is; `undefined` for what is none, is over, or has lost its token. */
  async verify(session: string): Promise<SessionView | undefined> {
    const [, id, secret] = SHAPE.exec(session) ?? []
    if (id === undefined || secret === undefined) return undefined
    const text = await this.#parts.store.get(keyOf('part', PREFIX + id))
    const stored = text === undefined ? undefined : (JSON.parse(text) as StoredSession)
    if (!isSecret(secret, stored?.hash) || !stored || stored.until <= this.#parts.clock.steady()) return undefined
    const token = await this.#parts.token(stored.token)
    return token && { token, until: this.#day(stored.until) }
  }

  /** From now on it is none. */
  async end(session: string): Promise<void> {
    const [, id] = SHAPE.exec(session) ?? []
    if (id === undefined || !(await this.verify(session))) return
    this.#parts.commit.del(keyOf('part', PREFIX + id))
    await this.#parts.commit.durable()
  }

  /** Those of a token leave with it, in the commit that is filling. */
  async leave(token: string): Promise<void> {
    for (const [key, stored] of await this.#all()) if (stored.token === token) this.#parts.commit.del(key)
  }

  async #all(): Promise<[string, StoredSession][]> {
    const range = { gt: keyOf('part', PREFIX), lt: keyOf('part', `${PREFIX.slice(0, -1)}"`) }
    const entries = await this.#parts.store.page({ ...range, limit: 2 * MOST })
    return entries.map(([key, text]) => [key, JSON.parse(text) as StoredSession])
  }

  #day(steady: number): string {
    return isoTime(steady + this.#parts.clock.wall() - this.#parts.clock.steady())
  }
}
