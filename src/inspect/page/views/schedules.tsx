/** What runs next, on an axis of time; what was missed; what can be done about it. */
import { useSignal } from '@preact/signals'
import type { ScheduleView } from '../../../runtime/schedule-view.js'
import { ask, part } from '../ask.js'
import { useAsked } from '../asked.js'
import { second } from '../clock.js'
import { Ago } from '../parts/ago.js'
import { Icon } from '../parts/icon.js'
import { doing } from '../parts/notices.js'
import { Empty, Panel, Trouble, Waiting } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { mayWrite } from '../session.js'
import { plain } from '../text.js'
import { timesText } from '../upcoming.js'
import { numberOf } from '../words.js'
import { ScheduleAxis } from './schedule-axis.js'

const SPANS = [
  [3_600_000, '1 h'],
  [6 * 3_600_000, '6 h'],
  [24 * 3_600_000, '1 day'],
  [7 * 24 * 3_600_000, '1 week'],
] as const
const SHOWN = 500

export function Schedules() {
  const span = useSignal<number>(24 * 3_600_000)
  const { data, problem, again } = useAsked<{ items: ScheduleView[]; cursor?: string }>(
    '/v1/schedules',
    { limit: SHOWN },
    5_000,
  )
  const all = data?.items ?? []
  const sorted = [...all].sort((a, b) => ((a.next ?? '~') < (b.next ?? '~') ? -1 : 1))
  const minute = Math.floor(second.value / 5_000) * 5_000
  return (
    <>
      <header class="view-head">
        <h1>Schedules</h1>
        <div class="segments" role="group" aria-label="How far ahead">
          {SPANS.map(([ms, label]) => (
            <button key={ms} type="button" aria-pressed={span.value === ms} onClick={() => (span.value = ms)}>
              {label}
            </button>
          ))}
        </div>
        {data?.cursor && <span class="note">the first {numberOf(SHOWN)}</span>}
      </header>
      {problem && !data && <Trouble problem={problem} />}
      {!data && !problem && <Waiting of="Asking for the schedules" />}
      {data && all.length === 0 && <Empty>There are no schedules.</Empty>}
      {all.length > 0 && <ScheduleAxis schedules={sorted} spanMs={span.value} now={minute} />}
      <div class="cards">
        {sorted.map((schedule) => (
          <Card key={schedule.id} schedule={schedule} again={again} />
        ))}
      </div>
    </>
  )
}

function Card({ schedule, again }: { readonly schedule: ScheduleView; readonly again: () => void }) {
  const { id, source, state, task, next, last, paused, counters, history, waiting } = schedule
  const missed = history
    .filter(({ type, reason }) => type === 'skipped' || type === 'fault' || reason !== undefined)
    .slice(-4)
  async function act(verb: 'pause' | 'resume' | 'trigger', said: string): Promise<void> {
    await doing(`${plain(id, 40)}: ${said}`, () => ask(`/v1/schedules/${part(id)}/${verb}`, { method: 'POST' }))
    again()
  }
  return (
    <Panel
      title={plain(id, 80)}
      note={<Txt of={timesText(schedule)} most={80} />}
      actions={
        mayWrite.value && (
          <>
            <button type="button" onClick={() => void act('trigger', 'a task was made')}>
              <Icon name="send" />
              Run now
            </button>
            <button
              type="button"
              onClick={() => void act(paused ? 'resume' : 'pause', paused ? 'goes on' : 'is paused')}
            >
              <Icon name={paused ? 'play' : 'pause'} />
              {paused ? 'Resume' : 'Pause'}
            </button>
          </>
        )
      }
    >
      <dl class="facts">
        <div>
          <dt>Next</dt>
          <dd>{next ? <Ago at={next} /> : paused ? 'paused' : state}</dd>
        </div>
        <div>
          <dt>Last</dt>
          <dd>{last ? <Ago at={last} /> : 'never'}</dd>
        </div>
        <div>
          <dt>Makes</dt>
          <dd>
            <a href={href(['tasks'], { schedule: id })}>
              <Txt of={task.kind} most={60} />
            </a>
            {source === 'api' && <span class="tag">by the API</span>}
          </dd>
        </div>
        <div>
          <dt>Ticks</dt>
          <dd>
            {numberOf(counters.made)} made, {numberOf(counters.skipped)} skipped, {numberOf(counters.missed)} missed
            {counters.failed > 0 && `, ${numberOf(counters.failed)} failed`}
            {waiting > 0 && `, ${numberOf(waiting)} wait`}
          </dd>
        </div>
      </dl>
      {missed.length > 0 && (
        <ul class="rows" aria-label="Ticks without a task">
          {missed.map(({ type, at, instant, reason, count }) => (
            <li key={`${type} ${at} ${instant}`}>
              <span class="tag warn">{type}</span>
              <Ago at={instant ?? at} />
              <span class="note">
                {count !== undefined && count > 1 && `${numberOf(count)} of them `}
                {reason !== undefined && <Txt of={reason} most={100} />}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
