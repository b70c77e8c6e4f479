/** kill -9 while a thread and a process run: both tasks run again, and no process goes on without its daemon. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Board } from './daemon.js'

const PROGRAM = 'isolated.mjs'

test.concurrent.for([
  ['waits', 'whose loop is free'],
  ['blocks', 'that blocks its loop'],
  ['starts', 'that blocks its loop and has started a program'],
] as const)('%s: a process %s is gone with its daemon, and the tasks run again', async ([what], { onTestFinished }) => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-crash-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const pipe = join(directory, 'held')
  await promisify(execFile)('mkfifo', [pipe])
  const reading = createReadStream(pipe)
  // Closes when nobody holds the other end: neither the daemon, nor a child of it, nor what that one started.
  const released = new Promise<void>((resolve) => reading.resume().on('close', () => resolve()))
  const on = new Board(directory)
  await on.dies(PROGRAM, ['kill', pipe, what])
  await released
  const results = JSON.parse(await on.finish(PROGRAM, ['live', pipe, what]))
  expect(results).toEqual(['recovered blocks at 2', `recovered ${what} at 2`])
  expect((await on.facts()).map(({ id, attempt }) => `${id} ${attempt}`).sort()).toEqual([
    'process 1',
    'process 2',
    'thread 1',
    'thread 2',
  ])
})
