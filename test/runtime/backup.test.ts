/** Backups of a runtime at work, and runtimes that go on from them. */
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { backup, defineTask, type Runtime, restore } from '../../src/index.js'
import { decodeMark } from '../../src/runtime/mark.js'
import { Runtime as OnStore } from '../../src/runtime/runtime.js'
import { readBackup } from '../../src/store/backup-reader.js'
import { diskStore } from '../../src/store/disk.js'
import type { Entry } from '../../src/store/store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { contentsOf, readDirectory } from '../support/backups.js'
import { lookThrough } from '../support/consistency.js'
import { boot, deferred, refusal, silent, temporaryDirectory } from './lab.js'

const HOUR = 3_600_000

async function entriesOf(directory: string): Promise<Entry[]> {
  const found: Entry[] = []
  await readBackup(readDirectory(directory), { begin: () => undefined, take: async (page) => void found.push(...page) })
  return found
}

const work = [
  defineTask({
    kind: 'step',
    run: async (task) => void (await task.enqueue('echo', task.id, { id: `${task.id}.made` })),
  }),
  defineTask({ kind: 'echo', run: ({ input }) => input ?? null }),
  defineTask({
    kind: 'shaky',
    retry: { attempts: 3, delay: 0 },
    run: ({ attempt }) => (attempt < 2 ? Promise.reject(new Error('no')) : 1),
  }),
]

test('a backup made while tasks are made, run and end is the store as of one moment', async () => {
  const place = await temporaryDirectory()
  const runtime = await boot({
    tasks: work,
    schedules: { often: { every: '1s', task: { kind: 'echo' }, overlap: 'queue' } },
  })
  let over = false
  const load = (async () => {
    for (let n = 0; !over; n++) {
      const id = (m: number) => `t${n}-${m}`
      await runtime.enqueueMany([
        { kind: 'step', id: id(0), group: `g${n % 7}`, onSuccess: { kind: 'echo' } },
        { kind: 'step', id: id(1), key: `k${n % 5}`, in: n % 2 === 0 ? '1h' : 0 },
        { kind: 'shaky', id: id(2), dependsOn: [id(0)], group: 'late' },
        { kind: 'echo', id: id(3), dependsOn: { tasks: [id(1), id(2)], failed: 'run' }, in: '1m' },
      ])
      if (n % 3 === 0) await runtime.cancel({ group: 'late', state: 'SPOOLED' })
    }
  })()
  for (let n = 0; n < 8; n++) {
    const directory = join(place, String(n))
    const { entries, tasks } = await runtime.backup({ directory })
    const found = await entriesOf(directory)
    expect(found.length).toBe(entries)
    const { records, complaints } = lookThrough(found)
    expect(complaints).toEqual([])
    expect(Object.values(tasks).reduce((sum, count) => (sum ?? 0) + (count ?? 0), 0)).toBe(records.size)
    const causes = new Set([...records.values()].map(({ record }) => record.extras.cause?.id))
    for (const [id, { record }] of records) {
      if (record.context.kind !== 'step') continue
      const done = record.state === 'FINISHED'
      expect([id, records.has(`${id}.made`)]).toEqual([id, done])
      if (id.endsWith('-0')) expect([id, causes.has(id)]).toEqual([id, done])
    }
  }
  over = true
  await load
})

describe('where a backup goes', () => {
  async function some(): Promise<{ runtime: Runtime; place: string }> {
    const runtime = (await boot({ tasks: work })) as unknown as Runtime
    await runtime.enqueueMany([1, 2, 3].map((n) => ({ kind: 'echo', id: `t${n}`, in: '1h' })))
    return { runtime, place: await temporaryDirectory() }
  }

  async function comesBack(from: string | Readable, place: string): Promise<void> {
    const report = await restore({ from, path: join(place, 'store') })
    expect(report).toMatchObject({ tasks: { SPOOLED: 3 }, holdfast: expect.stringMatching(/^\d+\.\d+/) })
    const again = await boot({ path: join(place, 'store'), tasks: work })
    expect(await again.count()).toBe(3)
  }

  test('a directory', async () => {
    const { runtime, place } = await some()
    const heard: number[] = []
    const { bytes } = await runtime.backup({ directory: join(place, 'b') }, { onProgress: (done) => heard.push(done) })
    expect(heard.at(-1)).toBe(bytes)
    await comesBack(join(place, 'b'), place)
  })

  test('a tar file, which is there when it is whole', async () => {
    const { runtime, place } = await some()
    await runtime.backup({ file: join(place, 'b.tar') })
    expect(await readdir(place)).toEqual(['b.tar'])
    expect((await stat(join(place, 'b.tar'))).mode & 0o777).toBe(0o600)
    expect((await refusal(runtime.backup({ file: join(place, 'b.tar') }))).code).toBe('ERR_EXISTS')
    await comesBack(join(place, 'b.tar'), place)
  })

  test('a stream, and a stream of the web', async () => {
    const { runtime, place } = await some()
    const pipe = new PassThrough()
    await Promise.all([runtime.backup(pipe), comesBack(pipe, place)])
    const chunks: Uint8Array[] = []
    await runtime.backup(new WritableStream({ write: (chunk) => void chunks.push(chunk) }))
    await comesBack(Readable.from(chunks), await temporaryDirectory())
  })

  test('nothing else', async () => {
    const { runtime, place } = await some()
    for (const wrong of [undefined, 'x', {}, { directory: place, file: place }, { directory: 1 }, { folder: place }])
      expect((await refusal(runtime.backup(wrong as never))).code).toBe('ERR_INVALID_OPTION')
    expect((await refusal(restore({ from: 1, path: place } as never))).code).toBe('ERR_INVALID_OPTION')
    expect((await refusal(restore({ from: join(place, 'none'), path: join(place, 's') }))).code).toBe(
      'ERR_BACKUP_DAMAGED',
    )
    const nowhere = { file: join(place, 'no', 'where.tar') }
    expect(await refusal(runtime.backup(nowhere))).toMatchObject({ code: 'ERR_STORE_IO' })
    expect(await readdir(place)).toEqual([])
  })
})

/** Much that does not pack: more than all buffers on the way to a reader. */
const bulky = async () => {
  const runtime = await boot({ tasks: work })
  const input = (n: number) => Array.from({ length: 12_000 }, (_, i) => Math.sin(n * 1e6 + i))
  for (let n = 0; n < 80; n++) await runtime.enqueue('echo', input(n), { in: '1h' })
  return runtime
}

describe('a backup that comes to nothing', () => {
  test('is one that somebody gave up: the next one may begin', async () => {
    const runtime = await bulky()
    const place = await temporaryDirectory()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(runtime.backup({ file: join(place, 'a') }, { signal })).rejects.toThrow('enough')
    const controller = new AbortController()
    const onProgress = () => controller.abort(new Error('enough'))
    await expect(
      runtime.backup({ directory: join(place, 'b') }, { signal: controller.signal, onProgress }),
    ).rejects.toThrow('enough')
    expect((await refusal(restore({ from: join(place, 'b'), path: join(place, 's') }))).code).toBe('ERR_BACKUP_DAMAGED')
    await runtime.backup({ directory: join(place, 'b') })
    expect(await readdir(place)).toEqual(['b'])
  })

  test('is a second one at the same time', async () => {
    const runtime = await bulky()
    const held = deferred()
    const begun = deferred()
    const slow = new Writable({
      write: (_chunk, _encoding, done) => {
        begun.resolve()
        void held.promise.then(() => done())
      },
    })
    const first = runtime.backup(slow)
    await begun.promise
    expect((await refusal(runtime.backup({ directory: await temporaryDirectory() }))).code).toBe('ERR_BACKUP_RUNNING')
    held.resolve()
    await first
  })

  test('is one whose reader went away, and one that the runtime stopped under', async () => {
    const runtime = await bulky()
    const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the stick was pulled out')) })
    await expect(runtime.backup(gone)).rejects.toThrow('the stick was pulled out')
    const begun = deferred()
    const stuck = new Writable({ write: () => begun.resolve() })
    const cut = runtime.backup(stuck)
    await begun.promise
    const stopped = runtime.stop()
    stuck.destroy()
    await expect(cut).rejects.toThrow()
    await stopped
    expect((await refusal(runtime.backup(stuck))).code).toBe('ERR_STOPPED')
  })
})

describe('a store that no daemon has open', () => {
  test('is backed up as it is', async () => {
    const place = await temporaryDirectory()
    const path = join(place, 'store')
    const runtime = await boot({ path, tasks: work })
    await runtime.enqueue('echo', 1, { in: '1h' })
    expect((await refusal(backup({ path, to: { directory: join(place, 'b') } }))).code).toBe('ERR_STORE_LOCKED')
    await runtime.stop()
    const before = await contentsOf(path)
    await backup({ path, to: { directory: join(place, 'b') } })
    expect(await entriesOf(join(place, 'b'))).toEqual(before)
  })

  test('has to be there', async () => {
    const path = join(await temporaryDirectory(), 'store')
    expect((await refusal(backup({ path, to: { directory: `${path}-b` } }))).code).toBe('ERR_NOT_FOUND')
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a runtime that goes on from a backup', () => {
  /** A runtime on a board with a clock of its own; what runs there waits for the test. */
  async function on(path: string, clock: SimulatedClock) {
    const runs: string[] = []
    const held = deferred<unknown>()
    const reached = new Map<string, ReturnType<typeof deferred<void>>>()
    /** Resolves when a run is there: `id#attempt`. */
    const at = (run: string) => {
      const there = reached.get(run) ?? deferred()
      reached.set(run, there)
      return there.promise
    }
    const note = (task: { id: string; attempt: number }) => {
      const run = `${task.id}#${task.attempt}`
      runs.push(run)
      void at(run)
      reached.get(run)?.resolve()
      return held.promise
    }
    const tasks = [
      defineTask({ kind: 'work', run: note }),
      defineTask({ kind: 'once', delivery: 'at-most-once', run: note }),
    ]
    const runtime = await new OnStore({ path, tasks, log: silent }, { store: diskStore(path), clock }).start()
    onTestFinished(() => {
      held.resolve(0)
      return runtime.stop()
    })
    return { runtime, runs, at }
  }

  async function moved(other: SimulatedClock) {
    const place = await temporaryDirectory()
    const clock = new SimulatedClock()
    const first = await on(join(place, 'one'), clock)
    await first.runtime.enqueueMany([
      { kind: 'work', id: 'works', retry: { attempts: 2 } }, { kind: 'once', id: 'once' },
      { kind: 'work', id: 'soon', in: HOUR },
      { kind: 'work', id: 'absolute', runAt: new Date(clock.wall() + HOUR) },
    ]) // biome-ignore format: a table
    await first.at('works#1')
    await first.at('once#1')
    await first.runtime.backup({ directory: join(place, 'backup') })
    await restore({ from: join(place, 'backup'), path: join(place, 'two') })
    return on(join(place, 'two'), other)
  }

  test('on the same board in the same boot: what ran is taken up, and nobody counts that as a death', async () => {
    const clock = new SimulatedClock()
    clock.advance(1000)
    const { runtime, runs, at } = await moved(clock)
    await at('works#2')
    expect(runs).toEqual(['works#2'])
    const context = await runtime.get('works')
    expect(context).toMatchObject({ state: 'RUNNING', attempt: 2 })
    expect(await runtime.get('once')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted', attempt: 1 })
  })

  test('on another board an hour later: what fell due meanwhile is due', async () => {
    const { runs, at } = await moved(
      new SimulatedClock({ wall: new SimulatedClock().wall() + HOUR, mono: 5, boot: 'other' }),
    )
    for (const run of ['soon#1', 'absolute#1', 'works#2']) await at(run)
    expect(runs.sort()).toEqual(['absolute#1', 'soon#1', 'works#2'])
  })

  test('on a board whose clock is behind: relative waits begin anew where they were, and nothing is early', async () => {
    const clock = new SimulatedClock({ wall: new SimulatedClock().wall() - 100 * HOUR, mono: 5, boot: 'other' })
    const { runtime, runs, at } = await moved(clock)
    await at('works#2')
    expect(runs).toEqual(['works#2'])
    clock.advance(HOUR - 1)
    await runtime.enqueue('work', undefined, { id: 'mark' })
    expect(runs).not.toContain('soon#1')
    clock.advance(1)
    await at('soon#1')
    expect(await runtime.get('absolute')).toMatchObject({ state: 'SPOOLED' })
  })

  test('five times over: a restore never uses up the interruptions that a task may have', async () => {
    const place = await temporaryDirectory()
    let { runtime, at } = await on(join(place, '0'), new SimulatedClock())
    await runtime.enqueue('work', undefined, { id: 'w' })
    for (let n = 1; n <= 5; n++) {
      await at(`w#${n}`)
      await runtime.backup({ directory: join(place, `b${n}`) })
      await restore({ from: join(place, `b${n}`), path: join(place, String(n)) })
      ;({ runtime, at } = await on(join(place, String(n)), new SimulatedClock()))
    }
    await at('w#6')
    expect(await runtime.get('w')).toMatchObject({ state: 'RUNNING', attempt: 6 })
  })

  test('a backup of a store that was stopped cleanly forgives nothing in the name of that stop', async () => {
    const place = await temporaryDirectory()
    const path = join(place, 'one')
    const runtime = await boot({ path, tasks: work })
    await runtime.enqueue('echo', 1)
    await runtime.stop()
    const marked = async (at: string) => decodeMark(new Map(await contentsOf(at)).get('m!runtime'))
    expect(await marked(path)).toMatchObject({ clean: true })
    await backup({ path, to: { file: join(place, 'b.tar') } })
    await restore({ from: join(place, 'b.tar'), path: join(place, 'two') })
    const mark = await marked(join(place, 'two'))
    expect(mark).not.toHaveProperty('clean')
    expect(mark?.clock.boot).not.toBe((await marked(path))?.clock.boot)
  })

  test('numbers its events above all that the store before can have numbered since', async () => {
    const place = await temporaryDirectory()
    const tasks = [defineTask({ kind: 'say', run: (task) => task.emit({ type: 'said' }) })]
    const runtime = await boot({ path: join(place, 'one'), tasks })
    await (await runtime.enqueue('say')).finished()
    await runtime.backup({ directory: join(place, 'b') })
    for (let n = 0; n < 5; n++) await (await runtime.enqueue('say')).finished()
    const seen = new Set((await runtime.events({ after: 1 })).map(({ seq }) => seq))
    await restore({ from: join(place, 'b'), path: join(place, 'two') })
    const again = await boot({ path: join(place, 'two'), tasks })
    for (let n = 0; n < 5; n++) await (await again.enqueue('say')).finished()
    const events = await again.events()
    expect(events.length).toBe(6)
    expect(events.filter(({ seq }) => seen.has(seq))).toEqual([])
    expect((await again.events({ after: 6 })).length).toBe(5)
  })

  test('knows the ids of the backup, and not those made since: asked again, these are made again', async () => {
    const place = await temporaryDirectory()
    const runtime = await boot({ path: join(place, 'one'), tasks: work })
    await runtime.enqueue('echo', 1, { id: 'before', key: 'k', in: '1h' })
    await runtime.backup({ directory: join(place, 'b') })
    await runtime.enqueue('echo', 2, { id: 'since' })
    await restore({ from: join(place, 'b'), path: join(place, 'two') })
    const again = await boot({ path: join(place, 'two'), tasks: work })
    expect((await again.enqueue('echo', 1, { id: 'before', key: 'k', in: '1h' })).created).toBe(false)
    expect((await again.enqueue('echo', 1, { key: 'k' })).id).toBe('before')
    expect((await again.enqueue('echo', 2, { id: 'since' })).created).toBe(true)
  })
})

test('a restore that is given up leaves nothing, and the store before', async () => {
  const place = await temporaryDirectory()
  const runtime = await bulky()
  await runtime.backup({ file: join(place, 'b.tar') })
  const controller = new AbortController()
  const onProgress = () => controller.abort(new Error('enough'))
  const options = { from: join(place, 'b.tar'), path: join(place, 'store'), signal: controller.signal, onProgress }
  await expect(restore(options)).rejects.toThrow('enough')
  expect(await readdir(place)).toEqual(['b.tar'])
  const stalled = new Readable({ read: () => undefined })
  const soon = new AbortController()
  const waiting = restore({ from: stalled, path: join(place, 'store'), signal: soon.signal })
  soon.abort(new Error('no more'))
  await expect(waiting).rejects.toThrow('no more')
  await writeFile(join(place, 'text'), 'no tar')
  expect((await refusal(restore({ from: join(place, 'text'), path: join(place, 'store') }))).code).toBe(
    'ERR_BACKUP_DAMAGED',
  )
  expect((await readdir(place)).sort()).toEqual(['b.tar', 'text'])
})
