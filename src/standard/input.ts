import { Ajv, type ValidateFunction } from 'ajv'
import { HoldfastError } from '../model/errors.js'

/** A JSON Schema, draft 7. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** Formats are looked at by the actors themselves, whose errors say more. */
const ajv = new Ajv({ allowUnionTypes: true, discriminator: true, validateFormats: false })
const compiled = new WeakMap<JsonSchema, ValidateFunction>()

/** The input of an actor, after a look at its schema; that is compiled when it is needed. @throws ERR_INVALID_INPUT */
export function accepted<Input>(schema: JsonSchema, input: unknown): Input {
  let check = compiled.get(schema)
  if (!check) {
    check = ajv.compile(schema)
    compiled.set(schema, check)
  }
  if (check(input ?? {})) return (input ?? {}) as Input
  const issues = (check.errors ?? []).map(({ instancePath, message = 'does not fit', params }) => ({
    path: instancePath.slice(1).replaceAll('/', '.'),
    message: 'additionalProperty' in params ? `${message}: '${params.additionalProperty}'` : message,
  }))
  const [first] = issues
  const where = first?.path ? `${first.path} ` : ''
  throw new HoldfastError('ERR_INVALID_INPUT', `${schema.title}: ${where}${first?.message}`, { issues })
}
