/** What schedules make, and what becomes of ticks that collide, were missed, or cannot make their task. */
import { describe, expect, test } from 'vitest'
import { keyOf, planKey } from '../../src/model/keys.js'
import { defineTask } from '../../src/runtime/define.js'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'
import { refusal } from './lab.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const work = { kind: 'work' }
const slow = { kind: 'slow' }
const at = (ms: number) => new Date(SIMULATED_START + ms).toISOString()

async function board(schedules: object = {}) {
  const it = new Board()
  await it.start({ schedules: schedules as never })
  return it
}

describe('a tick', () => {
  test('makes one task, whose id names the schedule and the instant, and whose processor knows both', async () => {
    const it = await board({
      health: { cron: '*/5 * * * *', task: { kind: 'work', input: { deep: true }, group: 'g' } },
    })
    await it.pass(12 * MINUTE, MINUTE)
    expect(it.runs).toEqual(
      [5, 10].map((m) => ({
        id: `health@${at(m * MINUTE)}`,
        schedule: { id: 'health', at: at(m * MINUTE) },
      })),
    )
    const [first] = await it.tasks('health')
    expect(first).toMatchObject({
      kind: 'work',
      input: { deep: true },
      group: 'g',
      schedule: 'health',
      runAt: at(5 * MINUTE),
    })
    expect(await it.runtime.schedules.get('health')).toMatchObject({
      source: 'code',
      state: 'active',
      cron: '*/5 * * * *',
      last: at(10 * MINUTE),
      next: at(15 * MINUTE),
      counters: { made: 2 },
    })
  })

  test('is not made again by a restart, a kill, or a schedule that is put again over it', async () => {
    const it = await board()
    await it.runtime.schedules.put('m', { cron: '* * * * *', task: work })
    await it.pass(2 * MINUTE, MINUTE)
    await it.kill()
    await it.runtime.schedules.put('m', { cron: '* * * * *', task: work, missed: 'all' })
    await it.pass(MINUTE)
    await it.runtime.stop()
    it.store = it.store.successor()
    it.clock = it.clock.restart()
    await it.start()
    expect(it.runs.map(({ id }) => id)).toEqual([1, 2, 3].map((m) => `m@${at(m * MINUTE)}`))
  })

  test('of which a task is there already makes none, and says so when that is of somebody else', async () => {
    const it = await board()
    await it.runtime.enqueue('work', 'mine', { id: `m@${at(MINUTE)}` })
    await it.runtime.schedules.put('m', { cron: '* * * * *', task: work })
    await it.pass(2 * MINUTE, MINUTE)
    expect((await it.runtime.get(`m@${at(MINUTE)}`))?.input).toBe('mine')
    expect(await it.made('m')).toEqual([at(2 * MINUTE)])
    const { counters, history } = (await it.runtime.schedules.get('m')) ?? {}
    expect(counters).toMatchObject({ made: 1, skipped: 1 })
    expect(history?.[0]).toMatchObject({ type: 'skipped', reason: 'taken', instant: at(MINUTE) })
  })

  test('starts its task within the jitter, always at the same moment, and its id keeps the instant', async () => {
    const starts: string[][] = []
    for (let n = 0; n < 2; n++) {
      const it = await board({ j: { cron: '0 * * * *', jitter: '10m', task: work } })
      await it.pass(5 * HOUR + 30 * MINUTE, 10 * MINUTE)
      starts.push((await it.tasks('j')).map(({ runAt }) => runAt))
    }
    const late = starts[0]?.map((runAt, n) => Date.parse(runAt) - (SIMULATED_START + (n + 1) * HOUR)) ?? []
    expect(late).toHaveLength(5)
    for (const ms of late) expect(ms >= 0 && ms < 10 * MINUTE).toBe(true)
    expect(new Set(late).size).toBeGreaterThan(1)
    expect(starts[0]).toEqual(starts[1])
  })

  test('two thousand of one second are made, a page at a time, each once', async () => {
    const it = await board()
    const plan = { at: [new Date(SIMULATED_START + MINUTE)], task: work }
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => it.runtime.schedules.put(`s${n}`, plan)))
    await it.pass(MINUTE)
    expect(it.runs.length).toBe(2_000)
    expect(new Set(it.runs.map(({ id }) => id)).size).toBe(2_000)
    expect(await it.runtime.count({ state: 'FINISHED' })).toBe(2_000)
    // The sweep of what has ended, in a week.
    expect(it.clock.next).toBeGreaterThan(6 * DAY)
  })

  test('of an interval is steady: relative to when it was made, in step with nothing else', async () => {
    const it = await board()
    await it.pass(17_000)
    await it.runtime.schedules.put('poll', { every: '1m', task: work })
    await it.pass(3 * MINUTE, MINUTE)
    expect(await it.made('poll')).toEqual([1, 2, 3].map((m) => at(17_000 + m * MINUTE)))
    expect(it.runs[0]?.id).toBe(`poll@+${at(17_000 + MINUTE)}`)
  })
})

describe('a schedule ends', () => {
  test('after `count` tasks, at `until`, when its dates are used up', async () => {
    const it = await board({
      counted: { cron: '* * * * *', count: 2, task: work },
      until: { cron: '* * * * *', until: new Date(SIMULATED_START + 3 * MINUTE), task: work },
      dates: { at: [new Date(SIMULATED_START + MINUTE), new Date(SIMULATED_START + 4 * MINUTE)], task: work },
    })
    await it.pass(10 * MINUTE, MINUTE)
    expect(await it.made('counted')).toEqual([1, 2].map((m) => at(m * MINUTE)))
    expect(await it.made('until')).toEqual([1, 2, 3].map((m) => at(m * MINUTE)))
    expect(await it.made('dates')).toEqual([1, 4].map((m) => at(m * MINUTE)))
    for (const id of ['counted', 'until', 'dates']) {
      const view = await it.runtime.schedules.get(id)
      expect([id, view?.state, view?.next, view?.history.at(-1)?.type]).toEqual([id, 'ended', undefined, 'ended'])
    }
    // The sweep of what has ended, in a week.
    expect(it.clock.next).toBeGreaterThan(6 * DAY)
  })

  test('at once when all of its dates have passed, and is no error: a daemon has to start', async () => {
    const it = await board({ past: { at: ['2020-01-01T00:00:00Z'], task: work } })
    expect(await it.runtime.schedules.get('past')).toMatchObject({ state: 'ended', counters: { made: 0 } })
  })

  test('and goes on when it is put with more to come', async () => {
    const it = await board()
    await it.runtime.schedules.put('c', { cron: '* * * * *', count: 1, task: work })
    await it.pass(5 * MINUTE, MINUTE)
    await it.runtime.schedules.put('c', { cron: '* * * * *', count: 2, task: work })
    await it.pass(5 * MINUTE, MINUTE)
    expect(await it.made('c')).toEqual([at(MINUTE), at(6 * MINUTE)])
  })
})

describe('while a task has not ended', () => {
  test('skip: its ticks are skipped, recorded and told', async () => {
    const it = await board({ s: { cron: '* * * * *', task: slow } })
    const skipped = it.facts('schedule.skipped')
    await it.pass(3 * MINUTE, MINUTE)
    expect(skipped).toEqual([2, 3].map((m) => ({ id: 's', at: at(m * MINUTE), count: 1, reason: 'overlap' })))
    it.slow.get(`s@${at(MINUTE)}`)?.finish()
    await it.settled()
    await it.pass(MINUTE)
    expect(await it.made('s')).toEqual([at(MINUTE), at(4 * MINUTE)])
    const view = await it.runtime.schedules.get('s')
    expect(view?.counters).toMatchObject({ made: 2, skipped: 2 })
    expect(view?.history[1]).toMatchObject({ type: 'skipped', reason: 'overlap', instant: at(2 * MINUTE) })
  })

  test('allow: each tick makes its task', async () => {
    const it = await board({ s: { cron: '* * * * *', overlap: 'allow', task: slow } })
    await it.pass(3 * MINUTE, MINUTE)
    expect(it.slow.size).toBe(3)
  })

  test('queue: ticks wait and are made one by one as each ends, over a kill, too; beyond the limit they are skipped', async () => {
    const it = await board({ s: { cron: '* * * * *', overlap: 'queue', queueLimit: 2, task: slow } })
    await it.pass(5 * MINUTE, MINUTE)
    expect(await it.made('s')).toEqual([at(MINUTE)])
    expect(await it.runtime.schedules.get('s')).toMatchObject({ waiting: 2, counters: { made: 1, skipped: 2 } })
    await it.kill()
    for (const m of [1, 2, 3]) {
      expect((await it.made('s')).at(-1)).toBe(at(m * MINUTE))
      it.slow.get(`s@${at(m * MINUTE)}`)?.finish()
      await it.settled()
    }
    expect(await it.made('s')).toEqual([1, 2, 3].map((m) => at(m * MINUTE)))
    expect(await it.runtime.schedules.get('s')).toMatchObject({ waiting: 0, counters: { made: 3 } })
    await it.pass(MINUTE)
    expect((await it.made('s')).at(-1)).toBe(at(6 * MINUTE))
  })

  test('replace: it is superseded, running or not, in the commit that makes the next', async () => {
    const it = await board({ s: { cron: '* * * * *', overlap: 'replace', task: slow } })
    await it.pass(2 * MINUTE, MINUTE)
    const [first, second] = await it.tasks('s')
    expect([first?.state, first?.reason, second?.state]).toEqual(['TERMINATED', 'superseded', 'RUNNING'])
    const run = it.slow.get(`s@${at(MINUTE)}`)
    expect(run?.signal.reason).toMatchObject({ code: 'superseded' })
    await it.runtime.schedules.put('w', { cron: '* * * * *', overlap: 'replace', task: { kind: 'work', in: '1h' } })
    await it.pass(2 * MINUTE, MINUTE)
    expect((await it.tasks('w')).map(({ state }) => state)).toEqual(['TERMINATED', 'SPOOLED'])
  })

  test('a task that waits for its retry has not ended', async () => {
    const failing = defineTask({
      kind: 'failing',
      retry: { attempts: 2, delay: '1h' },
      run: () => Promise.reject(new Error('no')),
    })
    const it = new Board()
    await it.start({ tasks: [failing], schedules: { s: { cron: '* * * * *', task: { kind: 'failing' } } } })
    await it.pass(3 * MINUTE, MINUTE)
    expect(await it.made('s')).toEqual([at(MINUTE)])
  })

  test('a key of the template holds: while another task has it, ticks are skipped', async () => {
    const it = await board({ s: { cron: '* * * * *', overlap: 'allow', task: { kind: 'slow', key: 'one' } } })
    await it.pass(2 * MINUTE, MINUTE)
    expect(await it.made('s')).toEqual([at(MINUTE)])
    expect((await it.runtime.schedules.get('s'))?.history.at(-1)).toMatchObject({ type: 'skipped', reason: 'key' })
  })
})

describe('what was missed while the power was off', () => {
  const off = 5 * HOUR + 30 * MINUTE
  const cases = {
    skip: [],
    last: [5],
    first: [1],
    all: [1, 2, 3, 4, 5],
  } as const
  for (const [missed, hours] of Object.entries(cases)) {
    test(`${missed}: ${hours.length} of five are made, the others are counted`, async () => {
      const it = await board({ s: { cron: '0 * * * *', missed, task: work } })
      await it.powerOff(off)
      expect(await it.made('s')).toEqual(hours.map((h) => at(h * HOUR)))
      expect((await it.runtime.schedules.get('s'))?.counters).toMatchObject({
        made: hours.length,
        missed: 5 - hours.length,
      })
      await it.pass(30 * MINUTE)
      expect((await it.made('s')).at(-1)).toBe(at(6 * HOUR))
    })
  }

  test('within the window and the limit only, and what is a minute late is on time', async () => {
    const it = await board({
      window: { cron: '0 * * * *', missed: { policy: 'all', window: '2h' }, task: work },
      limit: { cron: '0 * * * *', missed: { policy: 'all', limit: 2 }, task: work },
      late: { cron: '0 * * * *', missed: 'skip', task: work },
      old: { cron: '0 0 1 1 *', missed: 'last', task: work },
    })
    await it.powerOff(5 * HOUR + 30_000)
    expect(await it.made('window')).toEqual([at(4 * HOUR), at(5 * HOUR)])
    expect(await it.made('limit')).toEqual([at(4 * HOUR), at(5 * HOUR)])
    expect(await it.made('late')).toEqual([at(5 * HOUR)])
    await it.powerOff(400 * DAY)
    expect(await it.made('old')).toEqual([])
    expect((await it.runtime.schedules.get('old'))?.counters).toMatchObject({ made: 0, missed: 1 })
  })

  test('years of seconds are not walked: at least a thousand, it says', async () => {
    const it = await board({ s: { cron: '* * * * * *', task: work } })
    await it.powerOff(3 * 365 * DAY)
    const view = await it.runtime.schedules.get('s')
    expect(view?.counters).toMatchObject({ made: 1, missed: 999 })
    expect(view?.history.find(({ reason }) => reason === 'missed')).toMatchObject({ count: 999, more: true })
  })
})

describe('a tick that cannot make its task', () => {
  test('is a fault, told and recorded, and the schedule goes on', async () => {
    const it = new Board()
    const extra = defineTask({ kind: 'extra', run: () => null })
    await it.start({ tasks: [extra] })
    await it.runtime.schedules.put('x', { cron: '* * * * *', task: { kind: 'extra' } })
    await it.kill({ tasks: [] })
    const faults = it.facts('schedule.fault')
    await it.pass(MINUTE)
    expect(faults).toEqual([{ id: 'x', at: at(MINUTE), error: expect.stringContaining('ERR_UNKNOWN_KIND') }])
    expect(it.warnings.at(-1)).toContain("schedule 'x' made no task")
    expect(await it.runtime.schedules.get('x')).toMatchObject({ state: 'active', counters: { failed: 1, made: 0 } })
    await it.kill({ tasks: [extra] })
    await it.pass(MINUTE)
    expect(await it.made('x')).toEqual([at(2 * MINUTE)])
  })

  test('a full queue is one', async () => {
    const it = new Board()
    await it.start({
      routes: { tiny: { concurrency: 1, queueLimit: 1 } },
      schedules: { s: { cron: '* * * * *', overlap: 'allow', task: { kind: 'slow', route: 'tiny' } } },
    })
    await it.pass(4 * MINUTE, MINUTE)
    expect((await it.runtime.schedules.get('s'))?.counters).toMatchObject({ made: 2, failed: 2 })
  })

  test('times that cannot be counted any more pause their schedule; a damaged record is told; the others go on', async () => {
    const it = await board()
    const minutely = { cron: '* * * * *', timezone: 'Europe/Rome', task: work } as const
    for (const id of ['zone', 'damaged', 'sound']) await it.runtime.schedules.put(id, minutely)
    await it.runtime.stop()
    it.store = it.store.successor()
    await it.store.open()
    const plan = (await it.store.get(planKey('zone'))) as string
    await it.store.batch(
      [
        { type: 'put', key: planKey('zone'), value: plan.replace('Europe/Rome', 'Mars/Base') },
        { type: 'put', key: keyOf('schedule', 'damaged'), value: '{' },
      ],
      true,
    )
    it.clock = it.clock.restart()
    const faults = it.facts('schedule.fault')
    await it.start()
    await it.pass(2 * MINUTE, MINUTE)
    expect(await it.made('sound')).toEqual([at(MINUTE), at(2 * MINUTE)])
    expect(faults.map(({ id, error }) => [id, error])).toEqual([
      ['damaged', expect.stringContaining('ERR_STORE_CORRUPT')],
      ['zone', expect.stringContaining('Mars/Base')],
    ])
    expect((await it.runtime.schedules.get('zone'))?.state).toBe('paused')
    expect((await refusal(it.runtime.schedules.get('damaged'))).code).toBe('ERR_STORE_CORRUPT')
    await it.runtime.schedules.put('damaged', minutely)
    await it.runtime.schedules.put('zone', minutely)
    await it.runtime.schedules.resume('zone')
    await it.pass(MINUTE)
    expect([await it.made('zone'), await it.made('damaged')]).toEqual([[at(3 * MINUTE)], [at(3 * MINUTE)]])
  })

  test('a tick that falls due while the runtime drains is made at the next start', async () => {
    const it = await board({ m: { cron: '* * * * *', overlap: 'allow', task: slow } })
    await it.pass(MINUTE)
    const stopping = it.runtime.stop({ drain: '5m' })
    await it.pass(MINUTE)
    it.slow.get(`m@${at(MINUTE)}`)?.finish()
    await stopping
    it.store = it.store.successor()
    it.clock = it.clock.restart()
    await it.start()
    expect(await it.made('m')).toEqual([at(MINUTE), at(2 * MINUTE)])
  })
})
