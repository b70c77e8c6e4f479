/** The input of an invoke against what its actor takes, as far as it is written out. */
import { nearest } from '../runtime/lint-keys.js'
import { holdsExpression, isExpression } from './data.js'
import type { Findings, Path } from './finding.js'
import { type JsonSchema, jsonSchema } from './json-schema.js'
import { membersOf } from './targets.js'

export function checkInput(src: string, schema: JsonSchema, input: unknown, at: Path, findings: Findings): void {
  const place = input === undefined ? at : [...at, 'input']
  if (isExpression(input)) return
  if (!holdsExpression(input)) {
    const result = jsonSchema(schema)['~standard'].validate(input ?? {})
    if (result instanceof Promise || !result.issues) return
    for (const { path = [], message } of result.issues.slice(0, 5)) {
      const inside = path.map((part) => String(typeof part === 'object' ? part.key : part))
      findings.error([...place, ...(input === undefined ? [] : inside)], `does not fit the actor '${src}': ${message}`)
    }
    return
  }
  const { properties, required, additionalProperties } = membersOf(schema)
  const known = Object.keys(membersOf(properties))
  const given = Object.keys(membersOf(input))
  for (const name of Array.isArray(required) ? required : []) {
    if (!given.includes(name as string)) findings.error(place, `does not fit the actor '${src}': has no '${name}'`)
  }
  if (additionalProperties !== false) return
  for (const name of given) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    const hint = near === undefined ? `It takes: ${known.join(', ')}.` : `Did you mean '${near}'?`
    findings.error([...place, name], `is nothing that the actor '${src}' takes`, hint, true)
  }
}
