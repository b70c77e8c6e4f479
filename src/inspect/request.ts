/** What a client of the superset asks for, out of the text that it sent. */
import { HoldfastError } from '../model/errors.js'
import { checkKey, checkName, onlyKnown } from '../runtime/checks.js'
import { type Interest, interestOf } from './interest.js'

export const MOST_SUBSCRIPTIONS = 32

/** What it is answered by. */
export type Reference = number | string

export type Request =
  | { readonly type: 'subscribe'; readonly name: string; readonly interest: Interest }
  | { readonly type: 'unsubscribe'; readonly name: string }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | {
      readonly type: 'send'
      readonly task: string
      readonly event: { readonly type: string }
      readonly key: string | undefined
    }

export interface Asked {
  readonly re: Reference | undefined
  /** @throws ERR_BAD_REQUEST, ERR_INVALID_OPTION, ERR_INVALID_ID, ERR_TOO_MANY */
  readonly request: () => Request
}

/** Its reference is known even where the rest is wrong. */
export function askedIn(text: string): Asked {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return { re: undefined, request: () => refuse('the message is not JSON') }
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { re: undefined, request: () => refuse('the message is no object') }
  const message = given as Record<string, unknown>
  const { id } = message
  const usable = typeof id === 'number' || (typeof id === 'string' && id.length <= 128)
  return { re: usable ? id : undefined, request: () => requestOf(message) }
}

function requestOf(message: Readonly<Record<string, unknown>>): Request {
  const { type } = message
  switch (type) {
    case 'subscribe':
      return { type, name: nameIn(message), interest: interestOf(message) }
    case 'unsubscribe':
      onlyKnown(message, ['type', 'id', 'name'], type)
      return { type, name: nameIn(message) }
    case 'pause':
    case 'resume':
      onlyKnown(message, ['type', 'id'], type)
      return { type }
    case 'send': {
      onlyKnown(message, ['type', 'id', 'task', 'event', 'key'], type)
      const { task, event, key } = message
      if (typeof event !== 'object' || event === null) return refuse('send.event: an object with a type')
      return {
        type,
        task: checkName(task, 'send.task'),
        event: event as { type: string },
        key: key === undefined ? undefined : checkKey(key, 'send.key'),
      }
    }
    default:
      return refuse('type: subscribe, unsubscribe, pause, resume or send')
  }
}

function nameIn({ name = '' }: { readonly name?: unknown }): string {
  if (typeof name === 'string' && name.length <= 64) return name
  return refuse('name: a text of at most 64 characters')
}

function refuse(message: string): never {
  throw new HoldfastError('ERR_BAD_REQUEST', message)
}
