/** On a terminal: widths, colours, questions, and views that are drawn anew. */
import { stripVTControlCharacters as stripped } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Board, board, byHand } from '../api/board.js'
import { holdfast, onTerminal } from './typed.js'

let b: Board
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  b = await board({}, { end: byHand })
  env = { HOLDFAST_SOCKET: b.socket }
  const input = { text: 'a long story, '.repeat(20) }
  for (let i = 0; i < 3; i++)
    await b.post('/v1/tasks', { kind: 'echo', input, in: '1h', id: `story-${i}`, group: 'stories' })
})
afterAll(() => b.end())

test('a table is never wider than the terminal, and a pipe has no width', async () => {
  for (const columns of [40, 60, 120]) {
    const { screen } = await onTerminal(['ls', '--group', 'stories'], { env, columns }).closed
    const lines = stripped(screen).trimEnd().split('\n')
    expect(lines.length).toBe(4)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(screen).toContain('story-2')
  }
  expect((await holdfast(['ls', '--group', 'stories'], { env })).out).toContain('a long story, '.repeat(20))
})

test('colours are for terminals that want them', async () => {
  const colour = '\u001b[3'
  expect((await onTerminal(['ls'], { env }).closed).screen).toContain(colour)
  expect((await onTerminal(['ls', '--no-color'], { env }).closed).screen).not.toContain(colour)
  expect((await onTerminal(['ls'], { env: { ...env, NO_COLOR: '1' } }).closed).screen).not.toContain(colour)
  expect((await holdfast(['ls'], { env })).out).not.toContain('\u001b')
})

test('before it is done to all of a query somebody is asked, and no is no', async () => {
  const asked = onTerminal(['cancel', '--group', 'stories'], { env })
  await asked.shows('cancel 3 tasks? [y/N]')
  asked.type('n\r')
  expect(await asked.closed).toMatchObject({ code: 2, screen: expect.stringContaining('nothing was done') })
  const sure = onTerminal(['cancel', '--group', 'stories'], { env })
  await sure.shows('[y/N]')
  sure.type('y\r')
  expect(await sure.closed).toMatchObject({ code: 0, screen: expect.stringContaining('3 tasks cancelled') })
})

test('a live view shows what comes, and Ctrl-C leaves it', async () => {
  const view = onTerminal(['ls', '--group', 'live', '--watch'], { env })
  await view.shows('no tasks')
  await b.post('/v1/tasks', { kind: 'echo', id: 'came-by', group: 'live' })
  await view.showsNow((screen) => /came-by.*FINISHED/.test(stripped(screen)))
  view.type('\u0003')
  expect((await view.closed).code).toBe(130)
})

test('a live view is for somebody who looks', async () => {
  expect(await holdfast(['ls', '--watch'], { env })).toMatchObject({
    code: 2,
    err: expect.stringContaining('holdfast watch --json'),
  })
})
