/**
 * Tokens: who may come in from elsewhere. The hash of its secret is all the store has of a token. Nothing is kept in
 * memory: a token that was revoked is refused at once.
 */
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { keyOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import { checkName, invalid, onlyKnown } from './checks.js'
import { freshId, freshSecret, hashOf, isSecret } from './secret.js'
import { Sessions } from './sessions.js'

/** `read` sees, `write` makes and changes tasks too, `admin` does everything, tokens included. */
export type Scope = 'read' | 'write' | 'admin'
const SCOPES: readonly Scope[] = ['read', 'write', 'admin']

/** A token as it is listed: without its secret, which nobody has but who was given it. */
export interface TokenView {
  readonly id: string
  readonly name: string
  readonly scope: Scope
  readonly createdAt: string
}

interface StoredToken {
  readonly name: string
  readonly scope: Scope
  readonly at: number
  /** SHA-256 of the secret, base64url. */
  readonly hash: string
}

const MOST = 1_000
const SHAPE = /^hf_([0-9a-z]{12})_([\w-]{43})$/
const PREFIX = 'token!'

export class Tokens {
  /** Tokens exchanged for what a browser keeps. */
  readonly sessions: Sessions
  readonly #store: Store
  readonly #commit: GroupCommit
  readonly #clock: { wall(): number }
  readonly #assertWorking: () => void

  constructor(parts: {
    store: Store
    commit: GroupCommit
    clock: { wall(): number; steady(): number }
    assertWorking: () => void
  }) {
    this.#store = parts.store
    this.#commit = parts.commit
    this.#clock = parts.clock
    this.#assertWorking = parts.assertWorking
    this.sessions = new Sessions({ ...parts, token: async (id) => viewOf(id, await this.#stored(id)) })
  }

  /**
   * Makes a token; `token` is shown this once and never again. At most 1,000 are kept.
   * @throws ERR_INVALID_ID, ERR_INVALID_OPTION, ERR_TOO_MANY
   * @example const { token } = await runtime.tokens.create({ name: 'garden', scope: 'write' })
   */
  async create(options: { readonly name: string; readonly scope: Scope }): Promise<TokenView & { token: string }> {
    this.#assertWorking()
    onlyKnown(options, ['name', 'scope'], 'tokens.create')
    const name = checkName(options.name, 'name')
    const { scope } = options
    if (!SCOPES.includes(scope)) throw invalid('scope', "'read', 'write' or 'admin'", scope)
    const kept = await this.#store.keys({ ...range(), limit: MOST })
    if (kept.length >= MOST) throw new HoldfastError('ERR_TOO_MANY', `${kept.length} tokens, the limit is ${MOST}`)
    const id = freshId()
    const secret = freshSecret()
    const stored: StoredToken = { name, scope, at: this.#clock.wall(), hash: hashOf(secret) }
    this.#commit.put(keyOf('part', PREFIX + id), JSON.stringify(stored))
    await this.#commit.durable()
    return { ...viewOf(id, stored), token: `hf_${id}_${secret}` }
  }

  async list(): Promise<TokenView[]> {
    this.#assertWorking()
    const entries = await this.#store.page({ ...range(), limit: MOST })
    return entries.map(([key, text]) => viewOf(key.slice(keyOf('part', PREFIX).length), JSON.parse(text)))
  }

  /** From now on it is refused, and its sessions are over. @throws ERR_NOT_FOUND */
  async revoke(id: string): Promise<void> {
    this.#assertWorking()
    const key = keyOf('part', PREFIX + checkName(id, 'id'))
    if ((await this.#store.get(key)) === undefined) throw new HoldfastError('ERR_NOT_FOUND', `no token '${id}'`)
    await this.sessions.leave(id)
    this.#commit.del(key)
    await this.#commit.durable()
  }

  /** Whose token that is; `undefined` for what is none, in the same time for all that looks like one. */
  async verify(token: string): Promise<TokenView | undefined> {
    const [, id, secret] = SHAPE.exec(token) ?? []
    if (id === undefined || secret === undefined) return undefined
    const stored = await this.#stored(id)
    return isSecret(secret, stored?.hash) ? viewOf(id, stored) : undefined
  }

  async #stored(id: string): Promise<StoredToken | undefined> {
    const text = await this.#store.get(keyOf('part', PREFIX + id))
    return text === undefined ? undefined : (JSON.parse(text) as StoredToken)
  }
}

function range(): { gt: string; lt: string } {
  return { gt: keyOf('part', PREFIX), lt: keyOf('part', `${PREFIX.slice(0, -1)}"`) }
}

function viewOf(id: string, stored: StoredToken): TokenView
function viewOf(id: string, stored: StoredToken | undefined): TokenView | undefined
function viewOf(id: string, stored: StoredToken | undefined): TokenView | undefined {
  if (!stored) return undefined
  const { name, scope, at } = stored
  return { id, name, scope, createdAt: isoTime(at) }
}
