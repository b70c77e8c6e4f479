import { ActorFailure } from './failure.js'

/**
 * What a JSON Pointer (RFC 6901) points at.
 * @throws ERR_PICK when there is nothing
 * @example pointedAt({ items: [{ id: 7 }] }, '/items/0/id') === 7
 */
export function pointedAt(document: unknown, pointer: string): unknown {
  let at = document
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const legal = Array.isArray(at) ? /^(0|[1-9]\d*)$/.test(name) : typeof at === 'object' && at !== null
    if (!legal || !Object.hasOwn(at as object, name)) {
      throw new ActorFailure('ERR_PICK', `there is nothing at ${JSON.stringify(pointer)} in the body`)
    }
    at = (at as Record<string, unknown>)[name]
  }
  return at
}
