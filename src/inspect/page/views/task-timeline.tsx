import type { TaskView } from '../../../runtime/task-view.js'
import { second } from '../clock.js'
import { Panel } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import type { LogLine } from '../task-watch.js'
import { dayOf, lengthOf, timeOf } from '../words.js'

interface TaskTimelineProps {
  readonly task: TaskView
  readonly log: readonly LogLine[]
}

const MOST = 200

/** The states it went through, how long it was in each, and what it emitted on the way. */
export function TaskTimeline({ task, log }: TaskTimelineProps) {
  const states = task.history
  const spans = states.map(({ state, at }, i) => ({
    state,
    ms: Math.max(0, Date.parse(states[i + 1]?.at ?? endOf(task, second.value)) - Date.parse(at)),
  }))
  const whole = spans.reduce((sum, { ms }) => sum + ms, 0)
  const shown = (log.length > 0 ? log : states).slice(-MOST)
  return (
    <Panel
      title="Timeline"
      note={lengthOf(whole)}
      actions={<a href={href(['sequence'], { task: task.id })}>Sequence</a>}
    >
      <div class="bar" aria-hidden="true">
        {spans.map(({ state, ms }, i) => (
          <i
            key={String(i)}
            class={`state-${state.toLowerCase()}`}
            style={{ flexGrow: String(Math.max(ms, whole / 60, 1)) }}
          />
        ))}
      </div>
      <ol class="timeline">
        {shown.map(({ at, ...line }, i) => (
          <li key={`${i} ${at}`} class={line.state ? `state-${line.state.toLowerCase()}` : 'emitted'}>
            <i class="dot" aria-hidden="true" />
            <time dateTime={at} title={dayOf(at)}>
              {timeOf(at)}
            </time>
            <span class="span">
              {i > 0 && at !== shown[i - 1]?.at
                ? `+${lengthOf(Date.parse(at) - Date.parse(shown[i - 1]?.at ?? at))}`
                : ''}
            </span>
            {line.state ?? <Txt of={`emitted ${'event' in line ? line.event?.type : ''}`} most={80} />}
          </li>
        ))}
      </ol>
    </Panel>
  )
}

/** Of a task that goes on: now. */
const endOf = ({ endedAt }: TaskView, now: number) => endedAt ?? new Date(now).toISOString()
