import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HoldfastError, type Issue, shown } from '../model/errors.js'

/** What is checked, and what it is called when it does not fit. */
type Matter = 'input' | 'settings'
const CODE = { input: 'ERR_INVALID_INPUT', settings: 'ERR_INVALID_SETTINGS' } as const

/**
 * The value a schema makes of an input or of settings; without a schema, the value itself.
 * @throws ERR_INVALID_INPUT, ERR_INVALID_SETTINGS with the schema's issues, each with a path and a message
 */
export function validate(
  schema: StandardSchemaV1 | undefined,
  value: unknown,
  kind: string,
  matter: Matter = 'input',
): unknown {
  if (!schema) return value
  const threw = (cause: unknown) => {
    throw new HoldfastError(CODE[matter], `${matter} of '${kind}': the schema threw: ${shown(cause)}`, { cause })
  }
  let result: ReturnType<StandardSchemaV1['~standard']['validate']>
  try {
    result = schema['~standard'].validate(value)
  } catch (cause) {
    return threw(cause)
  }
  return result instanceof Promise
    ? result.then((settled) => accept(settled, kind, matter), threw)
    : accept(result, kind, matter)
}

function accept(result: StandardSchemaV1.Result<unknown>, kind: string, matter: Matter): unknown {
  if (!result.issues) return result.value
  const issues: Issue[] = result.issues.slice(0, 100).map(({ path, message }) => ({
    path: (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
    message,
  }))
  const listed = issues.slice(0, 3).map(({ path, message }) => (path ? `${path}: ${message}` : message))
  throw new HoldfastError(CODE[matter], `${matter} of '${kind}': ${listed.join('; ')}`, { issues })
}
