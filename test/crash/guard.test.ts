/** A child can kill its daemon before anybody knows its id. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../runtime/lab.js'

const run = promisify(execFile)

test('a child that was started and not yet known is gone with its daemon, and what it started', async () => {
  const pipe = join(await temporaryDirectory(), 'held')
  await run('mkfifo', [pipe])
  const reading = createReadStream(pipe)
  // Closes when nobody holds the other end.
  const released = new Promise<void>((resolve) => reading.resume().on('close', () => resolve()))
  const program = fileURLToPath(new URL('guarded.mjs', import.meta.url))
  await expect(run(process.execPath, [program, pipe])).rejects.toMatchObject({ signal: 'SIGKILL' })
  await released
})
