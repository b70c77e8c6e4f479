import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HoldfastError, type Issue, shown } from '../model/errors.js'

/**
 * The value a schema makes of an input; without a schema, the input itself.
 * @throws ERR_INVALID_INPUT with the schema's issues, each with a path and a message
 */
export function validate(schema: StandardSchemaV1 | undefined, input: unknown, kind: string): unknown {
  if (!schema) return input
  const threw = (cause: unknown) => {
    throw new HoldfastError('ERR_INVALID_INPUT', `input of '${kind}': the schema threw: ${shown(cause)}`, { cause })
  }
  let result: ReturnType<StandardSchemaV1['~standard']['validate']>
  try {
    result = schema['~standard'].validate(input)
  } catch (cause) {
    return threw(cause)
  }
  return result instanceof Promise ? result.then((settled) => accept(settled, kind), threw) : accept(result, kind)
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
