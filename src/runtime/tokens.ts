/**
 * Tokens: who may come in from elsewhere. A token is 256 bits of chance, so its SHA-256 can be neither guessed nor
 * tried out; that hash is all the store has. Nothing is kept in memory: a token that was revoked is refused at once.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { customAlphabet } from 'nanoid'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { keyOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import { checkName, invalid, onlyKnown } from './checks.js'

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
const freshId = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 12)
/** Compared with when there is no such token: it takes as long. */
const NOBODY = createHash('sha256').update('').digest()

export class Tokens {
  readonly #store: Store
  readonly #commit: GroupCommit
  readonly #clock: { wall(): number }
  readonly #assertWorking: () => void

  constructor(parts: { store: Store; commit: GroupCommit; clock: { wall(): number }; assertWorking: () => void }) {
    this.#store = parts.store
    this.#commit = parts.commit
    this.#clock = parts.clock
    this.#assertWorking = parts.assertWorking
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
    const secret = randomBytes(32).toString('base64url')
    const stored: StoredToken = { name, scope, at: this.#clock.wall(), hash: hashOf(secret).toString('base64url') }
    this.#commit.put(keyOf('part', PREFIX + id), JSON.stringify(stored))
    await this.#commit.durable()
    return { ...viewOf(id, stored), token: `hf_${id}_${secret}` }
  }

  async list(): Promise<TokenView[]> {
    this.#assertWorking()
    const entries = await this.#store.page({ ...range(), limit: MOST })
    return entries.map(([key, text]) => viewOf(key.slice(keyOf('part', PREFIX).length), JSON.parse(text)))
  }

  /** From now on it is refused. @throws ERR_NOT_FOUND */
  async revoke(id: string): Promise<void> {
    this.#assertWorking()
    const key = keyOf('part', PREFIX + checkName(id, 'id'))
    if ((await this.#store.get(key)) === undefined) throw new HoldfastError('ERR_NOT_FOUND', `no token '${id}'`)
    this.#commit.del(key)
    await this.#commit.durable()
  }

  /** Whose token that is; `undefined` for what is none, in the same time for all that looks like one. */
  async verify(token: string): Promise<TokenView | undefined> {
    const [, id, secret] = SHAPE.exec(token) ?? []
    if (id === undefined || secret === undefined) return undefined
    const text = await this.#store.get(keyOf('part', PREFIX + id))
    const stored = text === undefined ? undefined : (JSON.parse(text) as StoredToken)
    const same = timingSafeEqual(hashOf(secret), stored ? Buffer.from(stored.hash, 'base64url') : NOBODY)
    return same && stored ? viewOf(id, stored) : undefined
  }
}

function range(): { gt: string; lt: string } {
  return { gt: keyOf('part', PREFIX), lt: keyOf('part', `${PREFIX.slice(0, -1)}"`) }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function viewOf(id: string, { name, scope, at }: StoredToken): TokenView {
  return { id, name, scope, createdAt: isoTime(at) }
}
