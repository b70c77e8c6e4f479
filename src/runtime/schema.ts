import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HoldfastError, type Issue } from '../model/errors.js'

/**
 * The value a schema makes of an input; without a schema, the input itself.
 * @throws ERR_INVALID_INPUT with the schema's issues, each with a path and a message
 */
export function validate(schema: StandardSchemaV1 | undefined, input: unknown, kind: string): unknown {
  if (!schema) return input
  const result = schema['~standard'].validate(input)
  return result instanceof Promise ? result.then((settled) => accept(settled, kind)) : accept(result, kind)
}

function accept(result: StandardSchemaV1.Result<unknown>, kind: string): unknown {
  if (!result.issues) return result.value
  const issues: Issue[] = result.issues.slice(0, 100).map(({ path, message }) => ({
    path: (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
    message,
  }))
  const listed = issues.slice(0, 3).map(({ path, message }) => (path ? `${path}: ${message}` : message))
  throw new HoldfastError('ERR_INVALID_INPUT', `input of '${kind}': ${listed.join('; ')}`, { issues })
}
