/** What an isolated kind and `multitask` take, and what they refuse by name. */
import { expect, test } from 'vitest'
import { createRuntime, type Definition, defineTask } from '../../src/index.js'
import { fixture } from './isolated-lab.js'
import { refusal } from './lab.js'

const module = fixture('named')
const one = (): number => 1
const made = (definition: object, multitask?: object) => () =>
  createRuntime({
    path: 'none',
    tasks: [defineTask({ kind: 'k', ...definition } as never) as Definition],
    ...(multitask && { multitask }),
  })

test.for([
  ['a closure', { run: one, isolate: 'thread' }, 'isolate', /module/],
  ['a machine', { machine: {}, module }, 'module', /./],
  ['a module and a closure', { module, run: one }, 'one of', /./],
  ['neither', {}, 'one of', /./],
  ['a recover of its own', { module, recover: one }, 'recover', /./],
  ['a file that is not there', { module: new URL('nowhere.js', import.meta.url) }, 'nowhere.js', /./],
] as const)('%s is refused: ERR_INVALID_DEFINITION', async ([, definition, named, hint]) => {
  const error = await refusal(made(definition))
  expect(error).toMatchObject({ code: 'ERR_INVALID_DEFINITION', message: expect.stringContaining(named) })
  expect(error.message).toContain("task 'k'")
  expect(error.hint).toMatch(hint)
})

test.for([
  [{ module, isolate: 'fork' }, "task 'k'.isolate"],
  [{ module, isolate: { in: 'worker' } }, "task 'k'.isolate.in"],
  [{ module, isolate: { in: 'thread', memory: 'much' } }, "task 'k'.isolate.memory"],
  [{ module, isolate: { in: 'thread', memory: '1MB' } }, "task 'k'.isolate.memory"],
  [{ module, isolate: { in: 'thread', timeout: 1 } }, "task 'k'.isolate"],
  [{ module, isolate: null }, "task 'k'.isolate"],
  [{ module: './relative.js' }, "task 'k'.module"],
  [{ module: new URL('data:text/javascript,1') }, "task 'k'.module"],
  [{ module: 'https://example.org/x.js' }, "task 'k'.module"],
  [{ module: 42 }, "task 'k'.module"],
] as const)('a definition with a wrong option is refused by its name (%#)', async ([definition, named]) => {
  expect(await refusal(made(definition))).toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining(named),
  })
})

test.for([
  [{ isolate: 'inline' }, 'multitask.isolate', 'ERR_INVALID_OPTION'],
  [{ workers: 0 }, 'multitask.workers', 'ERR_INVALID_OPTION'],
  [{ workers: 257 }, 'multitask.workers', 'ERR_INVALID_OPTION'],
  [{ memory: 12 }, 'multitask.memory', 'ERR_INVALID_OPTION'],
  [{ idle: 'soon' }, 'multitask.idle', 'ERR_INVALID_DURATION'],
  [{ grace: -1 }, 'multitask.grace', 'ERR_INVALID_DURATION'],
  [{ threads: 2 }, 'multitask', 'ERR_INVALID_OPTION'],
  [[], 'multitask', 'ERR_INVALID_OPTION'],
] as const)('multitask with a wrong option is refused by its name (%#)', async ([multitask, named, code]) => {
  expect(await refusal(made({ module }, multitask))).toMatchObject({ code, message: expect.stringContaining(named) })
})

test('an absolute path is as good as a URL', () => {
  expect(made({ module: module.pathname })).not.toThrow()
})
