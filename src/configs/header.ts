/** What a file says beside its machine, as far as its form does not say it: durations, schemas, the key of a task. */
import { type Duration, durationMs } from '../model/duration.js'
import type { HoldfastError } from '../model/errors.js'
import { kindSettings } from '../runtime/kind-settings.js'
import { DataReader } from './data.js'
import type { Findings, Path } from './finding.js'
import { type JsonSchema, jsonSchema } from './json-schema.js'
import { checkReads } from './reads.js'
import { membersOf } from './targets.js'

type Members = Readonly<Record<string, unknown>>

const DURATIONS: readonly Path[] = [
  ['timeout'],
  ['heartbeat'],
  ['retry', 'delay'],
  ['retry', 'maxDelay'],
  ['rateLimit', 'per'],
]

export function checkHeader(file: Members, findings: Findings): void {
  for (const at of DURATIONS) {
    const value = at.reduce<unknown>((part, name) => membersOf(part)[name], file)
    if (typeof value === 'string') checkDuration(value, at, findings)
  }
  checkSchema(file.input, ['input'], findings)
  if (file.settings !== undefined) checkSettings(membersOf(file.settings), findings)
  const { by } = membersOf(file.concurrency)
  if (by !== undefined) {
    const reader = new DataReader(findings)
    reader.data(by, ['concurrency', 'by'], ['input'])
    checkReads(file, reader.reads, new Set(), false, findings)
  }
  if (Array.isArray(file.aliases) && file.aliases.length > 0 && membersOf(file.machine).id === undefined) {
    const [before] = file.aliases as unknown[]
    const hint = `Stored tasks know their timers by it. Where it had none it was the kind's name: "id": "${String(before)}".`
    findings.error(['machine', 'id'], 'is missing, and the kind had another name before', hint)
  }
  if (file.durability === 'lazy' && file.delivery === 'at-most-once') {
    findings.error(['durability'], "is not possible with delivery 'at-most-once'", 'Leave out one of the two.')
  }
}

function checkDuration(value: string, at: Path, findings: Findings): void {
  try {
    durationMs(value as Duration, '')
  } catch {
    findings.error(at, `is '${value}', which is no duration`, "Milliseconds, or text such as '10m'.")
  }
}

/** True when there is a schema and it can be used. */
function checkSchema(schema: unknown, at: Path, findings: Findings): boolean {
  if (typeof schema !== 'boolean' && membersOf(schema) !== schema) return false
  try {
    jsonSchema(schema as JsonSchema)
    return true
  } catch (error) {
    findings.error(at, `is no JSON Schema: ${(error as Error).message}`)
    return false
  }
}

function checkSettings({ schema, defaults = {} }: Members, findings: Findings): void {
  const usable = checkSchema(schema, ['settings', 'schema'], findings)
  if (!usable || membersOf(defaults) !== defaults) return
  try {
    kindSettings({ schema: jsonSchema(schema as JsonSchema), defaults: defaults as object }, '', '')
  } catch (error) {
    for (const { path, message } of (error as HoldfastError).issues ?? []) {
      const inside = path === '' ? [] : path.split('.')
      findings.error(['settings', 'defaults', ...inside], `does not fit the schema: ${message}`)
    }
  }
}
