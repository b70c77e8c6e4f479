/** Supervised parts that die: one is started anew, alone, and nothing it had in hand is lost; too often, and all ends. */
import { expect, test } from 'vitest'
import { SystemClock } from '../../src/kernel/system-clock.js'
import { defineTask } from '../../src/runtime/define.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { all, codeOf, latch, next, noting, runtimeOn, settled } from './in-process.js'

interface Part {
  send(event: object): void
  getSnapshot(): { status: string }
}

const partOf = (runtime: Runtime, name: string) => (runtime.system as unknown as Map<string, Part>).get(name) as Part

/** The part dies of the next event it gets: its logic is an ordinary actor's, and this is an ordinary bug in it. */
function kill(part: Part): void {
  const actor = part as unknown as { logic: { transition: unknown } }
  actor.logic = Object.create(actor.logic as object, {
    transition: {
      value: () => {
        throw new Error('a bug')
      },
    },
  })
  part.send({ type: 'due' })
}

test.each(['router', 'manifest', 'route:default'])(
  '%s dies: it alone is started anew and nothing is lost',
  async (name) => {
    const runs: string[] = []
    const { open, opened } = latch()
    const flaky = defineTask({
      kind: 'flaky',
      retry: { attempts: 3, delay: 5, backoff: 'constant' },
      run: (task: { id: string; attempt: number }) => {
        runs.push(`${task.id}#${task.attempt}`)
        if (task.attempt < 3) throw new Error('not yet')
      },
    })
    const tasks = [noting('plain', runs), noting('slow', runs, opened), flaky]
    const runtime = await runtimeOn(memoryStore(), tasks, { routes: { default: { concurrency: 2 } } })
    const begun = next('run.start')
    await runtime.enqueue('slow', {}, { id: 'slow' })
    await begun
    const load = [
      ...Array.from({ length: 20 }, (_, i) => ({ kind: 'plain', input: { i }, id: `now-${i}` })),
      ...Array.from({ length: 20 }, (_, i) => ({ kind: 'plain', input: { i }, id: `soon-${i}`, in: 5 + i })),
      ...Array.from({ length: 5 }, (_, i) => ({ kind: 'flaky', input: { i }, id: `flaky-${i}` })),
    ]
    const making = runtime.enqueueMany(load)
    const others = ['router', 'manifest', 'route:default']
      .filter((other) => other !== name)
      .map((other) => partOf(runtime, other))
    const dead = partOf(runtime, name)
    const restarted = next('supervisor.restarted')
    kill(dead)
    expect(await restarted).toMatchObject({ child: name })
    expect(partOf(runtime, name)).not.toBe(dead)
    open()
    const handles = await making
    await Promise.all(handles.map((task) => task.finished()))
    await settled(runtime)
    expect(others.map((part) => part.getSnapshot().status)).toEqual(['active', 'active'])
    expect(await runtime.count({ state: 'FINISHED' })).toBe(46)
    expect(runs.length).toBe(1 + 40 + 15)
    expect(new Set(runs).size).toBe(runs.length)
    await runtime.stop()
  },
)

/** A clock with a bug: the n-th look at it throws. */
class FaultyClock extends SystemClock {
  looks = Number.POSITIVE_INFINITY

  override wall(): number {
    if (--this.looks === 0) throw new Error('a bug')
    return super.wall()
  }
}

test.each([1, 2, 4])(
  'a worker that dies at the %i. of the tasks it claims loses none of them, nor a slot',
  async (nth) => {
    const runs: string[] = []
    const clock = new FaultyClock()
    const options = { routes: { default: { concurrency: 4 } } }
    const runtime = await runtimeOn(memoryStore(), [noting('plain', runs)], options, clock)
    const restarted = next('supervisor.restarted')
    const many = () => runtime.enqueueMany(Array.from({ length: 10 }, (_, i) => ({ kind: 'plain', input: { i } })))
    const making = many()
    // Between the making of the tasks and the batch that takes them, in which the worker claims.
    setImmediate(() => {
      clock.looks = nth
    })
    expect(await restarted).toMatchObject({ child: 'route:default' })
    for (const task of await making) await task.finished()
    for (const task of await many()) await task.finished()
    expect(runs.length).toBe(20)
  },
)

test('a part that dies too often ends the runtime: done rejects ERR_ESCALATED, and the next start finds everything', async () => {
  const store = memoryStore()
  const runs: string[] = []
  const signals: AbortSignal[] = []
  const slow = defineTask({
    kind: 'slow',
    run: async (task: { signal: AbortSignal }) => {
      signals.push(task.signal)
      await new Promise(() => undefined)
    },
  })
  const runtime = await runtimeOn(store, [slow], { supervision: { restarts: 2, within: '1m' } })
  const begun = next('run.start')
  const task = await runtime.enqueue('slow', {}, { id: 'slow' })
  await begun
  const end = codeOf(task.finished())
  const restarts = all('supervisor.restarted')
  const escalated = next('supervisor.escalated')
  for (let n = 0; n < 3; n++) kill(partOf(runtime, 'router'))
  expect(await escalated).toMatchObject({ child: 'router' })
  expect(await codeOf(runtime.done)).toBe('ERR_ESCALATED')
  expect(restarts.length).toBe(2)
  expect(await codeOf(runtime.stop())).toBe('ERR_ESCALATED')
  expect(await codeOf(runtime.enqueue('slow', {}))).toBe('ERR_STOPPED')
  expect(await end).toBe('ERR_STOPPED')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  const second = await runtimeOn(store, [noting('slow', runs)])
  await (await second.enqueue('slow', {}, { id: 'slow' })).finished()
  expect(runs).toEqual(['slow#2'])
})
