/** Repairs: what is left of a store fits together, and works. */
import { createHash } from 'node:crypto'
import { cp, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { isEnded } from '../../src/model/record.js'
import { type RepairOptions, repairWith } from '../../src/runtime/repair.js'
import { diskStore } from '../../src/store/disk.js'
import type { Entry, Op } from '../../src/store/store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { contentsOf } from '../support/backups.js'
import { lookThrough } from '../support/consistency.js'
import fc, { runs } from '../support/fast-check.js'
import { makeRich, runtimeAt } from '../support/rich-store.js'
import { facts, refusal, temporaryDirectory } from './lab.js'

let original: string
let entries: Entry[]
let stopped: number
let path: string

beforeAll(async () => {
  original = join(await mkdtemp(join(tmpdir(), 'holdfast-')), 'store')
  stopped = (await makeRich(original, 30)).wall()
  entries = await contentsOf(original)
})
afterAll(() => rm(join(original, '..'), { recursive: true, force: true }))

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'store')
})

/** On the board's own clock, which is not that of this machine. */
const repair = (options: RepairOptions) => repairWith(new SimulatedClock({ wall: stopped, boot: 'repair' }), options)

const copied = () => cp(original, path, { recursive: true })

async function everything(): Promise<Record<string, string>> {
  const found = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const files = found.map((entry) => join(entry.parentPath, entry.name)).filter((file) => !/\/LOG(\.old)?$/.test(file))
  const digest = async (file: string) =>
    createHash('sha1')
      .update(await readFile(file))
      .digest('hex')
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await digest(file)])))
}

/** Changes the contents behind the back of everybody. */
async function change(ops: readonly Op[]): Promise<void> {
  const store = diskStore(path)
  await store.open()
  await store.batch(ops, true)
  await store.close()
}

/** A runtime goes on from the store three hours later: whatever slept there until then has to come to its end. */
async function wakes(): Promise<void> {
  const { records, complaints } = lookThrough(await contentsOf(path))
  expect(complaints).toEqual([])
  const ran = new Set<string>()
  const clock = new SimulatedClock({ wall: stopped, mono: 1, boot: 'after' })
  const runtime = await runtimeAt(path, clock, (id) => ran.add(id)).start()
  onTestFinished(() => runtime.stop())
  const asleep = [...records].filter(([, { record }]) => {
    const { state, context } = record
    return !isEnded(state, context) && !context.paused && state === 'SPOOLED'
  })
  const ends = asleep.map(([id]) =>
    runtime
      .handle(id)
      .finished()
      .catch((error) => error.code),
  )
  clock.advance(3 * 3_600_000)
  expect((await Promise.all(ends)).filter((end) => end !== null && !String(end).startsWith('ERR_TASK'))).toEqual([])
  await runtime.stop()
}

describe('a store in which nothing is wrong', () => {
  test('fits together, and is not changed by a byte', async () => {
    expect(lookThrough(entries).complaints).toEqual([])
    await copied()
    const before = await everything()
    const heard: number[] = []
    const report = await repair({ path, onProgress: (done) => heard.push(done) })
    expect(report).toMatchObject({ changed: false, damage: [], rebuilt: {}, dropped: {}, quarantined: [], lost: [] })
    expect(report.entries.after).toEqual(report.entries.before)
    expect(report).not.toHaveProperty('kept')
    expect(heard.length).toBeGreaterThan(1)
    expect(await everything()).toEqual(before)
    await wakes()
  })

  test('has to be there, to be free, and of a format that is known', async () => {
    expect((await refusal(repair({ path }))).code).toBe('ERR_NOT_FOUND')
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    await copied()
    const store = diskStore(path)
    await store.open()
    expect((await refusal(repair({ path }))).code).toBe('ERR_STORE_LOCKED')
    await store.close()
    await writeFile(join(path, 'format.json'), '{"format":99}')
    expect((await refusal(repair({ path }))).code).toBe('ERR_FORMAT_NEWER')
    await rm(join(path, 'db'), { recursive: true })
    await writeFile(join(path, 'format.json'), '{"format":1}')
    expect(await refusal(repair({ path }))).toMatchObject({
      code: 'ERR_STORE_CORRUPT',
      hint: expect.stringContaining('backup'),
    })
  })
})

/** What came of a repair: fits together, is found sound the next time, and works. */
async function repaired() {
  const report = await repair({ path })
  const found = await contentsOf(path)
  expect(lookThrough(found).complaints).toEqual([])
  const again = await repair({ path })
  expect({ ...again, lost: [], lostCount: 0 }).toMatchObject({
    changed: false,
    rebuilt: {},
    dropped: {},
    quarantined: [],
  })
  return { report, found }
}

describe('what was lost', () => {
  const of = (letter: string) => entries.filter(([key]) => key.startsWith(`${letter}!`)).map(([key]) => key)
  const gone = (keys: readonly string[]) => change(keys.map((key) => ({ type: 'del', key }) as const))

  test.each([
    ['d', 'dueKey'],
    ['g', 'member'],
    ['k', 'key'],
    ['r', 'mark'],
  ])('all keys %s! are made anew', async (letter, what) => {
    await copied()
    await gone(of(letter))
    const { report, found } = await repaired()
    expect(report.rebuilt[what]).toBe(letter === 'r' ? 1 : of(letter).length)
    expect(report.lost).toEqual([])
    if (letter !== 'r')
      expect(found.map(([key]) => key).filter((key) => key.startsWith(`${letter}!`))).toEqual(of(letter))
    expect(report.kept).toBe(join(path, 'damaged-1'))
    await wakes()
  })

  test('edges of one sort follow from those of the other', async () => {
    await copied()
    await gone(of('p'))
    const { report } = await repaired()
    expect(report.rebuilt.edge).toBe(of('p').length)
    await wakes()
    await rm(path, { recursive: true })
    await copied()
    await gone(of('f'))
    expect((await repaired()).report.rebuilt.edge).toBe(of('f').length)
    await wakes()
  })

  test('without any edge, tasks that waited are told by their own policy, and none waits for ever', async () => {
    await copied()
    await gone([...of('p'), ...of('f')])
    const { report } = await repaired()
    expect(report.lost.some((what) => /^what task (after|if)-\d-\d+ waits for$/.test(what))).toBe(true)
    await wakes()
    const after = lookThrough(await contentsOf(path)).records
    expect(after.get('if-0-0')?.record).toMatchObject({ state: 'TERMINATED' })
    expect(after.get('after-0-0')?.record).toMatchObject({ state: 'FINISHED' })
  })

  test('records leave their inputs in quarantine, and those that waited for them do not wait for ever', async () => {
    await copied()
    await gone(of('z').filter((key) => /^z!later-0/.test(key)))
    const { report, found } = await repaired()
    expect(report.quarantinedCount).toBe(30)
    expect(report.quarantined[0]).toMatchObject({
      id: expect.stringMatching(/^later-0-/),
      reason: expect.stringContaining('its record is lost'),
    })
    expect(report.dropped).toMatchObject({ dueKey: 30, key: 15 })
    expect(new Map(found).has('i!later-0-0')).toBe(true)
    await wakes()
    const after = lookThrough(await contentsOf(path)).records
    expect(after.get('if-0-0')?.record).toMatchObject({ state: 'TERMINATED', context: { reason: 'cancelled' } })
    expect(after.get('after-0-0')?.record).toMatchObject({ state: 'FINISHED' })
  })

  test('inputs leave their records in quarantine, where no hand can let them run without', async () => {
    await copied()
    await gone(['i!later-0-0', 'i!done-0-0'])
    const { report } = await repaired()
    expect(report.quarantined).toEqual([{ id: 'later-0-0', reason: 'its input is lost' }])
    const runtime = await runtimeAt(path, new SimulatedClock({ wall: stopped, boot: 'after' })).start()
    onTestFinished(() => runtime.stop())
    expect(await runtime.quarantine.retry('later-0-0')).toBe(false)
    expect(await runtime.get('done-0-0')).toMatchObject({ state: 'FINISHED' })
  })

  test('of a schedule: its status begins anew, its definition is named', async () => {
    await copied()
    await gone(['s!api-0', 's!hourly', 's!api-1!p', 'm!schedules'])
    const { report } = await repaired()
    expect([...report.lost].sort()).toEqual([
      'the definition of schedule api-1', 'what schedule api-0 had come to', 'what schedule hourly had come to',
    ]) // biome-ignore format: a list
    const clock = new SimulatedClock({ wall: stopped, boot: 'after' })
    const ticked = facts('schedule.ticked')
    const runtime = await runtimeAt(path, clock).start()
    onTestFinished(() => runtime.stop())
    expect((await runtime.schedules.list()).items.map(({ id }) => id)).toEqual([
      'api-0', 'api-2', 'api-3', 'held-0', 'held-1', 'held-2', 'held-3', 'hourly',
    ]) // biome-ignore format: a list
    clock.advance(3_600_000)
    await ticked.first(({ id }) => id === 'api-0')
    await ticked.first(({ id }) => id === 'hourly')
    await runtime.schedules.put('api-1', { every: '2h', task: { kind: 'work' } })
  })
})

describe('what came back from the dead', () => {
  test('an older record of a task does not live beside the newer one', async () => {
    await copied()
    const all = new Map(entries)
    const older = (id: string) =>
      ({
        type: 'put',
        key: `l!${id}`,
        value: (all.get(`e!${id}`) as string).replace('"s":"F"', '"s":"Q"').replace(/R\d+F\d+"/, '"'),
      }) as const
    await change([older('done-0-0'), older('done-1-0')])
    const { report, found } = await repaired()
    expect(report.dropped.record).toBe(2)
    expect(new Map(found).get('e!done-0-0')).toBe(all.get('e!done-0-0'))
    await wakes()
  })

  test('keys that lead nowhere go, and what cannot be read is set aside', async () => {
    await copied()
    const bell = new Map(entries).get('z!bell-0-1') as string
    await change([
      { type: 'put', key: 'd!ts!000000000000001!nobody', value: '' },
      { type: 'put', key: 'd!cw!000000000000001!nobody', value: '' },
      { type: 'put', key: 'k!work!nobody', value: 'nobody' },
      { type: 'put', key: 'g!g0!nobody', value: '' },
      { type: 'put', key: 'c!later-0-0!nobody', value: '' },
      { type: 'put', key: 'c!nobody!later-0-0', value: '' },
      { type: 'put', key: 'b!nobody!000000000000001', value: '{}' },
      { type: 'put', key: 'p!nobody!nothing', value: '' },
      { type: 'put', key: 'f!nothing!nobody', value: '0' },
      { type: 'put', key: 'n!later-0-0', value: '{"finished":true,"seq":1}' },
      { type: 'put', key: 'x!token!broken', value: '{' },
      { type: 'put', key: 'q!broken', value: '{' },
      { type: 'put', key: 'z!later-0-1', value: '{"f":1' },
      { type: 'put', key: 'z!bell-0-1', value: bell.replace('"timers"', '"timer"') },
    ])
    const { report } = await repaired()
    expect(report.dropped).toEqual({
      dueKey: 4,
      key: 2,
      member: 1,
      followUp: 2,
      event: 1,
      edge: 2,
      notice: 1,
      setting: 1,
    })
    expect(report.quarantined.map(({ id }) => id).sort()).toEqual(['bell-0-1', 'broken', 'later-0-1'])
    const runtime = await runtimeAt(path, new SimulatedClock({ wall: stopped, boot: 'after' })).start()
    onTestFinished(() => runtime.stop())
    expect((await runtime.quarantine.list()).length).toBe(3)
    expect((await runtime.tokens.list()).length).toBe(4)
  })
})

test('whatever is lost, what is left fits together, is found sound the next time, and works', async () => {
  const keys = entries.map(([key]) => key).filter((key) => key !== 'm!runtime')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(keys.length - 1), fc.integer({ min: 1, max: 120 })), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (blocks, mark) => {
        path = join(await temporaryDirectory(), 'store')
        await copied()
        // Neighbours are lost together, as they are in a block.
        const lost = new Set(blocks.flatMap(([from, count]) => keys.slice(from, from + count)))
        if (mark) lost.add('m!runtime')
        await change([...lost].map((key) => ({ type: 'del', key }) as const))
        await repaired()
        await wakes()
      },
    ),
    { numRuns: runs(10, 200), endOnFailure: true },
  )
}, 600_000)

describe('a damaged block', () => {
  const spoil = async (file: string, part: number) => {
    const handle = await open(file, 'r+')
    const at = Math.floor((await handle.stat()).size * part)
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, at)
    await handle.write(Buffer.of(byte[0]! ^ 0x10), 0, 1, at)
    await handle.close()
  }
  const files = async () => (await readdir(join(original, 'db'))).filter((name) => /\.(ldb|log)$/.test(name))

  test('of any table, at its beginning, its middle or its end, costs what was in it and nothing else', async () => {
    expect((await files()).filter((name) => name.endsWith('.ldb')).length).toBeGreaterThan(1)
    for (const file of await files()) {
      for (const part of [0.02, 0.4, 0.8]) {
        await rm(path, { recursive: true, force: true })
        await copied()
        await spoil(join(path, 'db', file), part)
        const before = await everything()
        const { report } = await repaired()
        expect([file, report.damage.map((each) => each.file)]).toEqual([file, [file]])
        expect(report.kept).toBe(join(path, 'damaged-1'))
        // The damaged files are as they were.
        const kept = Object.entries(before).flatMap(([name, digest]) => {
          const at = name.replace(join(path, 'db'), report.kept as string)
          return at === name ? [] : [[at, digest]]
        })
        expect(await everything()).toMatchObject(Object.fromEntries(kept))
        await wakes()
      }
    }
  }, 180_000)

  test('mended at a start is followed by a look at what the store holds, and nothing sleeps for ever', async () => {
    for (const file of await files()) {
      await rm(path, { recursive: true, force: true })
      await copied()
      await spoil(join(path, 'db', file), 0.4)
      const checked = facts('store.checked')
      const clock = new SimulatedClock({ wall: stopped, boot: 'after' })
      const runtime = await runtimeAt(path, clock).start()
      expect(checked.seen.length).toBe(1)
      await runtime.stop()
      const again = await runtimeAt(path, clock.restart()).start()
      expect(checked.seen.length).toBe(1)
      await again.stop()
      await wakes()
      expect((await repair({ path })).changed).toBe(false)
    }
  })
})
