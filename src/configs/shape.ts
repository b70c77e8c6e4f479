/**
 * Shapes: what a part of the file may look like, said once. Each shape is a JSON Schema, for editors, and a check of
 * our own, for messages that people understand; so the two cannot say different things.
 */
import { meantBy } from '../runtime/lint-keys.js'
import type { Findings, Path } from './finding.js'
import { kindOf } from './values.js'

type Schema = Readonly<Record<string, unknown>>
type Members = Readonly<Record<string, unknown>>

export interface Shape {
  readonly schema: Schema
  /** What it is called in a message: 'text', 'a list'. */
  readonly what: string
  readonly fits: (value: unknown) => boolean
  /** Asked of what fits at first sight: is all within it right, too? */
  readonly inside: (value: never, at: Path, findings: Findings) => void
}

const nothing = () => undefined

export function check(shape: Shape, value: unknown, at: Path, findings: Findings): void {
  if (shape.fits(value)) shape.inside(value as never, at, findings)
  else findings.error(at, `has to be ${shape.what}, not ${shownShort(value)}`)
}

export function shownShort(value: unknown): string {
  const kind = kindOf(value)
  if (kind === 'list' || kind === 'object') return `${kind === 'list' ? 'a' : 'an'} ${kind}`
  return JSON.stringify(value ?? null).slice(0, 60)
}

export const isObject = (value: unknown): value is Members => kindOf(value) === 'object'

export const flag: Shape = {
  schema: { type: 'boolean' },
  what: 'true or false',
  fits: (value) => typeof value === 'boolean',
  inside: nothing,
}

/** Text of 1 to `most` characters. */
export function text(what = 'text', most = 10_000, pattern?: string): Shape {
  const whole = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  return {
    schema: { type: 'string', minLength: 1, maxLength: most, ...(pattern === undefined ? {} : { pattern }) },
    what,
    // JSON Schema counts characters, and not the halves that JavaScript makes of some.
    fits: (value) =>
      typeof value === 'string' && value !== '' && [...value].length <= most && (whole?.test(value) ?? true),
    inside: nothing,
  }
}

export function oneOf(...values: readonly string[]): Shape {
  return {
    schema: { enum: values },
    what: values.map((value) => `'${value}'`).join(' or '),
    fits: (value) => values.includes(value as string),
    inside: nothing,
  }
}

export function number(what: string, least: number, most: number, whole = true): Shape {
  return {
    schema: { type: whole ? 'integer' : 'number', minimum: least, maximum: most },
    what,
    fits: (value) =>
      typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value)),
    inside: nothing,
  }
}

export function listOf(shape: Shape, what: string, { least = 0, most = 1_000 } = {}): Shape {
  return {
    schema: { type: 'array', items: shape.schema, minItems: least, maxItems: most },
    what,
    fits: (value) => Array.isArray(value) && value.length >= least && value.length <= most,
    inside: (items: readonly unknown[], at, findings) => {
      for (const [i, item] of items.entries()) check(shape, item, [...at, i], findings)
    },
  }
}

/** An object whose members are named by those who write it. */
export function mapOf(shape: Shape, what: string, names?: string): Shape {
  const legal = names === undefined ? undefined : new RegExp(names, 'u')
  return {
    schema: {
      type: 'object',
      additionalProperties: shape.schema,
      ...(names === undefined ? {} : { propertyNames: { pattern: names } }),
    },
    what,
    fits: isObject,
    inside: (members: Members, at, findings) => {
      for (const [name, member] of Object.entries(members)) {
        if (legal && !legal.test(name))
          findings.error([...at, name], 'cannot be named so', `Names here match ${names}.`, true)
        check(shape, member, [...at, name], findings)
      }
    },
  }
}

/** An object whose members are known. A word after a shape says for editors what it is. */
export function record(
  what: string,
  members: Readonly<Record<string, Shape | readonly [shape: Shape, says: string]>>,
  needed: readonly string[] = [],
): Shape {
  const shapes = new Map(
    Object.entries(members).map(([name, each]) => [name, 'schema' in each ? each : each[0]] as const),
  )
  const properties = Object.fromEntries(
    Object.entries(members).map(([name, each]) =>
      'schema' in each ? [name, each.schema] : [name, { ...each[0].schema, description: each[1] }],
    ),
  )
  const known = [...shapes.keys()]
  return {
    schema: {
      type: 'object',
      properties,
      additionalProperties: false,
      ...(needed.length > 0 ? { required: needed } : {}),
    },
    what,
    fits: isObject,
    inside: (value: Members, at, findings) => {
      for (const name of needed) if (!Object.hasOwn(value, name)) findings.error(at, `has no '${name}'`)
      for (const [name, member] of Object.entries(value)) {
        const shape = shapes.get(name)
        if (shape) check(shape, member, [...at, name], findings)
        else findings.error([...at, name], 'is no key here', meantHere(name, known), true)
      }
    },
  }
}

function meantHere(name: string, known: readonly string[]): string {
  const meant = meantBy(name, known)
  return meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean '${meant}'?`
}

/** One of several shapes, told apart at first sight. */
export function either(what: string, ...shapes: readonly Shape[]): Shape {
  const of = (value: unknown) => shapes.find(({ fits }) => fits(value))
  return {
    schema: { anyOf: shapes.map(({ schema }) => schema) },
    what,
    fits: (value) => of(value) !== undefined,
    inside: (value, at, findings) => of(value)?.inside(value, at, findings),
  }
}

/** One, or a list of them. */
export function several(shape: Shape): Shape {
  return either(`${shape.what}, or a list of them`, shape, listOf(shape, 'a list'))
}

/** Objects whose `type` says what else is in them; what has no shape of its own is `other`. */
export function byType(what: string, shapes: Readonly<Record<string, Shape>>, other: Shape): Shape {
  const named = Object.keys(shapes)
  const of = (value: Members): Shape =>
    typeof value.type === 'string' && Object.hasOwn(shapes, value.type) ? (shapes[value.type] as Shape) : other
  const when = (condition: Schema, then: Schema) => ({
    if: { type: 'object', properties: { type: condition }, required: ['type'] },
    then,
  })
  return {
    schema: {
      type: 'object',
      allOf: [
        ...named.map((name) => when({ const: name }, (shapes[name] as Shape).schema)),
        {
          if: { type: 'object', properties: { type: { enum: named } }, required: ['type'] },
          else: other.schema,
        },
      ],
    },
    what,
    fits: isObject,
    inside: (value: Members, at, findings) => of(value).inside(value as never, at, findings),
  }
}

/** A shape with a name of its own in the schema: states stand in states. */
export function defined(name: string, of: () => Shape): Shape {
  let made: Shape | undefined
  const shape = () => {
    made ??= of()
    return made
  }
  definitions.set(name, shape)
  return {
    schema: { $ref: `#/$defs/${name}` },
    get what() {
      return shape().what
    },
    fits: (value) => shape().fits(value),
    inside: (value, at, findings) => shape().inside(value, at, findings),
  }
}
const definitions = new Map<string, () => Shape>()

/** The schemas of all that has a name of its own. */
export function definedSchemas(): Readonly<Record<string, Schema>> {
  return Object.fromEntries([...definitions].map(([name, shape]) => [name, shape().schema]))
}

/** A JSON Schema: an object, or true and false. Whether it is one is asked of ajv. */
export const jsonSchema: Shape = {
  schema: { type: ['object', 'boolean'] },
  what: 'a JSON Schema',
  fits: (value) => isObject(value) || typeof value === 'boolean',
  inside: nothing,
}

/** Any object, which is nobody's business here. */
export const anyObject: Shape = {
  schema: { type: 'object' },
  what: 'an object',
  fits: isObject,
  inside: nothing,
}
