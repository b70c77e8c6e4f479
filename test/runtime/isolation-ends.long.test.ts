/** What ends a run in a thread or process, and what is left of it: nothing. The daemon and the other runs live on. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { cells, fixture, heldPipe, isolated, keptLog, PLACES } from './isolated-lab.js'
import { boot, facts, refusal, temporaryDirectory } from './lab.js'

describe.each(PLACES)('in a %s', (place) => {
  test('a cancelled run is told by its signal; what it comes to is ignored', async () => {
    const at = cells()
    const late = facts('run.late')
    const witness = join(await temporaryDirectory(), 'witness')
    const runtime = await boot({ tasks: [isolated('any', place)] })
    const task = await runtime.enqueue('any', { do: 'waits', witness })
    await at.here(task.id)
    await runtime.cancel(task.id)
    expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_TASK_TERMINATED', reason: 'cancelled' })
    await late.first(({ id }) => id === task.id)
    expect(await readFile(witness, 'utf8')).toBe(`${task.id} AbortError cancelled\n`)
    expect((await task.get())?.result).toBeUndefined()
  })

  test.for([
    ['that hears nothing', 'deaf'],
    ['that blocks its loop', 'blocks'],
    ['that leaves work behind when it ends', 'leavesWork'],
  ] as const)('a run %s is really stopped, and then its slot is free', async ([, what]) => {
    const at = cells()
    const pipe = await heldPipe()
    const runtime = await boot({
      tasks: [isolated('any', { in: place, grace: 50 })],
      routes: { default: { concurrency: 1 } },
    })
    const task = await runtime.enqueue('any', { do: what, pipe: pipe.path })
    const next = await runtime.enqueue('any', { do: 'double', n: 2 })
    await at.here(task.id)
    await runtime.cancel(task.id)
    await at.ended.first()
    expect(await next.finished()).toBe(4)
    // A file that a thread opened is closed with it; Node does it a moment after the thread is gone.
    await pipe.released
  })

  test('a run past its time limit, or silent for too long, is stopped although its loop is blocked', async () => {
    const at = cells()
    const tasks = [
      isolated('late', { in: place, grace: 10 }, { timeout: '1s' }),
      isolated('silent', { in: place, grace: 10 }, { heartbeat: '500ms' }),
    ]
    const runtime = await boot({ tasks })
    const [late, silent] = [
      await runtime.enqueue('late', { do: 'blocks' }),
      await runtime.enqueue('silent', { do: 'blocks' }),
    ]
    expect(await refusal(late.finished())).toMatchObject({ reason: 'timeout' })
    expect(await refusal(silent.finished())).toMatchObject({ reason: 'awol' })
    await runtime.stop()
    expect(at.there).toBe(0)
  })

  test('a retry of a run that was stopped waits until the first one is gone', async () => {
    const order: string[] = []
    const ended = facts('isolation.ended')
    const starts = facts('run.start')
    const tasks = [isolated('any', { in: place, grace: 30 }, { timeout: 400, retry: { attempts: 2, delay: 0 } })]
    const runtime = await boot({ tasks })
    const task = await runtime.enqueue('any', { do: 'blocks' })
    await Promise.all([
      ended.next().then(() => order.push('gone')),
      starts.first(({ attempt }) => attempt === 2).then(() => order.push('again')),
    ])
    expect(order).toEqual(['gone', 'again'])
    await runtime.cancel(task.id)
  })

  test.for([
    ['exits', 'ended with code 3'],
    ['uncaught', 'RangeError: nobody caught it'],
    ['rejected', 'RangeError: nobody caught it'],
  ] as const)('a run that %s fails its task: %s', async ([what, message]) => {
    const runtime = await boot({ tasks: [isolated('any', place)], multitask: { workers: 1 } })
    const task = await runtime.enqueue('any', { do: what })
    expect(await refusal(task.finished())).toMatchObject({
      error: { code: 'ERR_PROCESSOR_EXITED', message: expect.stringContaining(message) },
    })
    expect(await (await runtime.enqueue('any', { do: 'double', n: 3 })).finished()).toBe(6)
  })

  test('a result that was given counts, although the thread or process ends right after it', async () => {
    const ended = facts('isolation.ended')
    const runtime = await boot({ tasks: [isolated('any', place)] })
    const task = await runtime.enqueue('any', { do: 'exitsAfter' })
    expect(await task.finished()).toBe('in time')
    await ended.first()
    expect(await (await runtime.enqueue('any', { do: 'double', n: 3 })).finished()).toBe(6)
  })

  test('a run that passes its memory limit fails its task, and a retry gets a fresh one', async () => {
    const at = cells()
    const tasks = [isolated('any', { in: place, memory: '32 MiB' })]
    const runtime = await boot({ tasks })
    const task = await runtime.enqueue('any', { do: 'memory' })
    expect(await refusal(task.finished())).toMatchObject({
      error: { code: 'ERR_PROCESSOR_MEMORY', message: expect.stringContaining('32 MiB') },
    })
    expect(await (await runtime.enqueue('any', { do: 'double', n: 3 })).finished()).toBe(6)
    expect(at.started.seen).toMatchObject([{ memoryMb: 32 }, { memoryMb: 32 }])
  })

  test.for(['garbage', 'lies'])('%s on the channel fails the task that it came from, and no other', async (what) => {
    const at = cells()
    const runtime = await boot({ tasks: [isolated('any', place)], multitask: { workers: 2 } })
    const other = await runtime.enqueue('any', { do: 'waits' })
    await at.here(other.id)
    const task = await runtime.enqueue('any', { do: what })
    expect(await refusal(task.finished())).toMatchObject({ error: { code: 'ERR_PROCESSOR_CRASHED' } })
    expect(await other.get()).toMatchObject({ state: 'RUNNING', attempt: 1 })
  })

  test('a module that throws while it is loaded fails the task with its error; mended, the next run finds it well', async () => {
    const mended = join(await temporaryDirectory(), 'mended')
    process.env.HOLDFAST_TEST_MENDED = mended
    const broken = defineTask({ kind: 'broken', isolate: place, module: fixture('broken') })
    const runtime = await boot({ tasks: [broken], multitask: { workers: 1 } })
    const task = await runtime.enqueue('broken')
    expect(await refusal(task.finished())).toMatchObject({
      error: { name: 'SyntaxError', message: 'it cannot be loaded' },
    })
    await writeFile(mended, '')
    expect(await (await runtime.enqueue('broken')).finished()).toBe('mended')
  })

  test('a module that ends its place, never loads, or has no processor fails its task', async () => {
    const of = (name: string) =>
      defineTask({ kind: name, isolate: { in: place, grace: 10 }, module: fixture(name), heartbeat: '500ms' })
    const runtime = await boot({ tasks: [of('exiting'), of('endless'), of('empty')] })
    const ended = async (kind: 'exiting' | 'endless' | 'empty') => refusal((await runtime.enqueue(kind)).finished())
    expect(await ended('exiting')).toMatchObject({ error: { code: 'ERR_PROCESSOR_EXITED', message: /code 7/ } })
    expect(await ended('endless')).toMatchObject({ reason: 'awol' })
    expect(await ended('empty')).toMatchObject({ error: { code: 'ERR_INVALID_DEFINITION' } })
  })

  test('a drain gives running tasks their time; what is left then is stopped, kept, and nothing remains', async () => {
    const at = cells()
    const path = await temporaryDirectory()
    const pipe = await heldPipe()
    const before = await boot({ path, tasks: [isolated('any', { in: place, grace: 20 })], multitask: { workers: 2 } })
    const blocked = await before.enqueue('any', { do: 'blocks', pipe: pipe.path })
    await at.here(blocked.id)
    const short = await before.enqueue('any', { do: 'double', n: 1 })
    const ended = facts('run.end')
    await ended.first(({ id }) => id === short.id)
    await before.stop({ drain: 10 })
    expect(at.there).toBe(0)
    await pipe.released
    const runtime = await boot({ path, tasks: [isolated('any', place)] })
    expect(await runtime.handle(blocked.id).finished()).toBe('recovered blocks at 2')
    expect(await runtime.get(short.id)).toMatchObject({ result: 2 })
  })
})

describe('in a process', () => {
  test('one that kills itself, or is killed from outside, fails its task with the signal', async () => {
    const at = cells()
    const runtime = await boot({ tasks: [isolated('any', 'process')], multitask: { workers: 1 } })
    const itself = await runtime.enqueue('any', { do: 'killed' })
    const expected = { error: { code: 'ERR_PROCESSOR_EXITED', message: expect.stringContaining('SIGKILL') } }
    expect(await refusal(itself.finished())).toMatchObject(expected)
    const task = await runtime.enqueue('any', { do: 'blocks' })
    process.kill(await at.here(task.id), 'SIGKILL')
    expect(await refusal(task.finished())).toMatchObject(expected)
  })

  test('one that was killed while it was idle fails nobody', async () => {
    const at = cells()
    const runtime = await boot({ tasks: [isolated('any', 'process')], multitask: { workers: 1 } })
    const first = (await (await runtime.enqueue('any', { do: 'look' })).finished()) as { pid: number }
    process.kill(first.pid, 'SIGKILL')
    // Its end may not be known yet when it is lent: it died before the run began, which is no fault of the task.
    const second = (await (await runtime.enqueue('any', { do: 'look' })).finished()) as { pid: number }
    expect(second.pid).not.toBe(first.pid)
    expect(at.started.seen).toHaveLength(2)
  })

  test('a signal that a terminal or systemd sends to all does not end it: the runtime decides', async () => {
    const at = cells()
    const runtime = await boot({ tasks: [isolated('any', 'process')] })
    const task = await runtime.enqueue('any', { do: 'waits' })
    const pid = await at.here(task.id)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid, signal)
    const after = await runtime.enqueue('any', { do: 'double', n: 1 })
    await after.finished()
    expect(await task.get()).toMatchObject({ state: 'RUNNING' })
    expect(at.ended.seen).toEqual([])
  })

  test('programs that it started end with it', async () => {
    const at = cells()
    const pipe = await heldPipe()
    const runtime = await boot({ tasks: [isolated('any', { in: 'process', grace: 10 })] })
    const task = await runtime.enqueue('any', { do: 'starts', pipe: pipe.path })
    await at.here(task.id)
    await runtime.cancel(task.id)
    await at.ended.first()
    await pipe.released
  })

  test('a line without an end does not fill the memory of the daemon: its task fails', async () => {
    const runtime = await boot({ tasks: [isolated('any', 'process')] })
    const task = await runtime.enqueue('any', { do: 'floods' })
    expect(await refusal(task.finished())).toMatchObject({ error: { code: 'ERR_PROCESSOR_CRASHED' } })
  })

  test('what a module writes when nobody has it is in the log', async () => {
    const { log, lines } = keptLog()
    const ended = facts('isolation.ended')
    const runtime = await boot({ log, tasks: [isolated('any', 'process')] })
    await (await runtime.enqueue('any', { do: 'laterWrites' })).finished()
    await runtime.stop()
    await ended.first()
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'at the end',
        data: { stream: 'stdout', isolated: expect.stringMatching(/^process \d+$/) },
      }),
    )
  })
})
