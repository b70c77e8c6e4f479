/** A process without a free descriptor runs a command, and prints the code of what that fails with. */
import { openSync } from 'node:fs'
import { Guard } from '../../dist/src/runtime/isolation-guard.js'
import { run } from '../../dist/src/standard/command.js'

try {
  for (;;) openSync('/dev/null', 'r')
} catch {
  // There is none left.
}
const terms = { guard: new Guard(() => undefined), maxBytes: 1, signal: AbortSignal.timeout(60_000) }
const failure = await run({ file: '/bin/true', args: [], cwd: '/', env: {}, stdin: '' }, terms).catch((error) => error)
process.stdout.write(failure.code ?? `${failure}`, () => process.exit())
