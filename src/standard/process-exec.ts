/** `process.exec`: a command out of a list that the config of the daemon gives; without a list there is none. */
import { isAbsolute } from 'node:path'
import { invalid } from '../runtime/checks.js'
import { Guard } from '../runtime/isolation-guard.js'
import { actor, type StandardActor } from './actor.js'
import { run } from './command.js'
import { DEFAULT_TIMEOUT, within } from './deadline.js'
import { ActorFailure } from './failure.js'
import { duration } from './formats.js'
import type { JsonSchema } from './input.js'
import { fitting } from './output.js'
import type { ExecInput } from './shapes.js'

const code = { type: 'integer', minimum: 0, maximum: 255 }
/** What of our environment a command sees. */
const PASSED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']
const OUTPUT_BYTES = 65_536
/** As much of what it complained of as an error tells. */
const COMPLAINT = 500

const INPUT: JsonSchema = {
  title: 'process.exec',
  description:
    'Runs a command that the daemon allows, without a shell. Ends with { code, signal, stdout, stderr } when nothing of it is left.',
  type: 'object',
  required: ['command'],
  additionalProperties: false,
  properties: {
    command: { type: 'string', minLength: 1, maxLength: 1024, description: 'as it is written in the list' },
    args: { type: 'array', maxItems: 256, items: { type: 'string', maxLength: 8192, pattern: '^[^\\u0000]*$' } },
    stdin: { type: 'string', maxLength: 262_144, description: 'what it reads; default nothing' },
    timeout: duration('default 30s; then it is stopped'),
    expect: {
      anyOf: [{ const: 'any' }, code, { type: 'array', items: code, minItems: 1, maxItems: 50 }],
      description: 'the exit codes that are no error; default 0',
    },
    maxBytes: {
      type: 'integer',
      minimum: 0,
      maximum: OUTPUT_BYTES,
      description: 'of each output; default 65536. One that writes more is stopped',
    },
  },
}

/** @throws ERR_INVALID_OPTION */
export function processExec(commands: readonly string[], cwd: string): StandardActor {
  const legal = (each: unknown) => typeof each === 'string' && each !== '' && (isAbsolute(each) || !each.includes('/'))
  if (!Array.isArray(commands) || !commands.every(legal))
    throw invalid('standardActors.exec.commands', 'a list of names and absolute paths', commands)
  const allowed = new Set(commands)
  let guard: Guard | undefined
  return actor<ExecInput>(INPUT, ({ input, key, signal: stopped, services }) => {
    const { command: file, args = [], stdin = '', expect = 0, maxBytes = OUTPUT_BYTES } = input
    if (!allowed.has(file)) {
      const known = [...allowed].join(', ') || 'none'
      throw new ActorFailure('ERR_EXEC_REFUSED', `${JSON.stringify(file)} is not allowed; allowed: ${known}`)
    }
    const { clock, log } = services
    guard ??= new Guard((error) => log.error('a killed daemon would leave its commands running', { error: `${error}` }))
    const terms = { clock, guard, maxBytes }
    const env = { ...environment(), HOLDFAST_IDEMPOTENCY_KEY: key }
    return within({ services, signal: stopped }, input.timeout ?? DEFAULT_TIMEOUT, async (signal) => {
      const ended = await services.lingers(run({ file, args, cwd, env, stdin }, { ...terms, signal }))
      if (expect === 'any' || (ended.code !== null && [expect].flat().includes(ended.code))) return fitting(ended)
      const how = ended.code === null ? `by ${ended.signal}` : `with ${ended.code}`
      const complaint = ended.stderr.trim().slice(-COMPLAINT)
      throw new ActorFailure('ERR_EXEC_EXIT', `${file} ended ${how}${complaint === '' ? '' : `: ${complaint}`}`)
    })
  })
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
