/** Machines in JSON: linted without a daemon, and played by one out of the folder beside its config. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemon } from '../e2e/daemon.js'
import { holdfast } from './typed.js'

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-machines-'))
  await mkdir(join(place, 'machines'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

const CONFIG = `
import { fromPromise } from 'xstate'
export default { path: 'store', tasks: [] }
export const machines = { actors: { double: fromPromise(async ({ input }) => input * 2) } }
`
const GOOD = {
  kind: 'double',
  machine: {
    initial: 'asking',
    states: {
      asking: { invoke: { src: 'double', input: { $: 'input.n' }, onDone: 'done' } },
      done: { type: 'final', output: { $: 'event.output' } },
    },
    output: { $: 'event.output' },
  },
}
const put = (name: string, content: unknown) =>
  writeFile(join(place, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2))

test('what is wrong is said with its line, and the exit code is 1', async () => {
  await put('bad.json', {
    kind: 'bad',
    machine: { initial: 'b', states: { a: { entyr: 'x', on: { GO: 'c' } }, b: {} } },
  })
  const { code, out, err } = await holdfast(['machines', 'lint', 'bad.json'], { cwd: place })
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out).toBe(
    "error bad.json:7:9: machine.states.a.entyr is no key here\n  Did you mean 'entry'?\n" +
      "error bad.json:9:17: machine.states.a.on.GO leads to 'c', which is no state\n  States there: a, b.\n",
  )
  const json = await holdfast(['machines', 'lint', 'bad.json', '--json'], { cwd: place })
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject([
    {
      file: 'bad.json',
      severity: 'error',
      path: 'machine.states.a.entyr',
      line: 7,
      column: 9,
      hint: "Did you mean 'entry'?",
    },
    { path: 'machine.states.a.on.GO' },
  ])
})

test('what is strange is said, too, and is nothing wrong', async () => {
  await put('strange.json', { kind: 's', machine: { initial: 'a', states: { a: { type: 'final' }, lost: {} } } })
  expect(await holdfast(['machines', 'lint', 'strange.json'], { cwd: place })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^warning strange\.json:\d+:\d+: machine\.states\.lost cannot be reached\n/),
  })
  expect(await holdfast(['machines', 'lint', '--quiet', 'strange.json'], { cwd: place })).toMatchObject({
    code: 0,
    out: 'nothing wrong\n',
  })
})

test('files of one kind are its versions: what does not go together is said of the file in which it stands', async () => {
  const states = { a: { on: { GO: 'b' } }, b: { type: 'final' } }
  await put('old.json', { kind: 'v', machine: { initial: 'a', states } })
  await put('new.json', {
    kind: 'v',
    version: 2,
    migrate: { 1: { rename: { c: 'a' } } },
    machine: { initial: 'a', states },
  })
  const { code, out } = await holdfast(['machines', 'lint', 'old.json', 'new.json'], { cwd: place })
  expect({ code, out }).toEqual({
    code: 1,
    out: "error new.json:7:14: migrate.1.rename.c names 'c', which is no state of version 1\n  States there: a, b.\n",
  })
  // By itself it is fine: nobody knows what was in the first.
  expect((await holdfast(['machines', 'lint', 'new.json'], { cwd: place })).code).toBe(0)
})

test('a file that is not there is wrong usage of the file, not silence', async () => {
  const { code, err } = await holdfast(['machines', 'lint', 'gone.json'], { cwd: place })
  expect(code).not.toBe(0)
  expect(err).toContain('gone.json cannot be read')
  const folder = await holdfast(['machines', 'lint', '.'], { cwd: place })
  expect(folder.code).not.toBe(0)
  expect(folder.err).toContain('Name its files: ./*.json')
})

test('the daemon plays the folder beside its config, with the parts that the config exports', async () => {
  await put('holdfast.config.mjs', CONFIG.replace("'xstate'", JSON.stringify(import.meta.resolve('xstate'))))
  await put('machines/double.json', GOOD)
  expect(await holdfast(['machines', 'lint', 'machines/double.json'], { cwd: place })).toEqual({
    code: 0,
    out: 'nothing wrong\n',
    err: '',
  })
  const running = daemon(['start'], { cwd: place })
  await running.printed('holdfast is ready')
  const ran = await holdfast(['enqueue', 'double', '{"n":21}', '--wait', '--json'], { cwd: place })
  expect(ran.code).toBe(0)
  expect(JSON.parse(ran.out)).toBe(42)
  await running.kill('SIGTERM')
})

test('a broken file keeps the daemon from starting, and says all that is wrong', async () => {
  await put('machines/broken.json', { kind: 'broken', machine: { initail: 'a', states: { a: { entry: 'bep' } } } })
  const { code, err } = await holdfast(['start'], { cwd: place })
  expect(code).toBe(1)
  expect(err).toContain("machine.initail is no key here (Did you mean 'initial'?)")
  expect(err).toContain("machine.states.a.entry is the unknown action 'bep'")
  // What only asks a daemon does not look at its machines.
  expect(await holdfast(['ls'], { cwd: place })).toMatchObject({
    code: 3,
    err: expect.stringContaining('ERR_NO_DAEMON'),
  })
})
