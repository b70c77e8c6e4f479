import type { ScheduleView } from '../../../runtime/schedule-view.js'
import { Txt } from '../parts/txt.js'
import { plain } from '../text.js'
import { upcoming } from '../upcoming.js'
import { clockOf, countOf, dayOf } from '../words.js'

interface ScheduleAxisProps {
  readonly schedules: readonly ScheduleView[]
  readonly spanMs: number
  readonly now: number
}

/** So much of the axis is the past: what was missed stands there. */
const PAST = 0.15
/** Of the marks on the axis; the first that leaves it room is taken. */
const STEPS = [600_000, 3_600_000, 4 * 3_600_000, 86_400_000] as const
const MOST_MARKS = 8
const SHOWN = 60

/** Whole hours and days, as the clock of whoever looks has them; none so near to now that they would touch. */
function marksOf(now: number, spanMs: number): number[] {
  const step = STEPS.find((each) => spanMs / each <= MOST_MARKS) ?? STEPS[3]
  const zone = new Date(now).getTimezoneOffset() * 60_000
  const first = Math.ceil((now - zone + spanMs / 20) / step) * step + zone
  return Array.from({ length: Math.floor((now + spanMs * 0.98 - first) / step) + 1 }, (_, i) => first + i * step)
}

/** A line for each schedule: what comes, to the right of now, and what made no task, to the left. */
export function ScheduleAxis({ schedules, spanMs, now }: ScheduleAxisProps) {
  const from = now - spanMs * PAST
  const whole = spanMs * (1 + PAST)
  const placeOf = (at: number) => `${((at - from) / whole) * 100}%`
  const seen = (at: number) => at >= from && at <= from + whole
  const marks = [now, ...marksOf(now, spanMs)]
  return (
    <section class="axis" aria-label="What runs next">
      <div class="axis-head" aria-hidden="true">
        {marks.map((at, i) => (
          <span key={at} style={{ left: placeOf(at) }}>
            {i === 0 ? 'now' : spanMs > 86_400_000 ? dayOf(at).replace(/,?\s[\d:]+.*$/, '') : clockOf(at)}
          </span>
        ))}
      </div>
      <ul>
        {schedules.slice(0, SHOWN).map((schedule) => {
          const ticks = upcoming(schedule, now + spanMs)
          const missed = schedule.history
            .filter(({ type }) => type === 'skipped' || type === 'fault')
            .map(({ instant, at }) => Date.parse(instant ?? at))
            .filter(seen)
          return (
            <li key={schedule.id}>
              <span class="axis-name">
                <Txt of={schedule.id} most={40} />
              </span>
              <span
                class="axis-line"
                role="img"
                aria-label={`${plain(schedule.id, 60)}: ${countOf(ticks.length, 'tick')} ahead, ${missed.length} without a task`}
              >
                <i class="axis-now" style={{ left: placeOf(now) }} />
                {missed.map((at, i) => (
                  <i key={`m${i}`} class="axis-missed" style={{ left: placeOf(at) }} title={dayOf(at)} />
                ))}
                {ticks.filter(seen).map((at) => (
                  <i key={at} class="axis-tick" style={{ left: placeOf(at) }} title={dayOf(at)} />
                ))}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
