/** Schedules, routes, gates, kinds, and what went wrong, from the command line. */
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Board, board, byHand } from '../api/board.js'
import { holdfast as typed } from './typed.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

const holdfast = (...args: string[]) => typed(args, { env: { HOLDFAST_SOCKET: b.socket } })
const json = async (...args: string[]) => JSON.parse((await holdfast(...args, '--json')).out)

describe('schedules', () => {
  test('are listed with their times and their next tick', async () => {
    const { out } = await holdfast('schedules')
    expect(out).toMatch(
      /^SCHEDULE +WHEN +KIND +STATE +NEXT +MADE\nnightly +0 3 \* \* \* Europe\/Rome +echo +active +in \S+ +0\n$/,
    )
  })

  test('are made, paused, resumed, triggered and taken out', async () => {
    const put = await holdfast('schedules', 'put', 'hourly', 'echo', '{"a":1}', '--every', '1h', '--overlap', 'queue')
    expect(put).toMatchObject({ code: 0, out: expect.stringMatching(/when +every 1h\n/) })
    expect((await holdfast('schedules', 'pause', 'hourly')).out).toBe('schedule hourly paused\n')
    expect(await json('schedules', 'show', 'hourly')).toMatchObject({
      paused: true,
      overlap: 'queue',
      task: { input: { a: 1 } },
    })
    await holdfast('schedules', 'resume', 'hourly')
    const made = (await holdfast('schedules', 'trigger', 'hourly')).out.trim()
    expect(await json('show', made)).toMatchObject({ kind: 'echo', schedule: 'hourly' })
    expect((await holdfast('schedules', 'rm', 'hourly')).out).toBe('schedule hourly removed\n')
    expect(await holdfast('schedules', 'show', 'hourly')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_NOT_FOUND'),
    })
  })

  test('past ticks are made on demand', async () => {
    await holdfast(
      'schedules',
      'put',
      'daily',
      '--definition',
      '{"cron":"0 0 * * *","timezone":"UTC","task":{"kind":"echo"}}',
    )
    const { out } = await holdfast('schedules', 'backfill', 'daily', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z')
    expect(out).toBe('3 tasks made\n')
    expect(await json('ls', '--schedule', 'daily', '--count')).toBe(3)
  })

  test('one that cannot be is refused with its reason', async () => {
    expect(await holdfast('schedules', 'put', 'bad', 'echo', '--cron', 'never')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error ERR_INVALID_SCHEDULE: .+\nhint: /),
    })
  })
})

describe('routes and gates', () => {
  test('a route is paused and goes on', async () => {
    expect((await holdfast('routes', 'pause', 'narrow')).out).toBe('route narrow paused\n')
    expect((await holdfast('routes')).out).toMatch(/narrow +0 +0\/10 +paused\n/)
    await holdfast('routes', 'resume', 'narrow')
    expect(await json('routes')).toContainEqual(expect.objectContaining({ name: 'narrow', paused: false, held: [] }))
    expect(await holdfast('routes', 'pause', 'nowhere')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_NOT_FOUND'),
    })
  })

  test('a gate says why it is closed', async () => {
    await holdfast('enqueue', 'echo', '--route', 'gated', '--id', 'waits')
    expect((await holdfast('gates')).out).toMatch(/^GATE +STATE +.*\nflag +(asking|closed) /)
    await writeFile(`${b.directory}/store.flag`, '')
    expect(await holdfast('watch', 'waits')).toMatchObject({ code: 0 })
    expect(await json('gates')).toMatchObject([{ name: 'flag', routes: ['gated'] }])
  })
})

describe('kinds', () => {
  test('have settings that are changed', async () => {
    expect((await holdfast('kinds')).out).toMatch(
      /^KIND +PROCESSOR +VERSION +ROUTE +SETTINGS\n[\s\S]*poll +function +\d+ +default +every=5\n/,
    )
    expect((await holdfast('kinds', 'set', 'poll', 'every=7')).out).toMatch(/settings +every=7\n/)
    expect((await holdfast('enqueue', 'poll', '--wait')).out).toBe('7\n')
    expect(await holdfast('kinds', 'set', 'poll', 'every=often')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_INVALID_SETTINGS'),
    })
    expect(await holdfast('kinds', 'set', 'poll', 'every')).toMatchObject({ code: 2 })
    expect((await holdfast('kinds', 'set', 'poll', 'every=null')).out).toMatch(/settings +every=5\n/)
  })

  test('are retired and restored', async () => {
    expect((await holdfast('kinds', 'retire', 'add')).out).toBe('kind add retired\n')
    expect(await holdfast('enqueue', 'add', '{"a":1,"b":1}')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_KIND_RETIRED'),
    })
    await holdfast('kinds', 'restore', 'add')
    expect((await holdfast('enqueue', 'add', '{"a":1,"b":1}', '--wait')).out).toBe('2\n')
  })
})

describe('what went wrong', () => {
  test('the manifest lists what failed', async () => {
    expect((await holdfast('manifest')).out).toBe('nothing failed\n')
    await holdfast('enqueue', 'fail', '--wait', '--id', 'bad')
    expect((await holdfast('manifest', '--dead')).out).toMatch(
      /^ID +KIND +STATE +.*\nbad +fail +FAILED .*Error: no luck\n$/,
    )
  })

  test('an empty quarantine is said to be so', async () => {
    expect((await holdfast('quarantine')).out).toBe('nothing is in quarantine\n')
    expect(await holdfast('quarantine', 'retry', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_NOT_FOUND'),
    })
  })

  test('workers that asked for tasks are listed', async () => {
    expect((await holdfast('workers')).out).toMatch(/^no workers/)
    await b.post('/v1/leases', { worker: 'pump', kinds: ['far'] })
    expect((await holdfast('workers')).out).toMatch(
      /^WORKER +STATE +LEASES +SEEN +KINDS\npump +idle +0 +\S+ ago +far\n$/,
    )
  })
})
