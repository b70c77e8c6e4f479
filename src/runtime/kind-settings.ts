/** The settings of a kind: defaults, what was set over them, and the schema that both have to fit. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import { invalid, onlyKnown } from './checks.js'
import type { SettingsOptions } from './define.js'
import { validate } from './schema.js'

/** What was set at run time, by name; it lies over the defaults. */
export type Overrides = Readonly<Record<string, unknown>>

export interface KindSettings {
  readonly schema: StandardSchemaV1 | undefined
  /** JSON text. */
  readonly defaults: string
  /** Those in force, as a machine sees them. */
  now: object
}

/** @throws ERR_INVALID_OPTION, ERR_INVALID_DEFINITION when the defaults do not fit the schema */
export function kindSettings(asked: SettingsOptions | undefined, kind: string, where: string): KindSettings {
  const options = asked ?? {}
  onlyKnown(options, ['schema', 'defaults'], `${where}.settings`)
  const { schema, defaults = {} } = options
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw invalid(`${where}.settings.schema`, 'a Standard Schema (zod, valibot, arktype)', schema)
  }
  const text = overridesText(defaults, `${where}.settings.defaults`, Number.MAX_SAFE_INTEGER)
  const settings: KindSettings = { schema, defaults: text, now: {} }
  const checked = inForce(settings, {}, kind, where)
  // One that takes its time is awaited at the start.
  if (checked instanceof Promise) checked.catch(() => undefined)
  settings.now = checked instanceof Promise ? frozen(JSON.parse(text)) : checked
  return settings
}

/** The JSON text of an object of settings. @throws ERR_INVALID_OPTION, ERR_NOT_JSON, ERR_TOO_LARGE */
export function overridesText(value: unknown, what: string, limit: number): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what, 'an object', value)
  return jsonText(value, what, limit)
}

/** One level deep: a member of the patch takes the place of what was there, null takes it away. */
export function merged(overrides: Overrides, patch: Overrides): Overrides {
  return Object.fromEntries(Object.entries({ ...overrides, ...patch }).filter(([, value]) => value !== null))
}

/**
 * The settings that processors see, frozen: what the schema makes of the defaults and what was set over them.
 * @throws ERR_INVALID_SETTINGS; ERR_INVALID_DEFINITION when nothing was set and `definition` is to blame
 */
export function inForce(
  { schema, defaults }: Omit<KindSettings, 'now'>,
  overrides: Overrides,
  kind: string,
  definition?: string,
): object | Promise<object> {
  const blame = (error: unknown) => {
    if (definition === undefined || !(error instanceof HoldfastError)) throw error
    const message = `${definition}.settings.defaults: ${error.message}`
    const hint = 'The defaults have to fit the schema: they hold until something else is set.'
    throw new HoldfastError('ERR_INVALID_DEFINITION', message, {
      hint,
      cause: error,
      ...(error.issues ? { issues: error.issues } : {}),
    })
  }
  const given = { ...(JSON.parse(defaults) as object), ...structuredClone(overrides) }
  try {
    const made = validate(schema, given, kind, 'settings')
    return made instanceof Promise ? made.then(frozen, blame) : frozen(made)
  } catch (error) {
    return blame(error)
  }
}

/** Frozen through and through, as far as it is made of plain objects and lists. */
function frozen(value: unknown): object {
  if (typeof value !== 'object' || value === null) return {}
  const proto = Object.getPrototypeOf(value)
  if (proto !== Object.prototype && proto !== null && !Array.isArray(value)) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
