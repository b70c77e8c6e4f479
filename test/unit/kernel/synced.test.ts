/** What the time services of a board say, from files and a chronyc as they leave them. */
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { synced, watchSynced } from '../../../src/kernel/synced.js'
import { temporaryDirectory } from '../../support/stores.js'

const NORMAL = 'D8EF230C,216.239.35.12,2,1700000000.5,-0.000013,0.000004,0.00002,-7.1,0.0,0.02,0.03,0.001,64.7,Normal'
const UNSYNCED = '00000000,,0,0.0,0.0,0.0,0.0,-7.1,0.0,0.0,1.0,1.0,0.0,Not synchronised'

async function board({
  timesync = false,
  mark = false,
  chrony,
}: {
  timesync?: boolean
  mark?: boolean
  chrony?: string
}) {
  const run = await temporaryDirectory()
  const paths = { timesync: join(run, 'timesync'), chrony: join(run, 'chrony'), chronyc: join(run, 'chronyc') }
  if (timesync || mark) await mkdir(paths.timesync)
  if (mark) await writeFile(join(paths.timesync, 'synchronized'), '')
  if (chrony !== undefined) {
    await mkdir(paths.chrony)
    await writeFile(paths.chronyc, `#!/bin/sh\n${chrony}\n`)
    await chmod(paths.chronyc, 0o755)
  }
  return paths
}
const ask = async (given: Parameters<typeof board>[0]) => synced({ paths: await board(given) })

describe('the clock is synced', () => {
  test('when systemd-timesyncd has left its mark', async () => expect(await ask({ mark: true })).toBe('yes'))

  test('when chrony follows a source', async () => expect(await ask({ chrony: `echo '${NORMAL}'` })).toBe('yes'))

  test('when one of two services says so', async () => {
    expect(await ask({ timesync: true, chrony: `echo '${NORMAL}'` })).toBe('yes')
    expect(await ask({ mark: true, chrony: `echo '${UNSYNCED}'` })).toBe('yes')
  })
})

describe('the clock is not synced', () => {
  test('while systemd-timesyncd runs without a mark', async () => expect(await ask({ timesync: true })).toBe('no'))

  test('while chrony has no source', async () => expect(await ask({ chrony: `echo '${UNSYNCED}'` })).toBe('no'))
})

describe('nothing is known', () => {
  test('without a time service', async () => expect(await ask({})).toBe('unknown'))

  test('when chronyc fails, says something else, or is not there', async () => {
    expect(await ask({ chrony: "echo '506 Cannot talk to daemon'; exit 1" })).toBe('unknown')
    expect(await ask({ chrony: 'echo hello' })).toBe('unknown')
    const paths = await board({ chrony: 'true' })
    await rm(paths.chronyc)
    expect(await synced({ paths })).toBe('unknown')
  })
})

/** A watch of a board, and the wait for it to be told until synced() says what is expected. */
function watched(paths: Awaited<ReturnType<typeof board>>) {
  let wake: (() => void) | undefined
  let told = 0
  const watch = watchSynced(
    () => {
      told++
      wake?.()
    },
    { paths },
  )
  onTestFinished(() => watch.close())
  return async (expected: string) => {
    for (let seen = told; (await synced({ paths })) !== expected; seen = told) {
      if (told === seen) await new Promise<void>((resolve) => (wake = resolve))
    }
  }
}

describe('the watch', () => {
  test('tells of the mark when the service leaves it, and when it goes', async () => {
    const paths = await board({ timesync: true })
    const until = watched(paths)
    await writeFile(join(paths.timesync, 'synchronized'), '')
    await until('yes')
    await rm(join(paths.timesync, 'synchronized'))
    await until('no')
  })

  test('finds the mark of a service that is started later, stopped, and started again', async () => {
    const paths = await board({})
    const until = watched(paths)
    for (let i = 0; i < 3; i++) {
      await mkdir(paths.timesync)
      await until('no')
      await writeFile(join(paths.timesync, 'synchronized'), '')
      await until('yes')
      await rm(paths.timesync, { recursive: true })
      await until('unknown')
    }
  })

  test('finds a directory that is moved into its place whole', async () => {
    const paths = await board({})
    const until = watched(paths)
    await mkdir(`${paths.timesync}.new`)
    await writeFile(join(`${paths.timesync}.new`, 'synchronized'), '')
    await rename(`${paths.timesync}.new`, paths.timesync)
    await until('yes')
    await rename(paths.timesync, `${paths.timesync}.old`)
    await until('unknown')
  })

  test('of a board that has none of it tells nothing, and closes', async () => {
    const watch = watchSynced(() => undefined, { paths: { timesync: '/nowhere/at/all' } })
    watch.close()
    watch.close()
  })
})
