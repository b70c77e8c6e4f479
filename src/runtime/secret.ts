/** Secrets of 256 bits of chance: they can be neither guessed nor tried out, so their SHA-256 is all that is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { customAlphabet } from 'nanoid'

/** What can be said of a secret aloud. */
export const freshId = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 12)
/** Compared with when there is no such secret: it takes as long. */
const NOBODY = createHash('sha256').update('').digest()

export function freshSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** As it is kept. */
export function hashOf(secret: string): string {
  return digest(secret).toString('base64url')
}

/** In the same time whatever is wrong; `hash` is none when there is nothing to compare with. */
export function isSecret(secret: string, hash: string | undefined): boolean {
  const same = timingSafeEqual(digest(secret), hash === undefined ? NOBODY : Buffer.from(hash, 'base64url'))
  return same && hash !== undefined
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
