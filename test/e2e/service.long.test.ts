/** The daemon as systemd meets it: ready, alive, hung, stopping, over a real socket and with a disk that does not answer. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import type { Message } from '../support/notify-socket.js'
import { board, CONFIG } from './board.js'
import { daemon, killAll, MAIN } from './daemon.js'

afterEach(killAll)

const WATCHDOG_MS = 200
const watched = { WATCHDOG_USEC: String(WATCHDOG_MS * 1_000) }
const has = (name: string) => (message: Message) => name in message
const pings = (messages: readonly Message[]) => messages.filter(has('WATCHDOG')).length

for (const abstract of [false, true]) {
  test(`on ${abstract ? 'an abstract socket' : 'a path'}: ready when it can be asked, alive, and stopping when told to`, async () => {
    const { manager, start, ask } = board({ abstract })
    const running = start(watched)
    const ready = await manager.next(has('READY'))
    expect(ready).toEqual({ READY: '1', STATUS: 'working: 0 running, 0 queued' })
    expect(manager.messages.filter((message) => !('TICK' in message))).toEqual([{ STATUS: 'starting' }, ready])
    expect((await ask('GET', '/readyz')).status).toBe(200)
    for (let n = 0; n < 10; n++) await manager.next(has('WATCHDOG'))
    const ended = running.kill('SIGTERM')
    await manager.next(has('STOPPING'))
    const { code, out } = await ended
    expect(code).toBe(0)
    const words = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(words.slice(-4)).toEqual(['SIGTERM was received', 'stopping', 'drained', 'stopped'])
  })
}

test('a watchdog that is meant for another process gets no sign', async () => {
  const { manager, start } = board()
  start({ ...watched, WATCHDOG_PID: '1' })
  await manager.next(has('READY'))
  for (let n = 0; n < 50; n++) await manager.next(has('TICK'))
  expect(pings(manager.messages)).toBe(0)
})

test('while the loop is blocked there is no sign', async () => {
  const { manager, start, ask } = board()
  start(watched)
  await manager.next(has('WATCHDOG'))
  expect((await ask('POST', '/v1/tasks', { kind: 'block', input: { ms: 5 * WATCHDOG_MS } })).status).toBe(201)
  await manager.next(has('FREE'))
  const blocked = manager.messages.findIndex(has('BLOCKED'))
  const during = manager.messages.slice(blocked)
  expect(during).toEqual([{ BLOCKED: '1' }, { FREE: '1' }])
  await manager.next(has('WATCHDOG'))
})

test('no child of the daemon finds the socket, and nothing speaks in its name', async () => {
  const { manager, start, ask } = board()
  start(watched)
  await manager.next(has('READY'))
  for (const kind of ['child', 'thread', 'process']) {
    const { body } = await ask('POST', '/v1/tasks', { kind })
    const { id } = body as { id: string }
    const { result } = (await ask('GET', `/v1/tasks/${id}?wait=30s`)).body as { result: string[] }
    expect(result.filter((line) => /^PATH=/.test(line))).toHaveLength(1)
    expect(result.filter((line) => /^(NOTIFY_|WATCHDOG_)/.test(line))).toEqual([])
  }
})

test('in the directories of a unit a config says nothing but what it does', async () => {
  const { place } = board()
  const config = join(place, 'holdfast.config.json')
  writeFileSync(config, '{}')
  const [state, run] = [join(place, 'state'), join(place, 'run')]
  const env = { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: run }
  const running = daemon(['start', config, '--log-level', 'info'], { env })
  await running.printed(`holdfast is ready: ${state}`)
  const { out } = await running.kill('SIGTERM')
  expect(out).toContain(`the API listens on ${run}/holdfast.sock`)
  expect(existsSync(join(state, 'db'))).toBe(true)
})

test('holdfast systemd prints the unit of a config', async () => {
  const { code, out } = await daemon(['systemd', CONFIG, '--name', 'board', '--memory', '256M', '--group', 'audio'])
    .closed
  expect(code).toBe(0)
  expect(out).toMatch(/^# .*board\.service\n\[Unit\]\n/)
  for (const line of [`${MAIN} start ${CONFIG}`, 'StateDirectory=board', 'MemoryMax=256M', 'audio\n']) {
    expect(out).toContain(line)
  }
  const refused = await daemon(['systemd', CONFIG, '--memory', 'much']).closed
  expect(refused).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^error ERR_INVALID_OPTION: memoryMax: /),
  })
})

test('a socket that is not there is a warning, and the daemon runs', async () => {
  const { start, place } = board()
  const running = start({ NOTIFY_SOCKET: join(place, 'nowhere') })
  await running.printed('holdfast is ready')
  const { code, out } = await running.kill('SIGTERM')
  expect(code).toBe(0)
  expect(out.match(/the service manager cannot be told anything/g)).toHaveLength(1)
})

test('a start that fails is never ready, and its status says why', async () => {
  const { manager, start } = board()
  const first = start()
  await manager.next(has('READY'))
  manager.all()
  const second = start()
  const { STATUS } = await manager.next(({ STATUS }) => STATUS?.startsWith('ended') ?? false)
  expect(STATUS).toMatch(/^ended: another process has the store/)
  expect((await second.closed).code).toBe(1)
  expect(manager.messages.filter(has('READY'))).toHaveLength(1)
  await first.kill('SIGTERM')
})

/** A disk that does what the test says. `undefined` where there is no compiler. */
function disk(place: string) {
  const library = join(place, 'syncs.so')
  try {
    const source = fileURLToPath(new URL('syncs.c', import.meta.url))
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'pipe' })
  } catch (error) {
    console.warn(`SKIPPED, a disk that hangs needs a C compiler: ${String(error)}`)
    return undefined
  }
  const [hold, fail] = [join(place, 'hold'), join(place, 'fail')]
  return {
    // A sync through io_uring would pass the library by.
    env: { LD_PRELOAD: library, SYNCS_HOLD: hold, SYNCS_FAIL: fail, UV_USE_IO_URING: '0' },
    hangs: () => writeFileSync(hold, ''),
    fails: () => writeFileSync(fail, ''),
    heals: () => {
      for (const path of [hold, fail]) rmSync(path, { force: true })
    },
  }
}

test('while a commit hangs there is no sign, though the loop turns; when it is back there is', async (context) => {
  const { manager, start, ask, place } = board()
  const card = disk(place)
  if (!card) return context.skip('no C compiler')
  const running = start({ ...watched, ...card.env })
  await manager.next(has('WATCHDOG'))
  card.hangs()
  const answer = ask('POST', '/v1/tasks', { kind: 'work' })
  await running.printed('a commit does not come back from the disk')
  manager.all()
  const before = manager.messages.length
  for (let n = 0; n < 50; n++) await manager.next(has('TICK'))
  expect(pings(manager.messages.slice(before))).toBe(0)
  card.heals()
  await manager.next(has('WATCHDOG'))
  await running.printed('the watchdog is fed again')
  expect((await answer).status).toBe(201)
  expect((await running.kill('SIGTERM')).code).toBe(0)
})

test('a disk that refuses is told at once and does not end the daemon: signs go on', async (context) => {
  const { manager, start, ask, place } = board()
  const card = disk(place)
  if (!card) return context.skip('no C compiler')
  const running = start({ ...watched, ...card.env })
  await manager.next(has('WATCHDOG'))
  card.fails()
  expect((await ask('POST', '/v1/tasks', { kind: 'work' })).status).toBe(503)
  await manager.next(({ STATUS }) => STATUS === 'degraded: the disk takes no writes, no work is taken')
  for (let n = 0; n < 5; n++) await manager.next(has('WATCHDOG'))
  card.heals()
  await manager.next(({ STATUS }) => STATUS?.startsWith('working') ?? false)
  const { code, out } = await running.kill('SIGTERM')
  expect(code).toBe(0)
  const words = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(words.findIndex((word) => word.startsWith('the store is degraded'))).toBeGreaterThan(0)
  expect(words).toContain('the store is back')
})
