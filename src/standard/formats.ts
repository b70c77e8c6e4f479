/**
 * What a text in an input has to be, beyond what JSON Schema has words for: formats of our own. They are asked of what
 * is written in a machine file, before anything runs; what an expression works out is looked at by its actor.
 */
import { isDuration } from '../model/duration.js'
import { urlOf } from './http-url.js'
import type { JsonSchema } from './input.js'

export interface Format {
  /** What is said of a text that is none. */
  readonly says: string
  readonly fits: (text: string) => boolean
}

export const FORMATS: Readonly<Record<string, Format>> = {
  'holdfast-duration': { says: "is no duration: milliseconds, or text such as '10m'", fits: isDuration },
  'holdfast-url': { says: 'is no address of http or https without user and password', fits: isHttp },
}

/** The schema of a duration. */
export const duration = (description: string): JsonSchema => ({
  type: ['string', 'number'],
  format: 'holdfast-duration',
  minimum: 0,
  description,
})

function isHttp(text: string): boolean {
  try {
    urlOf(text)
    return true
  } catch {
    return false
  }
}
