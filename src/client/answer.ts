/** Answers, read and held to be what they should: what is no JSON of ours becomes an error that says so. */
import { CODES, type ErrorCode, HoldfastError, type Issue } from '../model/errors.js'
import type { Opened } from './transport.js'

type Members = Readonly<Record<string, unknown>>

export class Answer {
  readonly status: number
  readonly text: string
  /** Seconds after which a refused request may come again. */
  readonly retryAfter: number | undefined
  readonly #type: string

  constructor(opened: Opened, text: string) {
    const { statusCode = 0, headers } = opened.response
    const after = Number(headers['retry-after'] ?? Number.NaN)
    this.status = statusCode
    this.text = text
    this.retryAfter = after >= 0 ? after : undefined
    this.#type = headers['content-type'] ?? ''
  }

  /** @throws ERR_TOO_LARGE, ERR_NO_ANSWER */
  static async of(opened: Opened, limit: number): Promise<Answer> {
    return new Answer(opened, await textOf(opened, limit))
  }

  /** An object of which nothing is known yet. @throws ERR_BAD_ANSWER */
  object<Shape extends object>(): Shape {
    const found = /^application\/(problem\+)?json\b/i.test(this.#type) ? parsed(this.text) : undefined
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Shape
    throw bad(`status ${this.status}, ${this.#type.slice(0, 100) || 'no content type'}: ${this.text.slice(0, 100)}`)
  }

  /** The members `items` and `cursor` of a page, or of a list. @throws ERR_BAD_ANSWER */
  page<Item>(): { items: Item[]; cursor: string | undefined } {
    const { items, cursor } = this.object<Members>()
    if (!Array.isArray(items) || (cursor !== undefined && typeof cursor !== 'string')) throw bad('it has no items')
    return { items, cursor }
  }

  /** @throws ERR_BAD_ANSWER */
  count(): number {
    const { count } = this.object<Members>()
    if (typeof count === 'number') return count
    throw bad('it has no count')
  }

  /** What a status of 400 and more means. */
  problem(): HoldfastError {
    let found: Members
    try {
      found = this.object<Members>()
    } catch (error) {
      return error as HoldfastError
    }
    const { code, detail, hint, issues } = found
    if (typeof code !== 'string' || typeof detail !== 'string')
      return bad(`status ${this.status}: ${this.text.slice(0, 100)}`)
    // A daemon of a later version may have codes that nobody here knows.
    const known = Object.hasOwn(CODES, code)
    const instead = this.status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_INTERNAL'
    return new HoldfastError(known ? (code as ErrorCode) : instead, known ? detail : `${code}: ${detail}`, {
      ...(typeof hint === 'string' ? { hint } : {}),
      ...(Array.isArray(issues) ? { issues: issues as Issue[] } : {}),
    })
  }
}

export function bad(what: string): HoldfastError {
  return new HoldfastError('ERR_BAD_ANSWER', `the answer is not one of holdfast: ${what}`)
}

/** For what may be asked for without being there. @throws all but ERR_NOT_FOUND */
export function absent(error: unknown): undefined {
  if (error instanceof HoldfastError && error.code === 'ERR_NOT_FOUND') return undefined
  throw error
}

async function textOf(opened: Opened, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of opened.response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) {
        throw new HoldfastError('ERR_TOO_LARGE', `the answer has more than ${limit} bytes`, {
          hint: 'Ask for less at a time (`limit`), or raise `answerLimit` of the client.',
        })
      }
      chunks.push(chunk)
    }
  } catch (error) {
    throw opened.failure(error)
  } finally {
    opened.close()
  }
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
