/** What the command line says to do next: commands, and no methods. */
import { expect, test } from 'vitest'
import { hintOf } from '../../../src/cli/hints.js'
import { errorLines } from '../../../src/cli/report.js'
import { CODES, type ErrorCode, HoldfastError } from '../../../src/model/errors.js'

/** What only code that runs in the daemon is told: nobody who types comes to it. */
const INSIDE = ['ERR_RUN_OVER', 'ERR_STARTED', 'ERR_INVALID_MACHINE', 'ERR_PROCESSOR_EXITED']

test('no hint of a command is a method, or a member of an object', () => {
  const speaking = (Object.keys(CODES) as ErrorCode[])
    .filter((code) => !INSIDE.includes(code))
    .map((code) => [code, hintOf(new HoldfastError(code))] as const)
    .filter(([, hint]) => /\w\(|runtime\.|on the (view|error)|its view|defineTask/.test(hint))
  expect(speaking).toEqual([])
})

test('a hint of its own stays, and what the table adds to it is said for the command line', () => {
  const own = new HoldfastError('ERR_NOT_FOUND', 'no route', { hint: 'Routes: default.' })
  expect(hintOf(own)).toBe('Routes: default.')
  const hint = `Did you mean '$&'? Registered: $&. ${CODES.ERR_UNKNOWN_KIND[1]}`
  expect(hintOf(new HoldfastError('ERR_UNKNOWN_KIND', 'no', { hint }))).toMatch(
    /^Did you mean '\$&'\? Registered: \$&\. A new kind goes into `tasks` of the config; .+\.$/,
  )
})

test('an issue that the message tells is not told again', () => {
  const issues = ['a', 'b', 'c', 'd'].map((path) => ({ path, message: 'no number' }))
  const message = "input of 'p': a: no number; b: no number; c: no number"
  expect(errorLines(new HoldfastError('ERR_INVALID_SETTINGS', message, { issues, hint: 'Look.' }))).toEqual([
    `error ERR_INVALID_SETTINGS: ${message}`,
    '  d: no number',
    'hint: Look.',
  ])
})

test('of what is no JavaScript the frames of Node are left out, those of a config that reads JSON are not', () => {
  const error = new SyntaxError('Unexpected token')
  error.stack =
    'SyntaxError: Unexpected token\n    at compile (node:internal/modules/esm/utils:346:16)\n    at /a.mjs:1:2'
  expect(errorLines(error)).toEqual(['error SyntaxError: Unexpected token', '    at /a.mjs:1:2'])
})
