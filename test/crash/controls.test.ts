/** What was decided at run time and what was spent survive SIGKILL: pauses, settings, a retirement, the tokens of rates. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RouteView } from '../../src/index.js'
import { Board } from './daemon.js'

const PROGRAM = 'controls.mjs'

test('a daemon that is killed knows its pauses, its settings and what its rates have spent', async ({
  onTestFinished,
}) => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-crash-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const on = new Board(directory)
  await on.dies(PROGRAM, ['kill'])
  const before = await on.facts()
  expect(before).toHaveLength(2)
  const { routes, ...rest } = JSON.parse(await on.finish(PROGRAM, ['live'])) as { routes: RouteView[] }
  // Both interrupted runs wait with the third task: their kind's bucket is empty. The fourth waits in its paused route.
  expect(rest).toEqual({ settings: { n: 1 }, queued: 4, refused: 'ERR_KIND_RETIRED' })
  expect(await on.facts()).toEqual(before)
  expect(before.map(({ settings }) => settings)).toEqual([{ n: 1 }, { n: 1 }])
  expect(routes.find(({ name }) => name === 'other')).toMatchObject({ paused: true, queued: 1 })
  expect(routes.find(({ name }) => name === 'default')).toMatchObject({ paused: false, rateLimit: { tokens: 3 } })
})
