/** `holdfast inspect`: the daemon and a task, once in a pipe and live on a terminal. */
import { stripVTControlCharacters as stripped } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Board, board, byHand } from '../api/board.js'
import { holdfast, onTerminal } from './typed.js'

let b: Board
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  b = await board({}, { end: byHand })
  env = { HOLDFAST_SOCKET: b.socket }
  await b.post('/v1/tasks', { kind: 'door', id: 'front' })
  await b.done('say', 'hello', { id: 'said' })
})
afterAll(() => b.end())

test('in a pipe it says once how the daemon is', async () => {
  const { code, out } = await holdfast(['inspect'], { env })
  expect(code).toBe(0)
  expect(out).toMatch(/^tasks +SPOOLED 0 +QUEUED 0 +RUNNING 1 +FINISHED 1 /m)
  expect(out).toMatch(/^finished .*1 in 5m$/m)
  expect(out).toMatch(/^default +0 +0$/m)
  expect(out).toMatch(/^front +door +RUNNING /m)
})

test('a task is its chart with the state that it is in lit, and its timeline', async () => {
  const door = (await holdfast(['inspect', 'front'], { env })).out
  expect(door).toMatch(/^front {2}door {2}RUNNING$/m)
  expect(door).toMatch(/^▶ +shut/m)
  expect(door).toMatch(/^○ done final$/m)
  expect(door).toMatch(/^ {4}"rings": 0$/m)
  const said = (await holdfast(['inspect', 'said'], { env })).out
  expect(said).toMatch(/^▶ +FINISHED/m)
  expect(said).toMatch(/RUNNING[^\n]*\n[^\n]*emitted +\{"type":"said","text":"hello"\}\n[^\n]*FINISHED/)
})

test('a task that failed says where, by inspect and by show', async () => {
  await b.done('fail', null, { id: 'broken' })
  for (const command of ['inspect', 'show']) {
    const { out } = await holdfast([command, 'broken'], { env })
    expect(out).toMatch(/^error *\s+Error: no luck\n +at .*board\.config\.mjs/m)
  }
})

test('programs get all of it, and a task that is not there is exit 1', async () => {
  const { out } = await holdfast(['inspect', 'front', '--json'], { env })
  expect(JSON.parse(out)).toMatchObject({ task: { id: 'front', machine: { version: 1, value: 'shut' } }, events: [] })
  expect(JSON.parse((await holdfast(['inspect', '--json'], { env })).out)).toMatchObject({
    states: { RUNNING: 1 },
    running: [{ id: 'front' }],
  })
  expect((await holdfast(['inspect', 'nobody'], { env })).code).toBe(1)
})

test('on a terminal it is drawn anew as the task goes on, until Ctrl-C', async () => {
  const view = onTerminal(['inspect', 'front'], { env })
  await view.showsNow((screen) => /▶ +shut/.test(stripped(screen)))
  await b.post('/v1/tasks/front/events', { type: 'ring' })
  await view.showsNow((screen) => /"rings": 1/.test(stripped(screen)))
  await b.post('/v1/tasks/front/events', { type: 'close' })
  await view.showsNow((screen) => /front {2}door {2}FINISHED/.test(stripped(screen)))
  view.type('\u0003')
  expect((await view.closed).code).toBe(130)
})

test('what a task says does not reach the terminal as it is', async () => {
  await b.done('say', '\u001b]0;owned\u0007\u202egnp', { id: 'evil' })
  const { out } = await holdfast(['inspect', 'evil'], { env })
  for (const character of ['\u001b', '\u0007', '\u202e']) expect(out).not.toContain(character)
})
