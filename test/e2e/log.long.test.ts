/** The log of `holdfast start`: JSON for programs, lines for people, everything to a log of the config's own. */
import { spawn } from 'node:child_process'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { board, CONFIG } from './board.js'
import { killAll, MAIN, ROOT } from './daemon.js'

afterEach(killAll)

interface Line {
  readonly level: string
  readonly time: string
  readonly msg: string
  readonly [name: string]: unknown
}
const linesOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

test('off a terminal every line is JSON with its level, time and words, from the start to the stop', async () => {
  const { start, ask, place } = board()
  const running = start()
  await running.printed('holdfast is ready')
  const { body } = await ask('POST', '/v1/tasks', { kind: 'work' })
  await running.printed('at work')
  await ask('POST', '/v1/tasks', { kind: 'fails' })
  await running.printed('failed for good')
  const { out, err } = await running.kill('SIGTERM')
  expect(err).toBe('')
  const lines = linesOf(out)
  for (const line of lines) {
    expect(['info', 'warn']).toContain(line.level)
    expect(new Date(line.time).toISOString()).toBe(line.time)
  }
  expect(lines.map(({ msg }) => msg)).toEqual([
    'holdfast starts',
    'a new store was made',
    'recovered',
    `the API listens on ${place}/run/s`,
    `holdfast is ready: ${place}/store`,
    'at work',
    'a task failed for good',
    'SIGTERM was received',
    'stopping',
    'drained',
    'stopped',
  ])
  const { id } = body as { id: string }
  expect(lines[5]).toMatchObject({ level: 'info', taskId: id, kind: 'work', attempt: 1, file: 'a.jpg' })
  expect(lines[6]).toMatchObject({ level: 'warn', kind: 'fails', attempt: 1, error: 'no such page' })
  expect(lines[0]).toMatchObject({ path: `${place}/store`, version: expect.any(String), node: process.version })
  expect(lines[2]).toMatchObject({ queued: 0, waiting: 0, running: 0, quarantined: 0 })
})

test('five hundred tasks that fail are twenty lines, and one that says how many more', async () => {
  const { manager, start, ask } = board()
  const running = start({ HOLDFAST_LOG: 'warn' })
  await manager.next((message) => 'READY' in message)
  await ask('POST', '/v1/tasks', { tasks: Array(500).fill({ kind: 'fails' }) })
  const failed = async () => ((await ask('GET', '/v1/tasks?state=FAILED&limit=500')).body as { items: [] }).items.length
  while ((await failed()) < 500) {}
  const lines = linesOf((await running.kill('SIGTERM')).out)
  const sums = lines.filter(({ more }) => more !== undefined)
  expect(lines.every(({ level, msg }) => level === 'warn' && msg.startsWith('a task failed for good'))).toBe(true)
  // On a slow machine it is more than one while.
  expect(lines.length).toBeLessThanOrEqual(21 * sums.length)
  expect(lines.length - sums.length + sums.reduce((all, { more }) => all + (more as number), 0)).toBe(500)
})

test('a level that is none is the end, with a hint', async () => {
  const { code, err } = await board().start({ HOLDFAST_LOG: 'loud' }).closed
  expect(code).toBe(1)
  expect(err).toMatch(/^error ERR_INVALID_OPTION: HOLDFAST_LOG: expected one of trace, .*\nhint: /)
})

test("a config's own log gets the facts, and nothing else is printed", async () => {
  const { start, ask } = board()
  const running = start({ OWN_LOG: '1' })
  await running.printed('OWN info holdfast is ready')
  await ask('POST', '/v1/tasks', { kind: 'fails' })
  await running.printed('OWN warn a task failed for good')
  const { out } = await running.kill('SIGTERM')
  expect(
    out
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('OWN ')),
  ).toEqual([])
  expect(out).toContain('OWN info stopped {}')
})

test('on a terminal a line is readable, coloured, and begins by clearing what is drawn there', async () => {
  const { env } = board()
  const { NO_COLOR: _, ...inherited } = process.env
  const terminal = spawn('script', ['-qec', `${process.execPath} ${MAIN} start ${CONFIG}`, '/dev/null'], {
    cwd: ROOT,
    env: { ...inherited, ...env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void terminal.kill('SIGKILL'))
  let shown = ''
  for await (const chunk of terminal.stdout.setEncoding('utf8')) {
    const wasReady = shown.includes('holdfast is ready')
    shown += chunk
    // Ctrl-C, as somebody types it.
    if (!wasReady && shown.includes('holdfast is ready')) terminal.stdin.write('\x03')
  }
  const ready = shown.split('\n').find((line) => line.includes('holdfast is ready')) as string
  expect(ready.startsWith('\r\x1b[K')).toBe(true)
  expect(ready).toContain('\x1b[32minfo ')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
  expect(ready.replaceAll(/\x1b\[\d*[mK]|\r/g, '')).toMatch(/^\d\d:\d\d:\d\d info {2}holdfast is ready: \/.*\/store$/)
  expect(shown).toContain('SIGINT was received')
  expect(shown).toContain('stopped')
})
