/** Schedules as text. */
import type { ScheduleView } from '../runtime/schedule-view.js'
import { facts, table } from './table.js'
import { plain, type Terminal } from './terminal.js'
import { lengthOf, momentOf, timeOf, whenOf } from './words.js'

export function schedulesText(terminal: Terminal, schedules: readonly ScheduleView[]): string {
  if (schedules.length === 0) return 'no schedules'
  const { colors } = terminal
  const styles: Readonly<Record<string, (text: string) => string>> = { paused: colors.yellow, ended: colors.dim }
  return table(terminal, schedules, [
    { title: 'SCHEDULE', of: ({ id }) => id, least: 8 },
    { title: 'WHEN', of: timesOf, least: 9 },
    { title: 'KIND', of: ({ task }) => task.kind, least: 8 },
    { title: 'STATE', of: ({ state }) => state, style: (text, { state }) => (styles[state] ?? String)(text) },
    { title: 'NEXT', of: ({ next }) => whenOf(next) },
    { title: 'LAST', of: ({ last }) => whenOf(last) },
    { title: 'MADE', of: ({ counters }) => counters.made, align: 'right' },
    {
      title: 'NOT',
      of: ({ counters: { skipped, missed, failed } }) => skipped + missed + failed || '',
      align: 'right',
    },
  ])
}

export function scheduleText(terminal: Terminal, schedule: ScheduleView): string {
  const { counters: c, missed, history } = schedule
  const told = facts(terminal, [
    ['schedule', schedule.id],
    ['from', schedule.source === 'code' ? 'the config: only there it can be changed' : 'the API'],
    ['when', timesOf(schedule)],
    ['state', schedule.state],
    ['next', momentOf(schedule.next)],
    ['last', momentOf(schedule.last)],
    ['waiting', schedule.waiting || undefined],
    ['task', plain(JSON.stringify(schedule.task))],
    ['overlap', schedule.overlap],
    ['missed', `${missed.policy}, within ${lengthOf(missed.window)}, at most ${missed.limit}`],
    ['jitter', schedule.jitter ? lengthOf(schedule.jitter) : undefined],
    ['until', momentOf(schedule.until)],
    ['ticks', `${c.made} made, ${c.skipped} skipped, ${c.missed} missed, ${c.failed} failed, ${c.triggered} by hand`],
  ])
  const lines = history.map(({ type, at, instant, count, reason }) => {
    const of = instant === undefined ? '' : ` of ${timeOf(instant)}`
    const more = count !== undefined && count > 1 ? `, ${count} of them` : ''
    return `  ${timeOf(at)}  ${type}${of}${more}${reason ? `: ${plain(reason)}` : ''}`
  })
  return [told, terminal.colors.dim('history'), ...lines].join('\n')
}

function timesOf({ cron, timezone, every, from, rrule, at }: ScheduleView): string {
  if (cron !== undefined) return timezone === undefined ? cron : `${cron} ${timezone}`
  if (every !== undefined) return `every ${lengthOf(every)}${from === undefined ? '' : ` from ${timeOf(from)}`}`
  if (rrule !== undefined) return plain(rrule)
  return `at ${at?.map((each) => timeOf(each)).join(', ')}`
}
