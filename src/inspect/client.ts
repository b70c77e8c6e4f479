/** A client of `holdfast.inspect.v1`: what it asks for is done, and answered where it wants to know. */
import { type Rate, rateOf, spent, tokens } from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { Scope } from '../runtime/tokens.js'
import { type Feed, MESSAGES_PER_SECOND } from './feed.js'
import type { Hub } from './hub.js'
import { type Line, MOST_WAITING } from './line.js'
import type { Message } from './messages.js'
import { askedIn, MOST_SUBSCRIPTIONS, type Reference, type Request } from './request.js'
import type { Source } from './source.js'
import { LONGEST_CONTEXT } from './task-view.js'

/** Bytes of a message from a client. */
export const LONGEST_MESSAGE = 64 * 1024
const RATE: Rate = rateOf(50, 1_000, 500)

export interface Parts {
  readonly source: Source
  readonly hub: Hub
  readonly clock: Clock
  readonly line: Line
  readonly scope: Scope
  readonly allow: (scope: Scope) => Promise<void>
}

export class Client {
  readonly #parts: Parts
  readonly #feed: Feed
  #tat = 0

  constructor(parts: Parts) {
    const { source, hub, clock, line, scope } = parts
    this.#parts = parts
    this.#feed = hub.join({
      tell: (messages: readonly Message[]) => line.send(messages),
      dropped: (count, at) => line.send([{ type: 'dropped', at, count }]),
      ready: () => line.ready(),
      get closed() {
        return line.closed
      },
    })
    line.send([
      {
        type: 'hello',
        at: new Date(clock.wall()).toISOString(),
        version: 1,
        state: source.runtime.state,
        scope,
        boot: clock.boot,
        limits: {
          messagesPerSecond: MESSAGES_PER_SECOND,
          bufferedBytes: MOST_WAITING,
          messageBytes: LONGEST_MESSAGE,
          contextBytes: LONGEST_CONTEXT,
        },
      },
    ])
  }

  async heard(text: string): Promise<void> {
    const { clock, line } = this.#parts
    const now = Math.floor(clock.steady())
    if (tokens(RATE, this.#tat, now) === 0) {
      line.close(1008, 'too many messages')
      return
    }
    this.#tat = spent(RATE, this.#tat, now)
    const { re, request } = askedIn(text)
    try {
      const answer = await this.#do(request())
      if (re !== undefined) this.#say('answer', re, answer)
    } catch (error) {
      const known = error instanceof HoldfastError ? error : new HoldfastError('ERR_INTERNAL')
      this.#say('refused', re, { code: known.code, message: known.message, hint: known.hint })
    }
  }

  close(): void {
    this.#parts.hub.part(this.#feed)
  }

  async #do(request: Request): Promise<object> {
    const { hub, source, allow } = this.#parts
    const feed = this.#feed
    switch (request.type) {
      case 'subscribe': {
        const { name, interest } = request
        if (!feed.interests.has(name) && feed.interests.size >= MOST_SUBSCRIPTIONS)
          throw new HoldfastError('ERR_TOO_MANY', `${MOST_SUBSCRIPTIONS} subscriptions already`)
        const telling = feed.subscribe(name, interest)
        hub.look()
        const told = await telling
        this.#say('caught-up', undefined, { name, ...told })
        return {}
      }
      case 'unsubscribe':
        feed.unsubscribe(request.name)
        hub.look()
        return {}
      case 'pause':
        feed.pause()
        return {}
      case 'resume':
        feed.resume()
        return {}
      case 'send': {
        const { task, event, key } = request
        await allow('write')
        await source.seen.send(task, event, key === undefined ? {} : { once: key })
        return {}
      }
    }
  }

  #say(type: string, re: Reference | undefined, more: object): void {
    const { line, clock } = this.#parts
    const at = new Date(clock.wall()).toISOString()
    line.send([{ type, at, ...(re === undefined ? {} : { re }), ...more }])
  }
}
