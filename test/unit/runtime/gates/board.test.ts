/** The gates of the board: files, room on the disk, the clock. */
import { mkdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clockSynced } from '../../../../src/runtime/gates/clock-synced.js'
import { diskFree } from '../../../../src/runtime/gates/disk-free.js'
import { file } from '../../../../src/runtime/gates/file.js'
import { SimulatedClock } from '../../../../src/testing/simulated-clock.js'
import { refusal } from '../../../runtime/lab.js'
import { temporaryDirectory } from '../../../support/stores.js'
import { conditionOf } from './conditions.js'

describe('file', () => {
  test('opens when the file appears and closes when it goes, by what the directory tells', async () => {
    const path = join(await temporaryDirectory(), 'ready')
    const gate = conditionOf(file({ path }))
    expect(await gate.answer()).toEqual({ open: false, reason: `${path} is not there` })
    await writeFile(path, '')
    await gate.changed()
    expect(await gate.answer()).toEqual({ open: true })
    await rm(path)
    await gate.changed()
    expect((await gate.answer())?.open).toBe(false)
  })

  test('is found in a directory that is made later', async () => {
    const path = join(await temporaryDirectory(), 'mnt', 'usb', 'ready')
    const gate = conditionOf(file({ path }))
    await mkdir(join(path, '..'), { recursive: true })
    await gate.changed()
    await writeFile(path, '')
    while (!(await gate.answer())?.open) await gate.changed()
  })

  test('with `present: false` is open while there is none', async () => {
    const path = join(await temporaryDirectory(), 'lock')
    const gate = conditionOf(file({ path, present: false }))
    expect(await gate.answer()).toEqual({ open: true })
    await symlink('/nowhere', path)
    expect(await gate.answer()).toEqual({ open: false, reason: `${path} is there` })
  })

  test('watches nothing while nobody needs it', async () => {
    const path = join(await temporaryDirectory(), 'ready')
    const gate = conditionOf(file({ path }))
    gate.sleep?.()
    await writeFile(path, '')
    gate.wake?.()
    // It was asked nothing meanwhile: whoever needs it asks first.
    expect(await gate.answer()).toEqual({ open: true })
    await rm(path)
    await gate.changed()
  })

  test.each([
    [{}, /file\.path/],
    [{ path: '' }, /file\.path/],
    [{ path: 'a', present: 'no' }, /file\.present/],
    [{ path: 'a', exists: true }, /file.*'exists'/],
  ])('%j is refused', async (options, text) => {
    expect((await refusal(() => file(options as never))).message).toMatch(text)
  })
})

describe('diskFree', () => {
  test('is open while there is room, closed while there is less', async () => {
    const path = await temporaryDirectory()
    const { bavail, bsize } = await statfs(path)
    expect(await conditionOf(diskFree({ path, atLeast: Math.floor((bavail * bsize) / 2) })).answer()).toEqual({
      open: true,
    })
    expect(await conditionOf(diskFree({ path, atLeast: '900TB' })).answer()).toEqual({
      open: false,
      reason: expect.stringMatching(/^\d+ MB free at .*, it takes 900000000 MB$/),
    })
  })

  test('asks for the file system of the store where no path is given', async () => {
    const path = await temporaryDirectory()
    const answer = await conditionOf(diskFree({ atLeast: '900TB' }), { path }).answer()
    expect(answer?.reason).toContain(path)
  })

  test('opens again only when there is a tenth more room than it takes', async () => {
    const roomy = await temporaryDirectory()
    const path = join(await temporaryDirectory(), 'disk')
    const { bavail, bsize } = await statfs(roomy)
    // There is as much as it takes, and not a tenth more.
    const options = { path, atLeast: Math.ceil((bavail * bsize) / 1.05) }
    // A file system without any room, and then another one in its place.
    await symlink('/proc', path)
    const gate = conditionOf(diskFree(options))
    expect((await gate.answer())?.open).toBe(false)
    await rm(path)
    await symlink(roomy, path)
    expect((await gate.answer())?.open).toBe(false)
    expect((await conditionOf(diskFree(options)).answer())?.open).toBe(true)
    expect((await conditionOf(diskFree({ path, atLeast: 1 })).answer())?.open).toBe(true)
  })

  test('of a path that is not there cannot be asked', async () => {
    expect((await refusal(conditionOf(diskFree({ path: '/nowhere/at/all', atLeast: 1 })).answer())).code).toBe('ENOENT')
  })

  test.each([
    [{ path: '/' }, /diskFree\.atLeast/],
    [{ atLeast: 0 }, /diskFree\.atLeast/],
    [{ atLeast: '200' }, /diskFree\.atLeast/],
    [{ atLeast: '-5MB' }, /diskFree\.atLeast/],
    [{ atLeast: '95%' }, /diskFree\.atLeast.*90/],
    [{ atLeast: '1MB', path: 5 }, /diskFree\.path/],
  ])('%j is refused', async (options, text) => {
    expect((await refusal(() => diskFree(options as never))).message).toMatch(text)
  })

  test.each(['200MB', '1.5GiB', '10%', '5kb', '7 B'])("'%s' is understood", (atLeast) => {
    expect(diskFree({ atLeast })).toBeDefined()
  })
})

describe('clockSynced', () => {
  const YEAR_2026 = Date.UTC(2026, 0, 1)
  const none = { timesync: '/nowhere/timesync', chrony: '/nowhere/chrony' }

  test('is what the time service of the board says, as soon as it says it', async () => {
    const timesync = join(await temporaryDirectory(), 'timesync')
    const gate = conditionOf(clockSynced({ paths: { ...none, timesync } }))
    await mkdir(timesync)
    expect(await gate.answer()).toEqual({ open: false, reason: 'the clock is not synchronised yet' })
    await writeFile(join(timesync, 'synchronized'), '')
    while (!(await gate.answer())?.open) await gate.changed()
  })

  test.each([
    ['1970', 5_000, 0, false],
    ['before the last commit of the run before', YEAR_2026 + 1_000, YEAR_2026 + 60_000, false],
    ['after it', YEAR_2026 + 60_000, YEAR_2026 + 60_000, true],
    ['a moment before it', YEAR_2026 + 59_000, YEAR_2026 + 60_000, true],
    ['after 2026, at the first start', YEAR_2026 + 1, 0, true],
  ])('without a time service is decided by the clock itself: %s', async (_, wall, lastWall, open) => {
    const gate = conditionOf(clockSynced({ paths: none }), { clock: new SimulatedClock({ wall }), lastWall })
    expect((await gate.answer())?.open).toBe(open)
  })

  test('is closed for the hold at most when the clock is behind what it said once', async () => {
    const clock = new SimulatedClock({ wall: YEAR_2026 })
    const gate = conditionOf(clockSynced({ paths: none }), {
      clock,
      lastWall: YEAR_2026 + 365 * 86_400_000,
      holdMs: 60_000,
    })
    expect((await gate.answer())?.open).toBe(false)
    clock.advance(59_999)
    expect((await gate.answer())?.open).toBe(false)
    clock.advance(1)
    expect((await gate.answer())?.open).toBe(true)
  })

  test('refuses what it does not know', async () => {
    expect((await refusal(() => clockSynced({ path: 'x' } as never))).message).toMatch(/clockSynced.*'path'/)
  })
})
