/** Schedules from code and at run time: what can be done to them, and what is refused. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTask } from '../../src/runtime/define.js'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'
import { refusal } from './lab.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const work = { kind: 'work' }
const slow = { kind: 'slow' }
const at = (ms: number) => new Date(SIMULATED_START + ms).toISOString()

async function board(schedules: object = {}, more: object = {}) {
  const it = new Board()
  await it.start({ schedules: schedules as never, ...more })
  return it
}
const minutely = { cron: '* * * * *', task: work } as const

describe('schedules of the code', () => {
  test('without a change write nothing at a start', async () => {
    const it = await board({ a: minutely, b: { every: '1h', task: { kind: 'work', input: { x: 1 } } } })
    const commits = it.facts('commit.end')
    await it.kill()
    expect(commits.filter(({ ops }) => ops !== 0)).toEqual([])
  })

  test('that changed go on from what they made; new times count from the change', async () => {
    const it = await board({ a: minutely })
    await it.pass(3 * MINUTE, MINUTE)
    await it.kill({ schedules: { a: { cron: '*/10 * * * *', task: { kind: 'work', input: 2 } } } })
    await it.pass(10 * MINUTE, MINUTE)
    expect(await it.made('a')).toEqual([1, 2, 3, 10].map((m) => at(m * MINUTE)))
    const view = await it.runtime.schedules.get('a')
    expect(view).toMatchObject({ cron: '*/10 * * * *', task: { input: 2 }, counters: { made: 4 } })
    expect(view?.history.map(({ type }) => type)).toEqual(['made', 'made', 'made', 'changed', 'made'])
  })

  test('of which only the task changed miss nothing on the way', async () => {
    const it = await board({ a: minutely })
    await it.pass(MINUTE)
    await it.powerOff(90_000, {
      options: { schedules: { a: { ...minutely, missed: 'all', task: { kind: 'work', input: 2 } } } },
    })
    expect(await it.made('a')).toEqual([at(MINUTE), at(2 * MINUTE)])
    expect((await it.tasks('a')).map(({ input }) => input)).toEqual([null, 2])
  })

  test('that are gone from the code are removed, and their tasks stay', async () => {
    const it = await board({ a: minutely, b: minutely })
    await it.pass(MINUTE)
    await it.kill({ schedules: { b: minutely } })
    await it.pass(MINUTE)
    expect(await it.runtime.schedules.get('a')).toBeUndefined()
    expect([await it.made('a'), await it.made('b')]).toEqual([[at(MINUTE)], [at(MINUTE), at(2 * MINUTE)]])
  })

  test('live beside those of the API, and neither can be put over the other', async () => {
    const it = await board({ code: minutely })
    await it.runtime.schedules.put('api', minutely)
    expect(await refusal(it.runtime.schedules.put('code', minutely))).toMatchObject({
      code: 'ERR_INVALID_SCHEDULE',
      message: "schedule 'code' belongs to code",
    })
    expect((await refusal(it.runtime.schedules.remove('code'))).code).toBe('ERR_INVALID_SCHEDULE')
    const error = await refusal(it.kill({ schedules: { code: minutely, api: minutely } }))
    expect(error).toMatchObject({ code: 'ERR_INVALID_SCHEDULE', message: "schedule 'api' belongs to the API" })
  })

  test('paused by hand stay paused over a restart', async () => {
    const it = await board({ a: minutely })
    expect(await it.runtime.schedules.pause('a')).toMatchObject({ state: 'paused', paused: true })
    await it.kill()
    await it.pass(3 * MINUTE, MINUTE)
    expect(it.runs).toEqual([])
  })
})

describe('a schedule can be', () => {
  test('listed in pages, in the order of the ids, however they begin', async () => {
    const it = await board({ 'a.b': minutely })
    for (const id of ['a', 'a+', 'ab', 'b']) await it.runtime.schedules.put(id, minutely)
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await it.runtime.schedules.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      expect(page.items.length).toBeLessThanOrEqual(2)
      ids.push(...page.items.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(ids).toEqual(['a', 'a+', 'a.b', 'ab', 'b'])
  })

  test('paused and resumed: what passed meanwhile is skipped, recorded, and never made', async () => {
    const it = await board({ a: { ...minutely, missed: 'all' } })
    await it.pass(MINUTE)
    await it.runtime.schedules.pause('a')
    await it.pass(3 * MINUTE, MINUTE)
    await it.runtime.schedules.resume('a')
    await it.pass(MINUTE)
    expect(await it.made('a')).toEqual([at(MINUTE), at(5 * MINUTE)])
    const view = await it.runtime.schedules.get('a')
    expect(view?.counters).toMatchObject({ made: 2, skipped: 3, missed: 0 })
    expect(view?.history.map(({ type, reason }) => reason ?? type)).toEqual([
      'made',
      'paused',
      'paused',
      'resumed',
      'made',
    ])
  })

  test('paused with ticks that wait, which are made when it goes on', async () => {
    const it = await board({ a: { ...minutely, overlap: 'queue', task: slow } })
    await it.pass(2 * MINUTE, MINUTE)
    await it.runtime.schedules.pause('a')
    it.slow.get(`a@${at(MINUTE)}`)?.finish()
    await it.settled()
    expect(await it.made('a')).toEqual([at(MINUTE)])
    await it.runtime.schedules.resume('a')
    await it.settled()
    expect(await it.made('a')).toEqual([at(MINUTE), at(2 * MINUTE)])
  })

  test('triggered: a task now, outside of the ticks, paused or not, and counted for the overlap', async () => {
    const it = await board({ a: { ...minutely, paused: true, task: slow } })
    const one = await it.runtime.schedules.trigger('a')
    const two = await it.runtime.schedules.trigger('a')
    expect([one.created, one.id, two.id]).toEqual([true, `a@by-hand:${at(0)}`, `a@by-hand:${at(1)}`])
    await it.runtime.schedules.resume('a')
    await it.pass(MINUTE)
    const view = await it.runtime.schedules.get('a')
    expect(view?.counters).toMatchObject({ made: 0, skipped: 1, triggered: 2 })
    expect(await it.runtime.count({ schedule: 'a', state: 'RUNNING' })).toBe(2)
    expect(await it.runtime.count({ schedule: 'a', kind: 'work' })).toBe(0)
  })

  test('filled in backwards: each instant once, whatever was made, whatever the overlap', async () => {
    const it = await board({ a: { cron: '0 * * * *', missed: 'skip', task: slow } })
    await it.powerOff(5 * HOUR + 30 * MINUTE)
    const { schedules } = it.runtime
    expect(
      await schedules.backfill('a', new Date(SIMULATED_START + 2 * HOUR), new Date(SIMULATED_START + 4 * HOUR)),
    ).toBe(2)
    expect(await schedules.backfill('a', SIMULATED_START, it.clock.wall() + 24 * HOUR)).toBe(4)
    expect(await schedules.backfill('a', SIMULATED_START, it.clock.wall())).toBe(0)
    expect(await it.made('a')).toEqual([0, 1, 2, 3, 4, 5].map((h) => at(h * HOUR)))
    expect(await refusal(schedules.backfill('a', 0, SIMULATED_START))).toMatchObject({ code: 'ERR_TOO_MANY' })
    await schedules.put('i', { every: '1h', task: work })
    expect((await refusal(schedules.backfill('i', 0, 1))).code).toBe('ERR_INVALID_SCHEDULE')
  })

  test('removed: it ticks no more, its tasks stay, and put again it begins anew', async () => {
    const it = await board()
    await it.runtime.schedules.put('a', minutely)
    await it.pass(MINUTE)
    await it.runtime.schedules.remove('a')
    await it.pass(MINUTE)
    expect(await it.made('a')).toEqual([at(MINUTE)])
    expect((await refusal(it.runtime.schedules.remove('a'))).code).toBe('ERR_NOT_FOUND')
    await it.runtime.schedules.put('a', minutely)
    expect(await it.runtime.schedules.get('a')).toMatchObject({ counters: { made: 0 }, next: at(3 * MINUTE) })
  })

  test('changed while it ticks: calls about one schedule are taken one after the other', async () => {
    const it = await board()
    const { schedules } = it.runtime
    await Promise.all([
      schedules.put('a', minutely),
      schedules.put('a', { ...minutely, overlap: 'allow' }),
      schedules.put('a', { ...minutely, count: 9 }),
    ])
    const calls = [schedules.pause('a'), schedules.resume('a'), schedules.trigger('a'), schedules.trigger('a')]
    it.clock.advance(MINUTE)
    await Promise.all(calls)
    await it.settled()
    expect(await it.runtime.schedules.get('a')).toMatchObject({ state: 'active', count: 9, counters: { triggered: 2 } })
  })
})

test('a disk that fails is read again: no tick is lost, none is made twice', async () => {
  const it = await board({ a: minutely, q: { ...minutely, overlap: 'queue', task: slow } })
  await it.pass(MINUTE)
  for (const tear of [true, false]) {
    it.store.hold()
    it.clock.advance(MINUTE)
    for (let n = 0; n < 50 && it.store.inFlight === 0; n++) await new Promise((resolve) => setImmediate(resolve))
    it.store.powerCut({ tear })
    it.store.release()
    await it.settled()
    await it.pass(2000, 500)
  }
  await it.pass(MINUTE)
  expect(await it.made('a')).toEqual([1, 2, 3, 4].map((m) => at(m * MINUTE)))
  expect(new Set(it.runs.map(({ id }) => id)).size).toBe(it.runs.length)
  expect(await it.runtime.schedules.get('q')).toMatchObject({ waiting: 3, counters: { made: 1 } })
})

describe('what cannot be is refused where it is made, naming the schedule and the part', () => {
  const wrong: [string, object, string, RegExp][] = [
    ['no times', {}, 'ERR_INVALID_SCHEDULE', /schedule 'x'.*one of cron/],
    ['two kinds of times', { cron: '* * * * *', every: '1m' }, 'ERR_INVALID_SCHEDULE', /schedule 'x'/],
    ['30 February', { cron: '0 0 30 2 *' }, 'ERR_INVALID_SCHEDULE', /schedule 'x'.*cron/],
    ['a pattern that is none', { cron: 'often' }, 'ERR_INVALID_SCHEDULE', /schedule 'x'.*cron/],
    ['an unknown zone', { cron: '* * * * *', timezone: 'Mars/Base' }, 'ERR_INVALID_SCHEDULE', /schedule 'x'.*Mars/],
    ['an interval of 0', { every: 0 }, 'ERR_INVALID_SCHEDULE', /schedule 'x'.*every/],
    [
      'an RRULE without instances',
      { rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' },
      'ERR_INVALID_SCHEDULE',
      /schedule 'x'/,
    ],
    ['until before from', { every: '1m', from: at(HOUR), until: at(0) }, 'ERR_INVALID_SCHEDULE', /schedule 'x'.*until/],
    ['a monotonic pattern', { cron: '* * * * *', clock: 'monotonic' }, 'ERR_INVALID_SCHEDULE', /clock/],
    ['an unknown overlap', { every: '1m', overlap: 'maybe' }, 'ERR_INVALID_SCHEDULE', /overlap/],
    ['an unknown missed', { every: '1m', missed: { policy: 'some' } }, 'ERR_INVALID_SCHEDULE', /missed/],
    ['a count of 0', { every: '1m', count: 0 }, 'ERR_INVALID_SCHEDULE', /count/],
    ['an unknown option', { every: '1m', offset: 3 }, 'ERR_INVALID_OPTION', /unknown option 'offset'/],
    ['an unknown kind', { every: '1m', task: { kind: 'gone' } }, 'ERR_UNKNOWN_KIND', /schedule 'x': task: .*gone/],
    ['a task with an id', { every: '1m', task: { kind: 'work', id: 'a' } }, 'ERR_INVALID_OPTION', /task.*'id'/],
    ['a task with a wrong route', { every: '1m', task: { kind: 'work', route: 'no' } }, 'ERR_INVALID_OPTION', /route/],
    [
      'an input that is no JSON',
      { every: '1m', task: { kind: 'work', input: new Map() } },
      'ERR_NOT_JSON',
      /task.input/,
    ],
    [
      'an input that does not fit',
      { every: '1m', task: { kind: 'strict', input: 1 } },
      'ERR_INVALID_INPUT',
      /schedule 'x'/,
    ],
    ['a jitter that is none', { every: '1m', jitter: 'a bit' }, 'ERR_INVALID_DURATION', /schedule 'x'.*jitter/],
  ]
  const strict = defineTask({ kind: 'strict', input: z.object({ file: z.string() }), run: () => null })

  test.for(wrong)('%s', async ([, given, code, message]) => {
    const definition = { task: work, ...given } as never
    const it = await board({}, { tasks: [strict] })
    expect(await refusal(it.runtime.schedules.put('x', definition))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    // From code the same, before anything has begun.
    const other = new Board()
    expect((await refusal(other.start({ tasks: [strict], schedules: { x: definition } }))).code).toBe(code)
  })

  test('names that are none, what is not there, what has ended', async () => {
    const it = await board({ past: { at: [at(-HOUR)], task: work } })
    for (const id of ['a@b', 'x'.repeat(91), '', '!'])
      expect((await refusal(it.runtime.schedules.put(id, minutely))).code).toBe('ERR_INVALID_ID')
    for (const verb of ['pause', 'resume', 'trigger', 'remove'] as const)
      expect((await refusal(it.runtime.schedules[verb]('none') as Promise<unknown>)).code).toBe('ERR_NOT_FOUND')
    expect((await refusal(it.runtime.schedules.pause('past'))).code).toBe('ERR_ILLEGAL_TRANSITION')
    expect((await refusal(it.runtime.schedules.list({ limit: 0 }))).code).toBe('ERR_INVALID_OPTION')
  })

  test('more than the limit', async () => {
    const it = await board({ a: minutely }, { limits: { schedules: 2 } })
    await it.runtime.schedules.put('b', minutely)
    expect(await refusal(it.runtime.schedules.put('c', minutely))).toMatchObject({ code: 'ERR_TOO_MANY' })
    await it.runtime.schedules.put('b', { ...minutely, count: 3 })
    await it.runtime.schedules.remove('b')
    await it.runtime.schedules.put('c', minutely)
  })

  test('more than the limit in calls at the same time', async () => {
    const it = await board({}, { limits: { schedules: 2 } })
    const puts = Array.from({ length: 10 }, (_, n) => it.runtime.schedules.put(`s${n}`, minutely))
    const made = await Promise.allSettled(puts)
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect((await it.runtime.schedules.list()).items).toHaveLength(2)
  })

  test.each(['FREQ=YEARLY;INTERVAL=1000000', 'FREQ=MINUTELY;INTERVAL=1439;BYHOUR=0;BYMINUTE=0'])(
    '%s, whose second instant nobody can count',
    async (rule) => {
      const it = await board()
      const rrule = `DTSTART:${new Date(SIMULATED_START + HOUR).toISOString().replace(/[-:]|\.\d+/g, '')}\nRRULE:${rule}`
      expect(await refusal(it.runtime.schedules.put('x', { rrule, task: work }))).toMatchObject({
        code: 'ERR_INVALID_SCHEDULE',
      })
    },
  )
})

test('a schema that never answers is a fault of its own schedule, and holds no other', async () => {
  const held = { on: false }
  const validate = (value: unknown) => (held.on ? new Promise<never>(() => undefined) : { value })
  const input = { '~standard': { version: 1, vendor: 'test', validate } } as never
  const stuck = defineTask({ kind: 'stuck', input, run: () => null })
  const half = { cron: '30 * * * *', task: work }
  const it = await board({ a: { cron: '* * * * *', task: { kind: 'stuck', input: 1 } }, half }, { tasks: [stuck] })
  held.on = true
  await it.pass(2 * HOUR, MINUTE)
  expect(await it.made('half')).toEqual([at(HOUR / 2), at(1.5 * HOUR)])
  const { counters, history } = (await it.runtime.schedules.get('a')) ?? {}
  expect(counters?.failed).toBeGreaterThan(0)
  expect(history?.at(-1)?.reason).toMatch(/its schema did not answer within/)
})
