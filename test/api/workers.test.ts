/** The workers of the docs: in Python with what it brings along, and in a shell with curl. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Board, board, byHand } from './board.js'

const file = (path: string) => fileURLToPath(new URL(`../../docs/${path}`, import.meta.url))

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

function started(program: string, example: string): ChildProcess {
  const child = spawn(program, [file(`examples/${example}`), b.socket, 'far'], { stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const far = (text: unknown) => b.done('far', { text })

test('the Python worker: results, a failure that no retry can help, and a daemon that comes back', async () => {
  const child = started('python3', 'remote-worker.py')
  expect(await far('eight ..')).toMatchObject({ state: 'FINISHED', result: { letters: 8 } })
  expect(await far(5)).toMatchObject({ state: 'FAILED', error: { message: expect.stringContaining('TypeError') } })
  const { text } = await b.get('/v1/workers')
  expect(text).toContain('"worker":"python"')
  await b.life.kill('SIGKILL')
  await b.start()
  expect(await far('again')).toMatchObject({ state: 'FINISHED', result: { letters: 5 } })
  expect(child.exitCode).toBe(null)
})

test('the shell worker', async () => {
  started('sh', 'remote-worker.sh')
  expect(await far('one two three')).toMatchObject({ state: 'FINISHED', result: 3 })
  expect(await far('four')).toMatchObject({ state: 'FINISHED', result: 1 })
})

test('the guide shows them word for word, and they are short', () => {
  const guide = readFileSync(file('guides/remote-processors.md'), 'utf8')
  for (const name of ['remote-worker.py', 'remote-worker.sh']) {
    const text = readFileSync(file(`examples/${name}`), 'utf8')
    expect(guide).toContain(`# docs/examples/${name}\n${text}\`\`\``)
    expect(text.split('\n').length).toBeLessThan(40)
  }
})
