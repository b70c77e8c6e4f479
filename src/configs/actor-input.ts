/** The input of an invoke against what its actor takes, as far as it is written out. */
import { nearest } from '../model/nearest.js'
import { holdsExpression, isExpression } from './data.js'
import type { Findings, Path } from './finding.js'
import { type JsonSchema, jsonSchema } from './json-schema.js'
import { membersOf } from './targets.js'

export function checkInput(src: string, schema: JsonSchema, input: unknown, at: Path, findings: Findings): void {
  if (isExpression(input)) return
  const place = input === undefined ? at : [...at, 'input']
  const wrong = checkNames(src, schema, input, place, findings)
  // What is worked out while the task runs is checked then; what is named wrongly was found.
  const written = Object.entries(membersOf(input)).filter(
    ([name, value]) => !wrong.has(name) && !holdsExpression(value),
  )
  const given = typeof (input ?? {}) === 'object' && !Array.isArray(input) ? Object.fromEntries(written) : input
  const result = jsonSchema(holdsExpression(input) ? membersAlone(schema) : unnamed(schema))['~standard'].validate(
    given,
  )
  if (result instanceof Promise || !result.issues) return
  for (const { path = [], message } of result.issues.slice(0, 5)) {
    const inside = path.map((part) => String(typeof part === 'object' ? part.key : part))
    findings.error([...place, ...inside], `does not fit the actor '${src}': ${message}`)
  }
}

/** The schema without the names that have to be there. */
const unnamed = (schema: JsonSchema): JsonSchema => (typeof schema === 'object' ? { ...schema, required: [] } : schema)

/** What a schema says of each member: of all of them together nothing can be said while some are not known. */
function membersAlone(schema: JsonSchema): JsonSchema {
  const parts = ['$schema', '$defs', 'definitions', 'properties']
  return Object.fromEntries(Object.entries(membersOf(schema)).filter(([keyword]) => parts.includes(keyword)))
}

/** What it has to have, and what it cannot have: gives the names of the latter. */
function checkNames(src: string, schema: JsonSchema, input: unknown, place: Path, findings: Findings): Set<string> {
  const { properties, required, additionalProperties } = membersOf(schema)
  const known = Object.keys(membersOf(properties))
  const given = Object.keys(membersOf(input))
  for (const name of Array.isArray(required) ? required : []) {
    if (!given.includes(name as string)) findings.error(place, `does not fit the actor '${src}': has no '${name}'`)
  }
  const wrong = additionalProperties === false ? given.filter((name) => !known.includes(name)) : []
  for (const name of wrong) {
    const near = nearest(name, known)
    const hint = near === undefined ? `It takes: ${known.join(', ')}.` : `Did you mean '${near}'?`
    findings.error([...place, name], `is nothing that the actor '${src}' takes`, hint, true)
  }
  return new Set(wrong)
}
