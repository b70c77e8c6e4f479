/** Fail-stop: a commit failed, nobody knows what of it is on disk, and the disk decides when it is back. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/runtime/define.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { all, codeOf, latch, next, noting, runtimeOn, settled, silent } from './in-process.js'

test('its callers get ERR_COMMIT_UNKNOWN, no work is taken, and the disk decides when it is back', async () => {
  const store = new FaultyStore(memoryStore())
  const runs: string[] = []
  const runtime = await runtimeOn(store, [noting('plain', runs)])
  const kept = await runtime.enqueue('plain', {}, { id: 'kept' })
  await kept.finished()
  const degraded = next('store.degraded')
  store.fail()
  const load = Array.from({ length: 50 }, (_, i) => codeOf(runtime.enqueue('plain', { i }, { id: `lost-${i}` })))
  expect(new Set(await Promise.all(load))).toEqual(new Set(['ERR_COMMIT_UNKNOWN']))
  expect(await degraded).toHaveProperty('error.code', 'ERR_COMMIT_UNKNOWN')
  expect(await codeOf(runtime.enqueue('plain', {}))).toBe('ERR_DEGRADED')
  expect(await codeOf(runtime.cancel('kept'))).toBe('ERR_DEGRADED')
  expect(runs).toEqual(['kept#1'])
  const recovered = next('store.recovered')
  store.mend()
  await recovered
  const [again, same] = await Promise.all([
    runtime.enqueue('plain', { i: 7 }, { id: 'lost-7' }),
    runtime.enqueue('plain', {}, { id: 'kept' }),
  ])
  expect([again.created, same.created]).toEqual([true, false])
  expect(await again.finished()).toEqual({ of: 'lost-7' })
  expect(runs).toEqual(['kept#1', 'lost-7#1'])
})

test('a running function goes on, and its outcome with its follow-ups counts once the disk is back', async () => {
  const store = new FaultyStore(memoryStore())
  const runs: string[] = []
  const { open, opened } = latch()
  const parent = defineTask({
    kind: 'parent',
    run: async (task: { id: string; enqueue(kind: string, input: unknown): Promise<string> }) => {
      runs.push(task.id)
      await task.enqueue('leaf', { n: 1 })
      await opened
      await task.enqueue('leaf', { n: 2 })
      return 'done'
    },
  })
  const runtime = await runtimeOn(store, [parent, noting('leaf', runs)])
  const begun = next('run.start')
  const task = await runtime.enqueue('parent', {}, { id: 'parent', onSuccess: { kind: 'leaf' } })
  await begun
  const finished = task.finished()
  const degraded = next('store.degraded')
  store.fail()
  await codeOf(runtime.enqueue('leaf', {}))
  await degraded
  const ended = next('run.end')
  open()
  await ended
  const recovered = next('store.recovered')
  store.mend()
  await recovered
  expect(await finished).toBe('done')
  expect(await (await runtime.get('parent'))?.attempt).toBe(1)
  await settled(runtime)
  expect(await runtime.count({ kind: 'leaf' })).toBe(3)
  expect(runs.length).toBe(4)
})

test('an outcome whose commit fails is kept and counts once', async () => {
  const store = new FaultyStore(memoryStore())
  const runs: string[] = []
  const { open, opened } = latch()
  const runtime = await runtimeOn(store, [noting('parent', runs, opened), noting('leaf', runs)])
  const begun = next('run.start')
  const task = await runtime.enqueue('parent', {}, { id: 'parent', onSuccess: [{ kind: 'leaf' }, { kind: 'leaf' }] })
  await begun
  const recovered = next('store.recovered')
  store.failNext(1)
  open()
  await recovered
  expect(await task.finished()).toEqual({ of: 'parent' })
  await settled(runtime)
  expect(await runtime.count({ kind: 'leaf' })).toBe(2)
  expect(runs.length).toBe(3)
})

test('it may fail again and again while it recovers; nothing is lost and nothing done twice', async () => {
  const store = new FaultyStore(memoryStore())
  const runs: string[] = []
  const { open, opened } = latch()
  const runtime = await runtimeOn(store, [noting('slow', runs, opened), noting('plain', runs)], {
    routes: { default: { concurrency: 2 } },
  })
  const begun = next('run.start')
  const slow = await runtime.enqueue('slow', {}, { id: 'slow', onSuccess: { kind: 'plain' } })
  await begun
  const waiting = await runtime.enqueueMany(
    Array.from({ length: 5 }, (_, i) => ({ kind: 'plain', input: { i }, id: `p-${i}`, in: 400 })),
  )
  const degraded = all('store.degraded')
  let probes = 0
  const recovered = next('store.recovered', () => probes >= 3)
  // What fails: the batch that meets the fault, then the first commit after each of two probes that went well.
  const batch = store.batch.bind(store)
  store.batch = async (ops, sync) => {
    const isProbe = ops.length === 1 && ops[0]?.key === 'm!runtime'
    if (isProbe) probes++
    if (degraded.length === 0 || (!isProbe && probes < 3)) throw Object.assign(new Error('no space'), { code: 'x' })
    return batch(ops, sync)
  }
  await codeOf(runtime.enqueue('plain', {}, { id: 'unknown' }))
  open()
  await recovered
  expect(degraded.length).toBeGreaterThan(1)
  await Promise.all([slow, ...waiting].map((task) => task.finished()))
  await settled(runtime)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(7)
  expect(runs.toSorted()).toEqual(['p-0#1', 'p-1#1', 'p-2#1', 'p-3#1', 'p-4#1', runs.at(-1), 'slow#1'].toSorted())
})

test('stop() while the disk is broken ends, and the next start finds what was acknowledged', async () => {
  const inner = memoryStore()
  const store = new FaultyStore(inner)
  const runs: string[] = []
  const { opened } = latch()
  const signals: AbortSignal[] = []
  const slow = defineTask({
    kind: 'slow',
    run: async (task: { signal: AbortSignal }) => {
      signals.push(task.signal)
      await opened
    },
  })
  const runtime = await runtimeOn(store, [slow, noting('plain', runs)])
  const begun = next('run.start')
  const task = await runtime.enqueue('slow', {}, { id: 'slow' })
  await begun
  await runtime.enqueue('plain', {}, { id: 'later', in: 10 })
  const end = codeOf(task.finished())
  const degraded = next('store.degraded')
  store.fail()
  await codeOf(runtime.enqueue('plain', {}))
  await degraded
  await runtime.stop({ drain: '1h' })
  expect(await end).toBe('ERR_STOPPED')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  store.mend()
  const second = await runtimeOn(inner, [noting('slow', runs), noting('plain', runs)])
  await Promise.all([await second.enqueue('slow', {}, { id: 'slow' })].map((each) => each.finished()))
  await settled(second)
  expect(runs.toSorted()).toEqual(['later#1', 'slow#2'])
})

test('a task whose making was cut short by the failure is not run behind the back of the disk', async () => {
  const store = new FaultyStore(memoryStore())
  const runs: string[] = []
  const runtime = await runtimeOn(store, [noting('plain', runs)])
  const { open, opened } = latch()
  const getMany = store.getMany.bind(store)
  store.getMany = async (keys) => {
    const values = await getMany(keys)
    await opened
    return values
  }
  // Its id is looked up while the disk fails under somebody else.
  const cut = codeOf(runtime.enqueue('plain', {}, { id: 'cut' }))
  const recovered = next('store.recovered')
  store.failNext(1)
  await codeOf(runtime.enqueue('plain', {}))
  open()
  store.getMany = getMany
  expect(await cut).toBe('ERR_DEGRADED')
  await recovered
  const other = await runtime.enqueue('plain', {}, { id: 'other' })
  await other.finished()
  expect(runs).toEqual(['other#1'])
  expect(await runtime.get('cut')).toBeUndefined()
  const again = await runtime.enqueue('plain', {}, { id: 'cut' })
  expect(again.created).toBe(true)
  expect(await again.finished()).toEqual({ of: 'cut' })
})

test.each([
  ['ENOSPC', 'free some space'],
  ['EIO', 'replace the card'],
  ['EROFS', 'remount it'],
] as const)('the log says what helps against %s', async (trouble, help) => {
  const store = new FaultyStore(memoryStore())
  const errors: string[] = []
  const runtime = await runtimeOn(store, [noting('plain', [])], {
    log: { ...silent, error: (line) => void errors.push(line) },
  })
  const [degraded, recovered] = [next('store.degraded'), next('store.recovered')]
  store.fail(trouble)
  const refused = runtime.enqueue('plain', {}).catch((error) => error)
  await degraded
  expect(errors).toEqual([expect.stringMatching(new RegExp(`^the store is degraded: .*${help}`))])
  expect(await refused).toMatchObject({
    code: 'ERR_COMMIT_UNKNOWN',
    hint: expect.stringMatching(/^The log says what the disk needs/),
  })
  store.mend()
  await recovered
})
