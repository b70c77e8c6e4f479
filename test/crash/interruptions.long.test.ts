/**
 * Interruptions: a task that kills the daemon cannot loop for ever, and a task that lives through power cuts is
 * untouched. Only deaths of the process within one boot of the board count, and a clean stop forgives them.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { expect, type TestContext, test } from 'vitest'
import { decodeMark, encodeMark, type Mark } from '../../src/runtime/mark.js'
import type { TaskView } from '../../src/runtime/task-view.js'
import { Board } from './daemon.js'

const PROGRAM = 'deadly.mjs'
type Kind = 'function' | 'once' | 'recovering' | 'machine' | 'timer' | 'once-timer'

async function board({ onTestFinished }: TestContext): Promise<Board> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-crash-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  return new Board(directory)
}

/** The task dies with its daemon, so many times. */
async function dies(on: Board, kind: Kind, times: number, ...options: string[]): Promise<void> {
  for (let n = 0; n < times; n++) await on.dies(PROGRAM, [kind, 'kill', ...options])
}

/** A life in which the task may come to its end. */
async function ends(on: Board, kind: Kind, mode: 'kill' | 'live' | 'once', ...options: string[]): Promise<TaskView> {
  return JSON.parse(await on.finish(PROGRAM, [kind, mode, ...options])) as TaskView
}

/** The attempts of its runs, or the names of what it invoked. */
async function done(on: Board): Promise<unknown[]> {
  return (await on.facts()).map(({ attempt, name }) => attempt ?? name)
}

/** The board was off: what was kept of the clock is of another boot. */
async function reboot({ path }: Board): Promise<void> {
  const level = new ClassicLevel<string, string>(join(path, 'db'))
  const mark = decodeMark(await level.get('m!runtime')) as Mark
  const clock = { ...mark.clock, boot: `a boot before ${mark.clock.boot}` }
  await level.put('m!runtime', encodeMark({ ...mark, clock }), { sync: true })
  await level.close()
}

test.concurrent('a function that kills the daemon runs four times and is TERMINATED interrupted', async (context) => {
  const on = await board(context)
  await dies(on, 'function', 4)
  expect(await ends(on, 'function', 'kill')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted', attempt: 4 })
  expect(await done(on)).toEqual([1, 2, 3, 4])
})

test.concurrent('a machine whose invoke kills the daemon at once comes to the same end, in its first attempt', async (context) => {
  const on = await board(context)
  await dies(on, 'machine', 4)
  expect(await ends(on, 'machine', 'kill')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted', attempt: 1 })
  expect(await done(on)).toEqual(['a', 'a', 'a', 'a'])
})

test.concurrent('a machine whose guard kills the daemon when its delay is over comes to the same end', async (context) => {
  const on = await board(context)
  await dies(on, 'timer', 4)
  expect(await ends(on, 'timer', 'kill')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted', attempt: 1 })
  expect(await done(on)).toEqual(['a', 'a', 'a', 'a'])
})

test.concurrent('a machine whose delay was over when its daemon died goes on, at most once or not', async (context) => {
  for (const kind of ['timer', 'once-timer'] as const) {
    const on = await board(context)
    await dies(on, kind, 2)
    expect(await ends(on, kind, 'live')).toMatchObject({ state: 'FINISHED', result: 'over', attempt: 1 })
  }
})

test.concurrent('a committed step of a machine resets the count', async (context) => {
  const on = await board(context)
  for (let n = 0; n < 5; n++) await on.dies(PROGRAM, ['machine', 'once'])
  expect(await ends(on, 'machine', 'once')).toMatchObject({ state: 'FINISHED', result: 5, attempt: 1 })
  expect(await done(on)).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd', 'e', 'e'])
})

test.concurrent('a clean stop resets the count', async (context) => {
  const on = await board(context)
  await dies(on, 'function', 3)
  await on.finish(PROGRAM, ['function', 'stop'])
  await dies(on, 'function', 3)
  expect(await ends(on, 'function', 'live')).toMatchObject({ state: 'FINISHED', attempt: 8 })
})

test.concurrent('a clean stop resets the count of a machine', async (context) => {
  const on = await board(context)
  await dies(on, 'machine', 3)
  await on.finish(PROGRAM, ['machine', 'stop'])
  await dies(on, 'machine', 3)
  expect(await ends(on, 'machine', 'live')).toMatchObject({ state: 'FINISHED', result: 5, attempt: 1 })
})

test.concurrent.for(['function', 'machine'] as const)(
  'a %s that lived through ten power cuts is untouched',
  async (kind, context) => {
    const on = await board(context)
    for (let n = 0; n < 10; n++) {
      await dies(on, kind, 1)
      await reboot(on)
    }
    const attempt = kind === 'machine' ? 1 : 11
    expect(await ends(on, kind, 'live')).toMatchObject({ state: 'FINISHED', attempt })
  },
)

test.concurrent('deaths within a boot count across a power cut between them', async (context) => {
  const on = await board(context)
  await dies(on, 'function', 3)
  await reboot(on)
  await dies(on, 'function', 2)
  expect(await ends(on, 'function', 'kill')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted' })
  expect(await done(on)).toEqual([1, 2, 3, 4, 5])
})

test.concurrent('at-most-once never starts twice: interrupted, by whatever, it ends', async (context) => {
  const on = await board(context)
  await dies(on, 'once', 1)
  await reboot(on)
  expect(await ends(on, 'once', 'live')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted', attempt: 1 })
  expect(await done(on)).toEqual([1])
})

test.concurrent('with an interruption limit of 0 the first death is the last', async (context) => {
  const on = await board(context)
  await dies(on, 'function', 1, '0')
  expect(await ends(on, 'function', 'live', '0')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted' })
})

test.concurrent('after an interrupted attempt `recover` is called instead of `run`', async (context) => {
  const on = await board(context)
  await dies(on, 'recovering', 1)
  expect(await ends(on, 'recovering', 'kill')).toMatchObject({ state: 'FINISHED', result: 'recovered', attempt: 2 })
  expect((await on.facts()).map(({ fact }) => fact)).toEqual(['RUN', 'RECOVER'])
})
