import { expect, test } from 'vitest'
import { upcoming } from '../../../../src/inspect/page/upcoming.js'
import type { ScheduleView } from '../../../../src/runtime/schedule-view.js'

const at = (iso: string) => Date.parse(iso)
const view = (times: object) => ({ paused: false, ...times }) as unknown as ScheduleView
const HOUR = 3_600_000

test('ticks go on from the next one that the daemon said, each sort by its own arithmetic', () => {
  const next = '2026-05-01T03:00:00.000Z'
  const until = at(next) + 24 * HOUR
  expect(upcoming(view({ next, cron: '0 3,9 * * *' }), until).map((each) => new Date(each).toISOString())).toEqual([
    next,
    '2026-05-01T09:00:00.000Z',
    '2026-05-02T03:00:00.000Z',
  ])
  expect(upcoming(view({ next, every: 8 * HOUR }), until)).toEqual(
    [0, 8, 16, 24].map((hours) => at(next) + hours * HOUR),
  )
  expect(upcoming(view({ next, at: [next, '2026-05-01T04:00:00Z', '2027-01-01T00:00:00Z'] }), until)).toHaveLength(2)
})

test('of a rule, and of a pattern that is not understood, the next one alone is known', () => {
  const next = '2026-05-01T03:00:00.000Z'
  expect(upcoming(view({ next, rrule: 'FREQ=HOURLY' }), at(next) + HOUR)).toEqual([at(next)])
  expect(upcoming(view({ next, cron: 'of another time' }), at(next) + HOUR)).toEqual([at(next)])
})

test('paused, ended, later than anybody looks, or too many', () => {
  const next = '2026-05-01T03:00:00.000Z'
  expect(upcoming(view({ next, every: HOUR, paused: true }), at(next) + HOUR)).toEqual([])
  expect(upcoming(view({ every: HOUR }), at(next))).toEqual([])
  expect(upcoming(view({ next, every: HOUR }), at(next) - 1)).toEqual([])
  expect(upcoming(view({ next, every: 1_000 }), at(next) + HOUR)).toHaveLength(200)
  expect(upcoming(view({ next, every: HOUR, until: next }), at(next) + 9 * HOUR)).toEqual([at(next)])
})
