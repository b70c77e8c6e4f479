/** A JSON Schema as a Standard Schema: checked by ajv, with defaults filled in. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Ajv, type ErrorObject, type Options } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { RE2JS } from 're2js'
import { shown } from '../model/errors.js'
import { FORMATS } from '../standard/formats.js'

/** What JSON says a value has to be: draft 2020-12, or draft-07 where its `$schema` says so. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

/**
 * A pattern in the words of JavaScript, looked for by RE2: that takes time by the length of a text alone. ajv tells
 * patterns apart by their text. @throws Error for what RE2 has not: looking around, and back
 */
function linear(pattern: string) {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
  return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern }
}

const OPTIONS: Options = {
  code: { regExp: Object.assign(linear, { code: 'linear' }) },
  allErrors: true,
  useDefaults: true,
  // Keywords and formats that are not known are refused; what is merely loose is not.
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
  discriminator: true,
  strictTuples: false,
  strictRequired: false,
  logger: false,
}
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/
const MOST_ISSUES = 100

/**
 * A Standard Schema out of a JSON Schema.
 * @throws Error that says what is wrong in it
 * @example jsonSchema({ type: 'object', properties: { url: { type: 'string', format: 'uri' } }, required: ['url'] })
 */
export function jsonSchema(schema: JsonSchema): StandardSchemaV1<unknown, unknown> {
  if (typeof schema === 'object' && schema.$async !== undefined) throw new Error('$async is not for machines')
  const old = typeof schema === 'object' && typeof schema.$schema === 'string' && DRAFT_07.test(schema.$schema)
  const ajv = old ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS)
  formats.default(ajv as never)
  for (const [name, { fits }] of Object.entries(FORMATS)) ajv.addFormat(name, fits)
  // What ajv says of it itself repeats itself, once for each of its own schemas.
  if (!ajv.validateSchema(schema)) {
    const said = (ajv.errors ?? []).map(
      ({ instancePath, message = 'is wrong' }) => `${instancePath || 'it'} ${message}`,
    )
    throw new Error([...new Set(said)].slice(0, 3).join('; '))
  }
  const validate = ajv.compile(schema)
  try {
    validate(null)
  } catch {
    throw new Error('it leads back to itself for ever')
  }
  return {
    '~standard': {
      version: 1,
      vendor: 'holdfast',
      validate: (given) => {
        // Defaults are written into what is checked: it is not the caller's.
        const value: unknown = structuredClone(given ?? null)
        if (validate(value)) return { value }
        return { issues: (validate.errors ?? []).slice(0, MOST_ISSUES).map(issueOf) }
      },
    },
  }
}

/** Of these each error has one at most. */
interface Params {
  readonly additionalProperty?: string
  readonly allowedValues?: unknown[]
  readonly format?: string
}

function issueOf({ instancePath, message = 'is wrong', params }: ErrorObject): StandardSchemaV1.Issue {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const { additionalProperty, allowedValues, format } = params as Params
  const ours = FORMATS[format ?? '']
  if (ours) return { path, message: ours.says }
  if (additionalProperty !== undefined) return { path, message: `unknown: ${shown(additionalProperty)}` }
  return { path, message: allowedValues ? `${message}: ${allowedValues.map(shown).join(', ').slice(0, 200)}` : message }
}
