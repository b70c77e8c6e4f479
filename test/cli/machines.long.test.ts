/** Machines from the command line: as pictures, asked of a daemon; and what would become of what they have stored. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRuntime } from '../../dist/src/index.js'
import { type Board, board, byHand } from '../api/board.js'
import { ROOT } from '../e2e/daemon.js'
import { holdfast } from './typed.js'

let b: Board
let place: string
beforeAll(async () => {
  b = await board({}, { end: byHand })
  place = await mkdtemp(join(tmpdir(), 'holdfast-machines-'))
})
afterAll(async () => {
  await b.end()
  await rm(place, { recursive: true, force: true })
})

const show = (...args: string[]) =>
  holdfast(['machines', 'show', 'holdfast:gate', ...args], { env: { HOLDFAST_SOCKET: b.socket } })

test('show prints a machine in each format, or writes it', async () => {
  const picture = await readFile(join(ROOT, 'docs/images/gate.svg'), 'utf8')
  expect(await show('--format', 'svg')).toEqual({ code: 0, out: picture, err: '' })
  const file = join(place, 'gate.svg')
  expect(await show('--format', 'svg', '-o', file)).toEqual({ code: 0, out: '', err: '' })
  expect(await readFile(file, 'utf8')).toBe(picture)
  expect((await show('--format', 'mermaid')).out).toMatch(/^stateDiagram-v2\n/)
  expect(JSON.parse((await show('--format', 'json')).out)).toMatchObject({ id: 'gate', initial: 'asleep' })
  expect(JSON.parse((await show('--format', 'json', '--json')).out)).toMatchObject({ id: 'gate' })
  expect((await show('--format', 'stately')).out).toMatch(/createMachine\(\{\n {2}"id": "gate"/)
  expect((await show()).out).toContain('● asleep')
  expect(await show('--format', 'png')).toMatchObject({ code: 2, err: expect.stringContaining('svg') })
})

/** A config with a machine in some version; `machine` and what leads to it are source text. */
async function config(name: string, definition: string): Promise<string> {
  const file = join(place, name)
  const from = (path: string) => JSON.stringify(join(ROOT, path))
  await writeFile(
    file,
    `import { defineTask } from ${from('dist/src/index.js')}
import { createMachine } from ${from('node_modules/xstate/dist/xstate.esm.js')}
const waits = (state) => createMachine({ initial: state, states: { [state]: { on: { end: 'over' } }, over: { type: 'final' } } })
const silent = { debug() {}, info() {}, warn() {}, error() {} }
export default { path: './data', log: silent, tasks: [defineTask({ kind: 'wait', ${definition} })] }
`,
  )
  return file
}

test('check says what would go on, be led on, and be set aside, and ends with 1 when something would', async () => {
  const first = await config('first.mjs', "machine: waits('one')")
  const second = await config(
    'second.mjs',
    "version: 2, machine: waits('two'), migrate: { 1: (old) => ({ ...old, value: 'two' }) }",
  )
  const broken = await config('broken.mjs', "version: 2, machine: waits('two'), migrate: { 1: (old) => old }")
  const options = (await import(first)).default
  const runtime = createRuntime({ ...options, path: join(place, 'data') })
  await runtime.start()
  await runtime.enqueue('wait', null, { id: 'a' })
  await runtime.stop()
  const check = (file: string, ...more: string[]) => holdfast(['machines', 'check', '-c', file, ...more])
  expect(await check(first)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/KIND +VERSION +AS THEY ARE\nwait +1 +1\n$/),
  })
  expect(await check(second)).toMatchObject({ code: 0, out: expect.stringMatching(/MIGRATED\nwait +1 +1\n$/) })
  expect(await check(broken)).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /SET ASIDE\nwait +1 +1\n✗ a: task a, led from version 1 to 2: .*one.* ERR_INVALID_MACHINE\n$/,
    ),
  })
  expect(JSON.parse((await check(second, '--json')).out)).toMatchObject({ versions: [{ kind: 'wait', migrated: 1 }] })
  expect(await check(second, '--path', join(place, 'nowhere'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('ERR_NOT_FOUND'),
  })
})
