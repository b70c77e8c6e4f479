/** Files that cannot be read, are too large, or do not go together. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fromPromise } from 'xstate'
import { lintMachine, loadMachine, loadMachines, type MachineParts } from '../../../src/configs/index.js'
import { createRuntime } from '../../../src/index.js'
import { refusal, temporaryDirectory } from '../../runtime/lab.js'

const fine = (kind: string) => ({ kind, machine: { initial: 'a', states: { a: { type: 'final' } } } })

async function file(text: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'm.json')
  await writeFile(path, text)
  return path
}

const told = (path: string) =>
  lintMachine(path).map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`)

test.for([
  ['{', '1:2  is not JSON: close brace expected'],
  ['', '1:1  is not JSON: value expected'],
  ['{\n  "kind": "k",\n  kind2: 1\n}', '3:3  is not JSON: invalid symbol'],
  ['{\n  "kind": "k", // a comment\n  "machine": {}\n}', '2:16  is not JSON: invalid comment token'],
  ['{ "kind": "k", }', '1:16  is not JSON: property name expected'],
  ["{ 'kind': 'k' }", '1:3  is not JSON: invalid symbol'],
  [`${'['.repeat(100_000)}`, /^1:\d+ {2}is not JSON: /],
  [`${'['.repeat(200)}${']'.repeat(200)}`, '1:1  is nested deeper than 150 levels'],
])('%.40j is told by its line', async ([text, said]) => {
  expect(told(await file(text as string))).toEqual([
    typeof said === 'string' ? said : expect.stringMatching(said as RegExp),
  ])
})

test('a mark of Windows in front of a file is no part of it', async () => {
  expect(told(await file('\uFEFF{ "kind": "k", }'))).toEqual(['1:16  is not JSON: property name expected'])
})

test('each finding has the line and the column of what it is about, in the order of the file', async () => {
  const path = await file(`{
  "kind": "k",
  "versoin": 1,
  "machine": {
    "initial": "a",
    "initial": "b",
    "states": {
      "b": { "entry": ["beep"], "on": { "__proto__": "b" } },
      "c": { "on": { "GO": { "guard": { "$": "1 +" } } } }
    }
  }
}`)
  expect(told(path)).toEqual([
    '3:3 versoin is no key here',
    '6:5 machine.initial stands there twice',
    "8:24 machine.states.b.entry[0] is the unknown action 'beep'",
    '8:41 machine.states.b.on.__proto__ is a name that no member can have',
    '9:46 machine.states.c.on.GO.guard.$ cannot be read: Expected expression after +, at character 4',
  ])
  expect((await refusal(() => loadMachine(path))).message).toBe(`${path}:3:3: versoin is no key here (and 4 more)`)
})

test('strange is said, and refuses nothing', async () => {
  const states = { a: { on: { GO: 'b' } }, b: { on: { GO: 'a' } }, lost: {}, end: { type: 'final' } }
  const machine = { kind: 'k', machine: { initial: 'a', states } }
  expect(lintMachine(machine).map(({ severity, path, message }) => [severity, path, message])).toEqual([
    ['warning', 'machine.states.lost', 'cannot be reached'],
    ['warning', 'machine.states.end', 'cannot be reached'],
    ['warning', 'machine', 'can never end: no final state of the machine can be reached'],
  ])
  expect(loadMachine(machine).kind).toBe('k')
})

test('10 MB are not read', async () => {
  const path = await file(JSON.stringify({ ...fine('k'), description: 'x'.repeat(10_000_000) }))
  expect(await refusal(() => loadMachine(path))).toMatchObject({
    code: 'ERR_TOO_LARGE',
    message: expect.stringContaining('the limit is 1048576'),
  })
  expect(await refusal(() => loadMachine({ ...fine('k'), description: 'x'.repeat(10_000_000) }))).toMatchObject({
    code: 'ERR_TOO_LARGE',
  })
})

test('10,000 states are not looked at', async () => {
  const states = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, {}]))
  expect(await refusal(() => loadMachine({ kind: 'k', machine: { initial: 's0', states } }))).toMatchObject({
    code: 'ERR_TOO_LARGE',
    message: 'the machine has more than 1,000 states',
  })
})

test('what is in a program and no JSON is refused', async () => {
  const circle: Record<string, unknown> = { kind: 'k' }
  circle.machine = circle
  expect(await refusal(() => loadMachine(circle))).toMatchObject({ code: 'ERR_NOT_JSON' })
  expect(await refusal(() => loadMachine({ kind: 'k', machine: { entry: () => 1 } }))).toMatchObject({
    code: 'ERR_NOT_JSON',
  })
  expect(await refusal(() => loadMachine(5 as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await refusal(() => loadMachine('/nowhere/at/all.json'))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  for (const other of [null, true, 'text', 5].map((value) => JSON.stringify(value)))
    expect(told(await file(other))).toEqual([expect.stringContaining('has to be an object with `kind` and `machine`')])
})

test('a folder is read by the names of its files; two of one kind are named', async () => {
  const folder = join(await temporaryDirectory(), 'machines')
  expect(loadMachines(folder)).toEqual([])
  await mkdir(folder)
  for (const [name, content] of [
    ['b.json', fine('b')],
    ['a.json', fine('a')],
    ['notes.txt', {}],
  ] as const)
    await writeFile(join(folder, name), JSON.stringify(content))
  expect(loadMachines(folder).map(({ kind }) => kind)).toEqual(['a', 'b'])
  await writeFile(join(folder, 'c.json'), JSON.stringify(fine('a')))
  expect(await refusal(() => loadMachines(folder))).toMatchObject({
    code: 'ERR_INVALID_MACHINE',
    message: `${join(folder, 'c.json')}:1:9: kind is version 1 of 'a', and so is a.json`,
  })
  await writeFile(join(folder, 'c.json'), '{')
  await writeFile(join(folder, 'd.json'), '{ "kind": "d" }')
  const error = await refusal(() => loadMachines(folder))
  expect(error).toMatchObject({ code: 'ERR_INVALID_MACHINE' })
  expect(error.issues?.map(({ message }) => message.slice(message.lastIndexOf('/')))).toEqual([
    '/c.json:1:2: it is not JSON: close brace expected',
    "/d.json:1:1: it has no 'machine'",
  ])
})

test('parts that cannot be are refused by name', async () => {
  const wrong: [MachineParts, string][] = [
    [{ guard: {} } as never, 'machines'],
    [{ actions: { assign: () => 1 } }, 'machines.actions.assign'],
    [{ guards: { eq: () => true } }, 'machines.guards.eq'],
    [{ actors: 5 } as never, 'machines.actors'],
  ]
  for (const [parts, where] of wrong) {
    expect(await refusal(() => loadMachine(fine('k'), parts))).toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringContaining(where),
    })
  }
  expect(await refusal(() => loadMachine(fine('k'), { delays: { long: 'often' } }))).toMatchObject({
    code: 'ERR_INVALID_DURATION',
  })
  const own = { transition: () => 1, getInitialSnapshot: () => 1, start: () => undefined }
  const invoked = { kind: 'k', machine: { invoke: { src: 'own' } } }
  const tasks = [loadMachine(invoked, { actors: { own: own as never } })]
  expect(await refusal(() => createRuntime({ path: 'x', tasks }))).toMatchObject({
    code: 'ERR_INVALID_MACHINE',
    message: expect.stringContaining('actors.own'),
  })
  expect(loadMachine(invoked, { actors: { own: fromPromise(async () => 1) } }).kind).toBe('k')
})
