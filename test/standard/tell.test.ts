/** enqueue, emit and log: what a machine tells its runtime. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, facts } from '../runtime/lab.js'
import { asking, playing } from './played.js'

async function family() {
  const runtime = await boot({
    tasks: [
      defineTask({ kind: 'ask', machine: asking('enqueue') }),
      defineTask({ kind: 'leaf', run: ({ input, cause }) => ({ input, cause }) }),
    ],
    routes: { default: {}, small: { queueLimit: 1 } },
  })
  const ask = async (input: unknown, options?: object) =>
    (await (await runtime.enqueue('ask', input as never, options)).finished()) as {
      output: { id: string; created: boolean }
      code?: string
    }
  return { runtime, ask }
}

test('a task is made in the commit in which its machine hears of it', async () => {
  const { runtime, ask } = await family()
  const commits = facts('commit.begin')
  const { output } = await ask({ kind: 'leaf', input: 7 }, { id: 'parent', group: 'door' })
  const leaf = await runtime.get(output.id)
  expect(output.created).toBe(true)
  expect(leaf).toMatchObject({ kind: 'leaf', input: 7, group: 'door', cause: { id: 'parent', state: 'RUNNING' } })
  // Its own, with the start; the leaf, with the end of its maker. What the leaf does are others.
  expect(commits.seen.length).toBeLessThanOrEqual(4)
})

test('a key finds the task that is there', async () => {
  const { ask } = await family()
  const options = { key: 'k', in: '1h' }
  const first = await ask({ kind: 'leaf', options })
  const again = await ask({ kind: 'leaf', options })
  expect(again.output).toEqual({ id: first.output.id, created: false })
})

test.for([
  [{ kind: 'nobody' }, 'ERR_UNKNOWN_KIND'],
  [{ kind: 'leaf', options: { priority: 11 } }, 'ERR_INVALID_OPTION'],
  [{ kind: 'leaf', options: { dependsOn: ['nobody'] } }, 'ERR_UNKNOWN_DEPENDENCY'],
  [{ kind: 'leaf', options: { group: 'no group' } }, 'ERR_INVALID_ID'],
  [{}, 'ERR_INVALID_INPUT'],
] as const)('what enqueue refuses is an error to branch on: %#', async ([input, code]) => {
  const { ask } = await family()
  expect(await ask(input)).toMatchObject({ code })
})

test('a full queue is an error to branch on', async () => {
  const { runtime, ask } = await family()
  await runtime.routes.pause('small')
  expect(await ask({ kind: 'leaf', options: { route: 'small' } })).toMatchObject({ output: { created: true } })
  expect(await ask({ kind: 'leaf', options: { route: 'small' } })).toMatchObject({ code: 'ERR_QUEUE_FULL' })
})

test('an emitted event is kept with its step', async () => {
  const { runtime, ask } = await playing('emit')
  expect(await ask({ event: { type: 'ding', at: 'front' } })).toEqual({ output: null })
  const events = await runtime.events()
  expect(events.map(({ event }) => event)).toEqual([{ type: 'ding', at: 'front' }])
  expect(await ask({ event: { type: 'xstate.done' } })).toMatchObject({ code: 'ERR_INVALID_EVENT' })
  expect(await ask({ event: { kind: 'ding' } })).toMatchObject({ code: 'ERR_INVALID_INPUT' })
})

test('a line of the log says of which task it is', async () => {
  const lines: unknown[] = []
  const note = (level: string) => (message: string, data?: object) => void lines.push({ level, message, data })
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const runtime = await boot({ log, tasks: [defineTask({ kind: 'ask', machine: asking('log') })] })
  const input = { level: 'warn', message: 'low', data: { volts: 3 } }
  await (await runtime.enqueue('ask', input as never, { id: 'it' })).finished()
  const data = { task: 'it', kind: 'ask', attempt: 1, volts: 3 }
  expect(lines).toContainEqual({ level: 'warn', message: 'low', data })
})
