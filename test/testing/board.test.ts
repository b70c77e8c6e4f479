/** The board of the testing kit: time, power, disk, and what can be said of tasks on it. */
import { channel } from 'node:diagnostics_channel'
import { expect, onTestFinished, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { type BoardOptions, type BoardTime, door, fakeRun, testRuntime, waits } from '../../src/testing/index.js'
import { Quiet } from '../../src/testing/quiet.js'
import { refusal } from '../runtime/lab.js'

async function boardWith<const Options extends BoardOptions>(options: Options, time?: BoardTime) {
  const board = await testRuntime(options, time)
  onTestFinished(() => board.close())
  return board
}

const work = defineTask({ kind: 'work', run: ({ input }: { input: unknown }) => input ?? null })
const shaky = defineTask({
  kind: 'shaky',
  retry: { attempts: 3, delay: '1m', backoff: 'constant' },
  run: ({ attempt }) => {
    if (attempt < 3) throw new Error('not yet')
    return attempt
  },
})
const reading = defineTask({ kind: 'reading', durability: 'lazy', run: () => null })

test('time passes by advance() alone, and what falls due on the way is done at its time', async () => {
  const board = await boardWith({ tasks: [shaky] })
  const { id } = await board.runtime.enqueue('shaky', null, { in: '10m' })
  await board.assertState(id, 'SPOOLED')
  await board.advance('10m')
  await board.assertState(id, 'FAILED')
  await board.advance('1m')
  await board.advance('59s')
  await board.assertState(id, 'FAILED')
  await board.advance('1s')
  await board.assertHistory(id, [
    'SPOOLED', 'QUEUED', 'RUNNING', 'FAILED', 'SPOOLED', 'QUEUED', 'RUNNING', 'FAILED', 'SPOOLED', 'QUEUED', 'RUNNING',
    'FINISHED',
  ]) // biome-ignore format: a history
  expect(board.now).toBe('2026-01-01T00:12:00.000Z')
  expect((await board.runtime.get(id))?.history.map(({ at }) => at.slice(14, 19))).toEqual(
    ['00:00', '00:00', '10:00', '10:00', '10:00', '11:00', '11:00', '11:00', '11:00', '12:00', '12:00', '12:00', '12:00'],
  ) // biome-ignore format: times
})

test('no timer of Node is set, and nobody reads the time of day', async () => {
  const forbidden = () => {
    throw new Error('a timer of Node, or the time of day')
  }
  for (const name of ['setTimeout', 'setInterval'] as const) vi.spyOn(globalThis, name).mockImplementation(forbidden)
  vi.spyOn(Date, 'now').mockImplementation(forbidden)
  vi.spyOn(performance, 'now').mockImplementation(forbidden)
  try {
    const slow = fakeRun(defineTask({ kind: 'slow', timeout: '1h', heartbeat: '10m', run: () => null }), waits)
    const board = await testRuntime({
      tasks: [work, shaky, slow.task],
      schedules: { hourly: { cron: '0 * * * *', task: { kind: 'work' } } },
    })
    const { id } = await board.runtime.enqueue('shaky')
    await board.runtime.enqueue('slow')
    await board.advance('2h')
    await board.assertState(id, 'FINISHED')
    await board.assertEnqueued({ kind: 'slow', state: 'TERMINATED', reason: 'awol' })
    await board.crash()
    await board.restart({ off: '1h' })
    await board.stepClock('-30m')
    await board.close()
  } finally {
    vi.restoreAllMocks()
  }
})

test('a schedule lives through a month at once, in the zone it names', async () => {
  const board = await boardWith(
    {
      tasks: [work],
      schedules: { nightly: { cron: '30 2 * * *', timezone: 'Europe/Rome', task: { kind: 'work' } } },
    },
    { now: '2026-03-15T00:00', zone: 'Europe/Rome' },
  )
  expect(board.now).toBe('2026-03-14T23:00:00.000Z')
  await board.advance('31d')
  const ticks = (await board.tasks({ schedule: 'nightly' })).map(({ scheduledAt }) => scheduledAt).sort()
  expect(ticks.length).toBe(31)
  // Half past two does not exist on the night of the 29th.
  expect(ticks.slice(13, 16)).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ])
})

test('settled() waits for work with files, and not for what waits for the test', async () => {
  const { readFile } = await import('node:fs/promises')
  const file = defineTask({
    kind: 'file',
    run: async () => {
      let length = 0
      for (let n = 0; n < 20; n++) length += (await readFile('package.json', 'utf8')).length
      return length > 0
    },
  })
  const never = fakeRun(defineTask({ kind: 'never', run: () => null }), waits)
  const board = await boardWith({ tasks: [file, never.task] })
  const { id } = await board.runtime.enqueue('file')
  await board.runtime.enqueue('never')
  await board.settled()
  await board.assertState(id, 'FINISHED')
  await board.assertEnqueued({ kind: 'never', state: 'RUNNING' })
})

test('what moves in a circle while no time passes is found out', async () => {
  const quiet = new Quiet()
  onTestFinished(() => quiet.close())
  const step = channel('holdfast:task.step')
  const circle = () => {
    for (let n = 0; n < 10_000; n++) step.publish({})
    return false
  }
  await expect(quiet.settled(circle)).rejects.toThrow(
    'never comes to rest while no time passes; the last that was told is task.step',
  )
})

test('a crash keeps what was acknowledged, and loses what was not synced', async () => {
  const board = await boardWith({ tasks: [work, reading] })
  const kept = await board.runtime.enqueue('work', 'a', { in: '1h' })
  const lazy = await board.runtime.enqueue('reading', 'b', { in: '1h' })
  await board.crash()
  await board.restart()
  await board.assertState(kept.id, 'SPOOLED')
  expect(await board.runtime.get(lazy.id)).toBeUndefined()
  await board.refuteEnqueued({ kind: 'reading' })
})

test('a lazy task is kept when somebody else commits before the crash', async () => {
  const board = await boardWith({ tasks: [work, reading] })
  const lazy = await board.runtime.enqueue('reading', 'b', { in: '1h' })
  await board.runtime.enqueue('work', 'a', { in: '1h' })
  await board.crash()
  await board.restart()
  await board.assertState(lazy.id, 'SPOOLED')
})

test.each([[true], [false]])('a commit in flight is %s torn by the crash, as asked', async (torn) => {
  const board = await boardWith({ tasks: [work] })
  const asked = board.runtime.enqueue('work', 'a', { id: 'a', in: '1h' })
  asked.catch(() => undefined)
  await board.crash({ torn })
  await expect(asked).rejects.toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
  await board.restart()
  expect((await board.runtime.get('a'))?.state).toBe(torn ? undefined : 'SPOOLED')
})

test('between a crash and the restart there is no runtime', async () => {
  const board = await boardWith({ tasks: [work] })
  await board.crash()
  expect(await refusal(() => board.runtime)).toMatchObject({ code: 'ERR_STOPPED' })
  expect((await refusal(board.advance('1s'))).hint).toContain('restart()')
  await board.restart()
  expect(board.runtime.state).toBe('working')
})

test('a timer that fell due without power fires once, at once', async () => {
  const bell = setup({ types: { context: {} as { rung: number } } }).createMachine({
    context: { rung: 0 },
    initial: 'armed',
    states: {
      armed: { after: { 60000: { target: 'ringing', actions: assign({ rung: ({ context }) => context.rung + 1 }) } } },
      ringing: { on: { STOP: 'armed' } },
    },
  })
  const board = await boardWith({ tasks: [defineTask({ kind: 'bell', machine: bell })] })
  const { id } = await board.runtime.enqueue('bell', undefined as never)
  expect(await board.timers(id)).toEqual([{ id: expect.stringContaining('60000'), due: '2026-01-01T00:01:00.000Z' }])
  await board.crash()
  await board.restart({ off: '1h' })
  expect((await board.runtime.get(id))?.machine).toMatchObject({ value: 'ringing', context: { rung: 1 } })
  expect(await board.timers(id)).toEqual([])
})

test('a clean stop spends no attempt, and a clock that begins anew is not trusted', async () => {
  const slow = fakeRun(work, waits)
  const board = await boardWith({
    tasks: [slow.task],
    schedules: { hourly: { cron: '0 * * * *', task: { kind: 'work' } } },
  })
  const { id } = await board.runtime.enqueue('work', 'a')
  await board.restart({ off: '10m', wall: '1970-01-01T00:00:00Z' })
  expect(board.now).toBe('1970-01-01T00:00:00.000Z')
  expect(board.log).toContainEqual(
    expect.objectContaining({ level: 'warn', message: expect.stringContaining('clock') }),
  )
  slow.fake.resolve('done')
  expect(await board.runtime.handle(id).finished()).toBe('done')
})

test('an NTP step fires nothing that is relative, and what is absolute goes by it', async () => {
  const board = await boardWith({ tasks: [work] })
  const relative = await board.runtime.enqueue('work', 1, { in: '1h' })
  const absolute = await board.runtime.enqueue('work', 2, { runAt: '2026-01-01T01:00:00Z' })
  await board.stepClock('+2h')
  await board.assertState(relative.id, 'SPOOLED')
  await board.assertState(absolute.id, 'FINISHED')
  await board.stepClock(-7_200_000)
  await board.advance('1h')
  await board.assertState(relative.id, 'FINISHED')
})

test('a disk that fails takes no work, survives a reboot as it is, and goes on when it is mended', async () => {
  const board = await boardWith({ tasks: [work] })
  board.disk.fail('EIO')
  expect(await refusal(board.runtime.enqueue('work'))).toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
  expect(board.runtime.state).toBe('degraded')
  board.disk.mend()
  await board.advance('1m')
  expect(board.runtime.state).toBe('working')
  board.disk.fail('EROFS')
  await board.crash()
  const error = await refusal(board.restart())
  expect(error).toMatchObject({ code: 'ERR_STORE_IO' })
  expect(String(error.cause)).toContain('Read-only file system')
  expect(board.on).toBe(false)
  board.disk.mend()
  await board.restart()
  expect(board.runtime.state).toBe('working')
})

test('a door holds its route, and no attempt is spent', async () => {
  const network = door(false)
  const board = await boardWith({
    tasks: [work],
    gates: { online: network.definition },
    routes: { default: { gates: ['online'] } },
  })
  const { id } = await board.runtime.enqueue('work', 'a')
  await board.settled()
  await board.assertHistory(id, ['SPOOLED', 'QUEUED'])
  expect(network.watched).toBe(true)
  network.set(true)
  await board.settled()
  await board.assertState(id, 'FINISHED')
})

test('another version of the program takes over the disk', async () => {
  const board = await boardWith({ tasks: [work, shaky] })
  const { id } = await board.runtime.enqueue('work', 'a', { in: '1h' })
  await board.restart({ options: { tasks: [fakeRun(work, 'of the new version').task] } })
  await board.advance('1h')
  expect(await board.runtime.handle(id).finished()).toBe('of the new version')
})

test('what is said of tasks fails with what is there instead', async () => {
  const board = await boardWith({ tasks: [work] })
  const { id } = await board.runtime.enqueue('work', { file: 'a.jpg', size: 1 }, { in: '1h', group: 'door' })
  expect(await board.assertEnqueued({ kind: 'work', input: { file: 'a.jpg' }, group: 'door' })).toMatchObject({ id })
  await board.assertEnqueued({ runAt: Date.UTC(2026, 0, 1, 1) })
  await board.refuteEnqueued({ input: { file: 'b.jpg' } })
  const named = { name: 'AssertionError', code: 'ERR_ASSERTION' }
  await expect(board.assertEnqueued({ input: { file: 'b.jpg' } })).rejects.toMatchObject({
    ...named,
    message: expect.stringMatching(/^No task fits .*b\.jpg.*There are:\n {2}work \S+: SPOOLED, runAt 2026.*a\.jpg/s),
  })
  await expect(board.refuteEnqueued({ kind: 'work' })).rejects.toMatchObject(named)
  await expect(board.assertState(id, 'FINISHED')).rejects.toMatchObject({
    ...named,
    message: expect.stringContaining(`work ${id}: SPOOLED`),
  })
  await expect(board.assertHistory(id, ['QUEUED'])).rejects.toMatchObject(named)
  await expect(board.assertState('nobody', 'FINISHED')).rejects.toThrow("There is no task 'nobody'")
})
