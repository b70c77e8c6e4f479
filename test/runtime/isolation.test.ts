/** A processor in a thread or process sees its task as an inline one does, and what it says comes to the same. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTask } from '../../src/index.js'
import { cells, fixture, isolated, keptLog, PLACES } from './isolated-lab.js'
import { boot, facts, refusal, temporaryDirectory } from './lab.js'

const mark = async () => join(await temporaryDirectory(), 'mark')

describe.each(PLACES)('in a %s', (place) => {
  test('a run sees its task, is somewhere else, and gives its result', async () => {
    const runtime = await boot({ tasks: [isolated('look', place)] })
    const input = { do: 'look', a: [1, null, 'x'] }
    const task = await runtime.enqueue('look', input, { group: 'door' })
    expect(await task.finished()).toMatchObject({
      task: { id: task.id, kind: 'look', input, attempt: 1, group: 'door', cause: null, aborted: false },
      place,
      pid: place === 'thread' ? process.pid : expect.any(Number),
    })
    expect((await task.get())?.result).toMatchObject({ place })
  })

  test('a follow-up knows its cause, and a result of undefined is null', async () => {
    const runtime = await boot({ tasks: [isolated('any', place)] })
    const follow = { kind: 'any', group: 'next', input: { do: 'look' } }
    const task = await runtime.enqueue('any', { do: 'nothing' }, { onSuccess: follow })
    expect(await task.finished()).toBeNull()
    const next = (await runtime.find({ group: 'next' })).items[0]
    expect(await runtime.handle(next?.id as string).finished()).toMatchObject({
      task: { cause: { id: task.id, state: 'FINISHED', result: null } },
    })
  })

  test('a run reads what its task depended on, its settings, and the schedule that made it', async () => {
    const any = defineTask({
      kind: 'any',
      isolate: place,
      module: fixture('processor'),
      settings: { defaults: { unit: 'C' } },
    })
    const runtime = await boot({ tasks: [any] })
    const first = await runtime.enqueue('any', { do: 'double', n: 4 })
    const second = await runtime.enqueue('any', { do: 'surroundings' }, { dependsOn: [first.id] })
    expect(await second.finished()).toEqual({
      dependencies: [{ id: first.id, state: 'FINISHED', result: 8 }],
      settings: { unit: 'C' },
      schedule: null,
    })
    await runtime.schedules.put('s', {
      at: ['2099-01-01T00:00:00Z'],
      task: { kind: 'any', input: { do: 'surroundings' } },
    })
    const made = await runtime.schedules.trigger('s')
    expect(await made.finished()).toMatchObject({ dependencies: [], schedule: { id: 's' } })
  })

  test('what a schema makes of the input is what it sees', async () => {
    const dated = defineTask({
      kind: 'dated',
      isolate: place,
      module: fixture('processor'),
      input: z.object({ do: z.string(), at: z.coerce.date() }),
    })
    const runtime = await boot({ tasks: [dated] })
    const task = await runtime.enqueue('dated', { do: 'date', at: '2031-05-06T00:00:00Z' })
    expect(await task.finished()).toEqual({ isDate: true, year: 2031 })
    expect(await refusal(runtime.enqueue('dated', { do: 'date', at: 'never' }))).toMatchObject({
      code: 'ERR_INVALID_INPUT',
    })
  })

  test('what it throws is the error of its task: name, message, code and stack', async () => {
    const runtime = await boot({ tasks: [isolated('any', place)] })
    const thrown = await refusal((await runtime.enqueue('any', { do: 'throws' })).finished())
    expect(thrown).toMatchObject({
      code: 'ERR_TASK_FAILED',
      error: {
        name: 'TypeError',
        message: 'it does not fit',
        code: 'E_FIT',
        stack: expect.stringContaining('processor.mjs'),
      },
    })
    const text = await refusal((await runtime.enqueue('any', { do: 'throwsText' })).finished())
    expect(text).toMatchObject({ error: { message: 'just text', code: 'ERR_PROCESSOR_CRASHED' } })
  })

  test('a result that is no JSON, or too large, fails the task as it does inline', async () => {
    const runtime = await boot({ tasks: [isolated('any', place)] })
    const failed = async (what: string) => refusal((await runtime.enqueue('any', { do: what })).finished())
    expect(await failed('notJson')).toMatchObject({ error: { code: 'ERR_NOT_JSON', message: /result\.when/ } })
    expect(await failed('large')).toMatchObject({ error: { code: 'ERR_TOO_LARGE' } })
  })

  test('TerminalError, RetryAfter and snooze mean what they mean inline', async () => {
    const retry = { attempts: 3, delay: '1h' }
    const runtime = await boot({ tasks: [isolated('any', place, { retry })] })
    const dead = await runtime.enqueue('any', { do: 'terminal' })
    expect(await refusal(dead.finished())).toMatchObject({ error: { name: 'TerminalError', message: 'for good' } })
    expect((await dead.get())?.retryAt).toBeUndefined()
    const again = await runtime.enqueue('any', { do: 'retryAfter', mark: await mark() })
    expect(await again.finished()).toBe(2)
    for (const way of ['snoozes', 'snoozesByThrowing']) {
      const slept = await runtime.enqueue('any', { do: way, mark: await mark() })
      expect(await slept.finished()).toBe('awake')
      expect((await slept.get())?.history.map(({ state }) => state)).toContain('SPOOLED')
    }
  })

  test('emit, enqueue and progress cross, and their errors come back with code and hint', async () => {
    const emitted = facts('task.emitted')
    const runtime = await boot({ tasks: [isolated('any', place), isolated('double', place)] })
    const task = await runtime.enqueue('any', { do: 'calls' })
    const result = (await task.finished()) as { child: string; [name: string]: unknown }
    expect(result).toMatchObject({
      unknown: { name: 'HoldfastError', code: 'ERR_UNKNOWN_KIND', hint: expect.stringContaining('any, double') },
      option: { code: 'ERR_INVALID_OPTION', message: expect.stringContaining('priority') },
      input: { code: 'ERR_NOT_JSON', message: expect.stringContaining('input.at') },
      event: { code: 'ERR_INVALID_EVENT', hint: expect.any(String) },
      progress: { code: 'ERR_NOT_JSON' },
    })
    expect(emitted.seen).toMatchObject([{ taskId: task.id, event: { type: 'begun', n: 1 } }])
    expect(await runtime.handle(result.child).finished()).toBe(8)
    expect((await runtime.find({ group: 'made' })).items).toMatchObject([{ id: result.child }])
  })

  test('what it enqueued is discarded when it throws, and after the run it is refused', async () => {
    const runtime = await boot({
      tasks: [isolated('any', place), isolated('double', place)],
      multitask: { workers: 1 },
    })
    await refusal((await runtime.enqueue('any', { do: 'enqueuesAndThrows' })).finished())
    expect(await runtime.count({ kind: 'double' })).toBe(0)
    await (await runtime.enqueue('any', { do: 'keeps' })).finished()
    const late = await runtime.enqueue('any', { do: 'late' })
    expect(await late.finished()).toEqual(['ERR_RUN_OVER', 'ERR_RUN_OVER'])
  })

  test('its progress shows in the view, and heartbeats keep it alive', async () => {
    const runtime = await boot({ tasks: [isolated('alive', place, { heartbeat: 2000 })] })
    const task = await runtime.enqueue('alive', { do: 'beats' })
    expect(await task.finished()).toBe('lived')
  })

  test('its standard streams and its log lines go to the log of the runtime, long lines cut', async () => {
    const { log, lines } = keptLog()
    const runtime = await boot({ log, tasks: [isolated('any', place)] })
    const task = await runtime.enqueue('any', { do: 'writes', n: 1 })
    await task.finished()
    const about = { taskId: task.id, kind: 'any', attempt: 1 }
    expect(lines).toContainEqual({ level: 'info', message: 'to stdout', data: { ...about, stream: 'stdout' } })
    expect(lines).toContainEqual({ level: 'warn', message: 'to stderr', data: { ...about, stream: 'stderr' } })
    const long = lines.find(({ message }) => message.startsWith('long'))
    expect(long?.message).toHaveLength(4097)
    expect(lines.find(({ message }) => message === 'to the log')?.data).toMatchObject({
      ...about,
      error: { name: 'RangeError', message: 'far' },
      n: '1',
    })
  })

  test('what it says in a loop is gathered: neither side piles it up, and the latest progress arrives', async () => {
    const { log, lines } = keptLog()
    const runtime = await boot({ log, tasks: [isolated('any', place)] })
    const task = await runtime.enqueue('any', { do: 'chatters' })
    expect(await task.finished()).toBe('said')
    const said = lines.filter(({ message }) => message.startsWith('line '))
    expect(said.length).toBeLessThanOrEqual(64 + 1000)
    const dropped = lines.find(({ message }) => message.includes('were not kept'))
    expect(dropped?.message).toContain(String(20_000 - said.length))
  })

  test('a module may export `run`, and without a `recover` it is called again', async () => {
    const named = defineTask({ kind: 'named', isolate: place, module: fixture('named') })
    const runtime = await boot({ tasks: [named] })
    expect(await (await runtime.enqueue('named')).finished()).toBe('ran 1')
  })

  test('an interrupted attempt is taken up by the `recover` of the module', async () => {
    const path = await temporaryDirectory()
    const at = cells()
    const before = await boot({ path, tasks: [isolated('any', place)] })
    const task = await before.enqueue('any', { do: 'waits' })
    await at.here(task.id)
    await before.stop()
    const runtime = await boot({ path, tasks: [isolated('any', place)] })
    expect(await runtime.handle(task.id).finished()).toBe('recovered waits at 2')
  })
})
