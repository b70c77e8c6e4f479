/** Schedules and a clock that jumps: no RTC, NTP, suspend, and somebody who sets the date. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'
import { temporaryDirectory } from '../support/stores.js'

const SECOND = 1000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const work = { kind: 'work' }
const at = (ms: number) => new Date(SIMULATED_START + ms).toISOString()
const ids = (it: Board) => it.runs.map(({ id }) => id)

async function board(schedules: object, options: { wall?: number } = {}, more: object = {}) {
  const it = new Board(options)
  await it.start({ schedules: schedules as never, ...more })
  return it
}
const minutely = { m: { cron: '* * * * *', task: work } }

describe('scenarios that broke others', () => {
  test('node-schedule #431: a Pi that boots in the past and is set by NTP does not run through every missed tick', async () => {
    const it = await board({ s: { cron: '*/5 * * * *', task: work } })
    await it.pass(10 * MINUTE, MINUTE)
    expect(it.runs).toHaveLength(2)
    // An hour without power; without a battery the board believes that it is an hour ago still.
    await it.powerOff(0, { wall: SIMULATED_START - HOUR })
    await it.pass(2 * MINUTE, 30 * SECOND)
    expect(it.runs).toHaveLength(2)
    await it.step(2 * HOUR + 8 * MINUTE)
    expect(ids(it).slice(2)).toEqual([`s@${at(70 * MINUTE)}`])
    await it.pass(10 * MINUTE, MINUTE)
    expect(ids(it).slice(3)).toEqual([75, 80].map((m) => `s@${at(m * MINUTE)}`))
  })

  test('APScheduler #35: a board that starts in 1970 and is set to today does not hang or catch up on 56 years', async () => {
    const it = await board(
      {
        beat: { every: '30s', task: work },
        daily: { cron: '0 3 * * *', task: work },
        s: { cron: '* * * * * *', task: work },
      },
      { wall: 5 * SECOND },
    )
    await it.pass(2 * MINUTE, 30 * SECOND)
    // What is relative goes on; what is of the day waits for a clock that can be believed.
    expect(ids(it).every((id) => id.startsWith('beat@+'))).toBe(true)
    expect(it.runs).toHaveLength(4)
    await it.step(SIMULATED_START + 10 * HOUR)
    await it.pass(30 * SECOND, SECOND)
    expect(await it.made('daily')).toEqual([])
    expect(ids(it).filter((id) => id.startsWith('beat'))).toHaveLength(5)
    const seconds = await it.made('s')
    // The first is the latest of those that passed since the board was there, then one a second.
    expect(seconds).toHaveLength(31)
    expect((await it.runtime.schedules.get('s'))?.counters.missed).toBeLessThan(130)
  })

  test('APScheduler #526: a clock that is set ten years ahead makes one task of each schedule, in no time', async () => {
    const it = await board({ s: { cron: '* * * * * *', task: work }, i: { every: '1s', task: work } })
    await it.pass(3 * SECOND, SECOND)
    expect(it.runs).toHaveLength(6)
    await it.step(10 * YEAR)
    expect(ids(it).slice(6)).toEqual([`s@${at(10 * YEAR + 3 * SECOND)}`])
    await it.pass(2 * SECOND, SECOND)
    expect(it.runs).toHaveLength(11)
    expect((await it.runtime.schedules.get('s'))?.history.map(({ type }) => type)).toContain('stepped')
  })

  test('APScheduler #752: a clock that is set back a year for good does not silence a schedule for a year', async () => {
    const it = await board(minutely)
    await it.pass(3 * MINUTE, MINUTE)
    await it.step(-YEAR)
    // It is in doubt first: nobody can tell such a step from a battery that died.
    await it.pass(9 * MINUTE, MINUTE)
    expect(it.runs).toHaveLength(3)
    await it.pass(2 * MINUTE, MINUTE)
    const before = it.runs.length
    await it.pass(3 * MINUTE, MINUTE)
    expect(it.runs.length).toBe(before + 3)
    expect(ids(it).at(-1)).toBe(`m@${at(-YEAR + 17 * MINUTE)}`)
    expect(new Set(ids(it)).size).toBe(it.runs.length)
  })

  test('APScheduler #1066: a clock at 2200 and back makes one task too many, not billions, and goes on', async () => {
    const it = await board(minutely)
    await it.pass(MINUTE)
    const ahead = Date.UTC(2200, 0, 1) - it.clock.wall()
    await it.step(ahead)
    expect(ids(it)).toEqual([`m@${at(MINUTE)}`, 'm@2200-01-01T00:00:00.000Z'])
    await it.step(-ahead)
    await it.pass(15 * MINUTE, MINUTE)
    expect(ids(it)[2]).toMatch(/^m@2026-01-01T00:1\d:00/)
    expect(it.runs.length).toBeGreaterThan(5)
    expect(new Set(ids(it)).size).toBe(it.runs.length)
  })

  test('node-cron #492: a tick that was slept through by seconds is on time, whatever `missed` says', async () => {
    const it = await board({ s: { cron: '* * * * *', missed: 'skip', task: work } })
    await it.pass(50 * SECOND)
    // A busy loop, or a suspend: the minute passes while nobody looks.
    await it.step(25 * SECOND)
    expect(ids(it)).toEqual([`s@${at(MINUTE)}`])
  })
})

describe('a step of the wall clock', () => {
  test('back an hour: no tick is made twice, none is lost, what is relative does not notice', async () => {
    const it = await board({ ...minutely, beat: { every: '10m', task: work } })
    await it.pass(90 * MINUTE, MINUTE)
    expect(it.runs).toHaveLength(99)
    await it.step(-HOUR)
    await it.pass(70 * MINUTE, MINUTE)
    expect(ids(it).filter((id) => id.startsWith('beat'))).toHaveLength(16)
    expect(await it.made('m')).toEqual(Array.from({ length: 100 }, (_, n) => at((n + 1) * MINUTE)))
    expect(new Set(ids(it)).size).toBe(it.runs.length)
  })

  test('ahead and back again: what was made ahead is not made again, what was passed over is', async () => {
    const it = await board({ h: { cron: '0 * * * *', task: work } }, {}, { clock: { hold: 0 } })
    await it.pass(HOUR, 30 * MINUTE)
    await it.step(5 * HOUR)
    expect(await it.made('h')).toEqual([at(HOUR), at(6 * HOUR)])
    await it.step(-5 * HOUR)
    await it.pass(7 * HOUR, MINUTE)
    expect(ids(it)).toEqual([1, 6, 2, 3, 4, 5, 7, 8].map((h) => `h@${at(h * HOUR)}`))
  })

  test('is noted by the schedules it touches at their next step, also after a restart', async () => {
    const it = await board({ ...minutely, beat: { every: '1m', task: work } })
    await it.step(30 * SECOND)
    await it.kill()
    await it.pass(MINUTE)
    const history = async (id: string) => (await it.runtime.schedules.get(id))?.history ?? []
    expect((await history('m'))[0]).toMatchObject({ type: 'stepped', byMs: 30 * SECOND })
    expect((await history('beat')).map(({ type }) => type)).toEqual(['made'])
  })

  test('over a suspend: the steady hand stood still, the day went on', async () => {
    const it = await board({ ...minutely, beat: { every: '1m', task: work } })
    await it.step(8 * HOUR)
    expect(ids(it)).toEqual([`m@${at(8 * HOUR)}`])
    await it.pass(MINUTE)
    expect(ids(it).slice(1).sort()).toEqual([`beat@+${at(MINUTE)}`, `m@${at(8 * HOUR + MINUTE)}`])
  })
})

describe('a clock that cannot be trusted', () => {
  test('behind the highest time ever seen: schedules of the day hold, announced, until it has caught up', async () => {
    const it = await board(minutely)
    await it.pass(2 * MINUTE, MINUTE)
    const doubted = it.facts('clock.doubted')
    const trusted = it.facts('clock.trusted')
    await it.powerOff(0, { wall: SIMULATED_START - 5 * MINUTE })
    const [wall, highest] = [SIMULATED_START - 5 * MINUTE, SIMULATED_START + 2 * MINUTE]
    expect(doubted).toEqual([{ reason: 'behind', wall, highest }])
    await it.pass(5 * MINUTE, MINUTE)
    expect([it.runs.length, trusted.length]).toEqual([2, 0])
    await it.pass(4 * MINUTE, MINUTE)
    expect(trusted).toEqual([{ reason: 'plausible', wall: expect.any(Number) }])
    expect(await it.made('m')).toEqual([1, 2, 3, 4].map((m) => at(m * MINUTE)))
  })

  test('holds no longer than `clock.hold`, and a kill in between does not make it believed', async () => {
    const it = await board(minutely, {}, { clock: { hold: '3m' } })
    await it.pass(MINUTE)
    await it.powerOff(0, { wall: SIMULATED_START - YEAR })
    await it.pass(2 * MINUTE, MINUTE)
    await it.kill()
    expect(it.runs).toHaveLength(1)
    await it.pass(2 * MINUTE, MINUTE)
    expect(it.runs).toHaveLength(1)
    await it.pass(3 * MINUTE, MINUTE)
    expect(it.runs.length).toBeGreaterThan(2)
    expect(it.warnings.at(-1)).toContain('held long enough')
  })

  test('a schedule that is made meanwhile begins with the clock that is believed', async () => {
    const it = await board({}, { wall: 1000 })
    await it.runtime.schedules.put('m', { cron: '* * * * *', missed: 'all', task: work })
    await it.pass(90 * SECOND, 30 * SECOND)
    await it.step(SIMULATED_START - it.clock.wall())
    expect(await it.made('m')).toEqual([at(-MINUTE), at(0)])
    await it.pass(MINUTE)
    expect((await it.made('m')).at(-1)).toBe(at(MINUTE))
  })

  test('a time service that has not set it yet is a reason, that it has is one to believe a clock that is behind', async () => {
    const run = await temporaryDirectory()
    const places = { timesync: join(run, 'timesync'), chrony: '/nowhere' }
    await mkdir(places.timesync)
    const it = new Board({ places })
    const doubted = it.facts('clock.doubted')
    const trusted = it.facts('clock.trusted')
    await it.start({ schedules: minutely })
    await it.pass(MINUTE)
    expect(doubted).toMatchObject([{ reason: 'unsynced' }])
    expect(it.runs).toHaveLength(0)
    const believed = it.next('clock.trusted')
    await writeFile(join(places.timesync, 'synchronized'), '')
    await believed
    await it.settled()
    expect(trusted).toMatchObject([{ reason: 'synced' }])
    expect(await it.made('m')).toEqual([at(MINUTE)])
    const again = it.next('clock.trusted')
    await it.powerOff(0, { wall: SIMULATED_START - DAY })
    await again
    await it.settled()
    await it.pass(MINUTE)
    expect(doubted).toHaveLength(1)
    expect((await it.made('m'))[0]).toBe(at(-DAY + MINUTE))
  })

  test('does not matter to tasks: what is due on a clock that is behind is overdue in truth', async () => {
    const it = await board(minutely)
    await it.pass(MINUTE)
    await it.powerOff(0, { wall: SIMULATED_START - HOUR })
    await it.runtime.enqueue('work', null, { id: 'mine', runAt: SIMULATED_START - HOUR + MINUTE })
    await it.pass(MINUTE)
    expect(ids(it).at(-1)).toBe('mine')
  })

  test('nobody asks while no schedule waits for the time of day', async () => {
    const it = await board({ beat: { every: '1h', task: work } }, { wall: 1000 })
    const doubted = it.facts('clock.doubted')
    // The end of the process, and the next of the intervals.
    expect([it.clock.waiting, doubted.length]).toEqual([2, 0])
    await it.runtime.schedules.put('m', { cron: '* * * * *', task: work })
    expect(doubted).toHaveLength(1)
  })
})
