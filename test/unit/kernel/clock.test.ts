/** One clock with two hands: what is relative survives steps and reboots, and nothing ticks when nothing waits. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ClockMark, steadyAt } from '../../../src/kernel/clock.js'
import { SystemClock } from '../../../src/kernel/system-clock.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'

const DAY = 86_400_000
const mark: ClockMark = { wall: 50_000, steady: 60_000, mono: 7_000, boot: 'b1' }

describe('the steady hand', () => {
  test('begins at the wall time of the first start', () => {
    expect(steadyAt(undefined, 123, 7, 'b1')).toBe(123)
  })
  test('goes on by the monotonic clock over a restart of the process, whatever the wall says', () => {
    expect(steadyAt(mark, 50_000, 9_500, 'b1')).toBe(62_500)
    expect(steadyAt(mark, 999_999, 9_500, 'b1')).toBe(62_500)
    expect(steadyAt(mark, 0, 9_500, 'b1')).toBe(62_500)
  })
  test('goes on by the wall time that passed over a reboot', () => {
    expect(steadyAt(mark, 53_000, 20, 'b2')).toBe(63_000)
  })
  test('never goes back, not even when a board without a battery wakes in 1970', () => {
    expect(steadyAt(mark, 0, 20, 'b2')).toBe(60_000)
    expect(steadyAt(mark, 50_000, 6_000, 'b1')).toBe(60_000)
  })
  test('is taken up by the clock from its mark', () => {
    const clock = new SystemClock()
    const { mono, boot } = clock.mark()
    clock.resume({ wall: 0, steady: 1_000_000, mono: mono - 250, boot })
    expect(clock.steady() - 1_000_250).toBeLessThan(1_000)
    clock.resume({ wall: clock.wall() - 5_000, steady: 2_000_000, mono: 1, boot: 'another' })
    expect(clock.steady() - 2_005_000).toBeLessThan(1_000)
    clock.close()
  })
})

describe('alarms', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
  afterEach(() => void vi.useRealTimers())
  const fired: string[] = []
  const note = (name: string) => () => void fired.push(name)
  const heard = () => fired.splice(0)

  test.each(['wall', 'steady'] as const)('beyond 24.8 days are kept on the %s hand', (hand) => {
    const clock = new SystemClock()
    const now = hand === 'wall' ? clock.wall() : clock.steady()
    clock.alarm(hand, now + 60 * DAY, note('far'))
    vi.advanceTimersByTime(60 * DAY - 1)
    expect(heard()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(heard()).toEqual(['far'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('fire in the order of their times, and of their setting within one', () => {
    const clock = new SystemClock()
    const now = clock.steady()
    for (const [name, ms] of [['c', 30], ['a', 10], ['b1', 20], ['b2', 20]] as const) // biome-ignore format: a table
      clock.alarm('steady', now + ms, note(name))
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(100)
    expect(heard()).toEqual(['a', 'b1', 'b2', 'c'])
  })

  test('of the past fire on the next turn, not at once', () => {
    const clock = new SystemClock()
    clock.alarm('wall', 0, note('wall'))
    clock.alarm('steady', 0, note('steady'))
    expect(heard()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(heard().sort()).toEqual(['steady', 'wall'])
  })

  test('that are cleared never fire, and leave no timer behind', () => {
    const clock = new SystemClock()
    const alarms = Array.from({ length: 200 }, (_, i) => clock.alarm('steady', clock.steady() + 100 + i, note(`${i}`)))
    const kept = clock.alarm('steady', clock.steady() + 1_000, note('kept'))
    for (const alarm of alarms) alarm.clear()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(5_000)
    expect(heard()).toEqual(['kept'])
    kept.clear()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('cleared by one that fires at the same moment do not fire', () => {
    const clock = new SystemClock()
    const now = clock.steady()
    const others = ['x', 'y'].map((name) => name)
    clock.alarm('steady', now + 10, () => {
      fired.push('first')
      second.clear()
    })
    const second = clock.alarm('steady', now + 10, note(others.join()))
    vi.advanceTimersByTime(50)
    expect(heard()).toEqual(['first'])
  })

  test('no timer runs when nothing waits, and close() ends all', () => {
    const clock = new SystemClock()
    expect(vi.getTimerCount()).toBe(0)
    clock.alarm('wall', clock.wall() + DAY, note('never'))
    clock.alarm('steady', clock.steady() + DAY, note('never'))
    expect(vi.getTimerCount()).toBe(2)
    clock.close()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(2 * DAY)
    expect(heard()).toEqual([])
  })

  test('a steady wait wakes nobody before its time; a wall wait looks at the clock every 30 seconds', () => {
    const clock = new SystemClock()
    const looks = vi.spyOn(globalThis, 'setTimeout')
    clock.alarm('steady', clock.steady() + 3_600_000, note('steady'))
    vi.advanceTimersByTime(3_599_000)
    expect(looks).toHaveBeenCalledTimes(1)
    looks.mockClear()
    clock.alarm('wall', clock.wall() + 300_000, note('wall'))
    vi.advanceTimersByTime(300_000)
    expect(looks.mock.calls.every(([, ms]) => (ms as number) <= 30_000)).toBe(true)
    expect(heard()).toEqual(['steady', 'wall'])
    looks.mockRestore()
  })

  test('a step of the wall clock is told within 30 seconds, moves wall waits, and leaves steady ones alone', () => {
    const clock = new SystemClock()
    const steps: number[] = []
    clock.onStep((byMs) => void steps.push(byMs))
    clock.alarm('wall', clock.wall() + DAY, note('wall'))
    clock.alarm('steady', clock.steady() + DAY, note('steady'))
    const steady = clock.steady()
    vi.setSystemTime(Date.now() + 2 * DAY)
    expect(clock.steady()).toBe(steady)
    vi.advanceTimersByTime(30_000)
    expect(steps).toEqual([2 * DAY])
    expect(heard()).toEqual(['wall'])
    vi.advanceTimersByTime(DAY)
    expect(heard()).toEqual(['steady'])
  })

  test('a step back holds a wall wait for as long, and slewing is no step', () => {
    const clock = new SystemClock()
    const steps: number[] = []
    clock.onStep((byMs) => void steps.push(byMs))
    clock.alarm('wall', clock.wall() + 60_000, note('wall'))
    vi.setSystemTime(Date.now() - 100_000)
    vi.advanceTimersByTime(60_000)
    expect(steps).toEqual([-100_000])
    expect(heard()).toEqual([])
    vi.setSystemTime(Date.now() + 900)
    vi.advanceTimersByTime(99_100)
    expect(steps).toEqual([-100_000])
    expect(heard()).toEqual(['wall'])
  })
})

describe('the simulated clock of the tests', () => {
  test('fires in the order of time, those set on the way too, and never by itself', () => {
    const clock = new SimulatedClock({ wall: 0, mono: 0 })
    const fired: [string, number][] = []
    const note = (name: string) => () => void fired.push([name, clock.steady()])
    clock.alarm('wall', 30, note('c'))
    clock.alarm('steady', 10, () => {
      note('a')()
      clock.alarm('steady', 20, note('b'))
    })
    expect(clock.next).toBe(10)
    clock.advance(50)
    expect(fired).toEqual([['a', 10], ['b', 20], ['c', 30]]) // biome-ignore format: a table
    expect([clock.wall(), clock.steady(), clock.waiting]).toEqual([50, 50, 0])
  })

  test('steps the wall hand alone, and survives restarts and reboots as a board does', () => {
    const clock = new SimulatedClock({ wall: 1_000, mono: 100, boot: 'b1' })
    const heard: number[] = []
    clock.onStep((byMs) => void heard.push(byMs))
    clock.stepWall(500)
    expect([clock.wall(), clock.steady(), heard]).toEqual([1_500, 1_000, [500]])
    const mark = clock.mark()
    const next = clock.restart()
    next.resume(mark)
    expect([next.boot, next.wall(), next.steady()]).toEqual(['b1', 1_500, 1_000])
    const rebooted = next.reboot({ offFor: 200 })
    rebooted.resume(mark)
    expect([rebooted.boot, rebooted.wall(), rebooted.steady()]).toEqual(['b2', 1_700, 1_200])
    const lost = rebooted.reboot({ offFor: 200, wall: 0 })
    lost.resume(mark)
    expect([lost.wall(), lost.steady()]).toEqual([0, 1_000])
  })
})
