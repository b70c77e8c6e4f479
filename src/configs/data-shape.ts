/** The shapes of data: any JSON, in which `{ "$": "..." }` is an expression. */
import type { Findings, Path } from './finding.js'
import { check, defined, isObject, type Shape, shownShort } from './shape.js'

type Members = Readonly<Record<string, unknown>>

/** Any JSON; an object with `$` is an expression, and nothing but it. */
export const data: Shape = defined('data', () => ({
  schema: {
    description: 'Any JSON; {"$": "context.count + 1"} is an expression over context, event, settings and input.',
    if: { type: 'object', required: ['$'] },
    // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
    then: { properties: { $: { type: 'string', minLength: 1 } }, additionalProperties: false },
    else: { additionalProperties: { $ref: '#/$defs/data' }, items: { $ref: '#/$defs/data' } },
  },
  what: 'JSON',
  fits: () => true,
  inside: (value: unknown, at, findings) => {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) check(data, item, [...at, i], findings)
    else if (isObject(value)) checkData(value, at, findings)
  },
}))

function checkData(value: Members, at: Path, findings: Findings): void {
  if (!Object.hasOwn(value, '$')) {
    for (const [name, member] of Object.entries(value)) check(data, member, [...at, name], findings)
    return
  }
  const { $ } = value
  if (typeof $ !== 'string' || $ === '')
    findings.error([...at, '$'], `has to be an expression as text, not ${shownShort($)}`)
  for (const name of Object.keys(value)) {
    if (name !== '$')
      findings.error([...at, name], 'stands beside an expression', 'An object with `$` is that expression alone.', true)
  }
}

/** `{ "$": ... }` and nothing else. */
export const expressionOnly: Shape = {
  schema: {
    type: 'object',
    properties: { $: { type: 'string', minLength: 1 } },
    required: ['$'],
    additionalProperties: false,
  },
  what: 'an expression',
  fits: (value) => isObject(value) && Object.hasOwn(value, '$'),
  inside: (value: Members, at, findings) => checkData(value, at, findings),
}

/** An object of data: not a list, not an expression as a whole. */
export const dataMap: Shape = {
  schema: { type: 'object', additionalProperties: data.schema, not: { required: ['$'] } },
  what: 'an object of data',
  fits: (value) => isObject(value) && !Object.hasOwn(value, '$'),
  inside: (value: Members, at, findings) => checkData(value, at, findings),
}

/** An object of data with a `type` that is written out. */
export function eventShape(what: string): Shape {
  const type = { type: 'string', minLength: 1, maxLength: 200 }
  return {
    schema: { ...dataMap.schema, properties: { type }, required: ['type'] },
    what,
    fits: (value) => {
      if (!dataMap.fits(value)) return false
      const { type } = value as Members
      return typeof type === 'string' && type !== '' && [...type].length <= 200
    },
    inside: dataMap.inside,
  }
}
