/** One task: where it is in its statechart, how it came there, what it knows, and what can be done. */
import type { TaskView } from '../../../runtime/task-view.js'
import { Ago } from '../parts/ago.js'
import { Json } from '../parts/json.js'
import { Empty, Panel, Trouble, Waiting } from '../parts/panel.js'
import { StateBadge } from '../parts/state.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { seesStacks } from '../session.js'
import { useTask, type Watched } from '../task-watch.js'
import { dayOf } from '../words.js'
import { TaskActions } from './task-actions.js'
import { TaskChart } from './task-chart.js'
import { TaskContext } from './task-context.js'
import { TaskRelations } from './task-relations.js'
import { TaskTimeline } from './task-timeline.js'

export function Task({ id }: { readonly id: string }) {
  const watched = useTask(id)
  const { data: task, problem } = watched.view
  return (
    <>
      <a class="back" href={href(['tasks'])}>
        Tasks
      </a>
      {problem && !task && (NOBODY.includes(problem.status) ? <Nobody id={id} /> : <Trouble problem={problem} />)}
      {!problem && !task && <Waiting of="Asking for the task" />}
      {task && <Shown task={task} watched={watched} />}
    </>
  )
}

/** There is none of that id, or it could be none's. */
const NOBODY = [400, 404, 414]

/** Not made yet, or gone: who waits for it sees it come. */
function Nobody({ id }: { readonly id: string }) {
  return (
    <>
      <header class="view-head">
        <h1>No such task</h1>
        <span data-state="NONE">
          <StateBadge state="NONE" />
        </span>
        <code class="note">
          <Txt of={id} most={128} />
        </code>
      </header>
      <Empty>There is no task of this id now. Should it be made, it appears here.</Empty>
    </>
  )
}

function Shown({ task, watched }: { readonly task: TaskView; readonly watched: Watched }) {
  const told = watched.actors.get(`task:${task.id}`)?.snapshot.value
  // What was told is newer than what was asked.
  const state = typeof told === 'string' ? told : task.state
  return (
    <>
      <header class="view-head">
        <h1>
          <Txt of={task.kind} most={80} />
        </h1>
        <span data-state={state}>
          <StateBadge state={state} paused={task.paused} />
        </span>
        <code class="note">
          <Txt of={task.id} most={128} />
        </code>
        <TaskActions task={task} again={watched.view.again} />
      </header>
      {watched.view.problem && watched.view.problem.status > 0 && <Trouble problem={watched.view.problem} />}
      <Failure task={task} />
      <div class="task-grid">
        <div>
          <TaskChart task={task} state={state} actors={watched.actors} again={watched.view.again} />
          <TaskContext task={task} actors={watched.actors} steps={watched.steps} />
          <Values task={task} />
        </div>
        <div>
          <Facts task={task} />
          <TaskTimeline task={task} log={watched.log} />
          <TaskRelations task={task} ledTo={watched.ledTo} />
        </div>
      </div>
    </>
  )
}

function Failure({ task: { error, reason, retryAt, state } }: { readonly task: TaskView }) {
  if (!error && (state !== 'TERMINATED' || reason === undefined)) return null
  return (
    <section class="failure" aria-label="What went wrong">
      <p>
        <strong>{error ? <Txt of={error.name} most={80} /> : `Terminated: ${reason}`}</strong>{' '}
        {error && <Txt of={error.message} most={2_000} multiline />}{' '}
        {error?.code && <code>{<Txt of={error.code} />}</code>}
        {retryAt !== undefined && state === 'FAILED' && (
          <>
            {' '}
            It is tried again <Ago at={retryAt} />.
          </>
        )}
      </p>
      {error?.stack !== undefined && (
        <details open>
          <summary>Stack</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
          <pre tabIndex={0}>
            <Txt of={error.stack} most={20_000} multiline />
          </pre>
        </details>
      )}
      {error && !seesStacks.value && <p class="note">Its stack is shown to a token with the scope admin.</p>}
    </section>
  )
}

function Values({ task }: { readonly task: TaskView }) {
  return (
    <>
      <Panel title="Input">
        <Json value={task.input ?? null} />
      </Panel>
      {'result' in task && (
        <Panel title="Result">
          <Json value={task.result} />
        </Panel>
      )}
      {task.progress !== undefined && (
        <Panel title="Progress">
          <Json value={task.progress} />
        </Panel>
      )}
    </>
  )
}

function Facts({ task }: { readonly task: TaskView }) {
  const facts: readonly (readonly [string, string | number | undefined, string?])[] = [
    ['Route', task.route, href(['tasks'], { route: task.route })],
    ['Attempt', `${task.attempt} of ${task.attempts}`],
    ['Priority', task.priority],
    ['Group', task.group, href(['tasks'], { group: task.group })],
    ['Key', task.key],
    ['Schedule', task.schedule, href(['schedules'])],
    ['Concurrency key', task.concurrencyKey],
    ['Waits for', task.pending === undefined ? undefined : `${task.pending} more`],
    ['Due', dayOf(task.runAt)],
    ['Retry', task.retryAt === undefined ? undefined : dayOf(task.retryAt)],
    ['Made', dayOf(task.createdAt)],
    ['Ended', task.endedAt === undefined ? undefined : dayOf(task.endedAt)],
  ]
  return (
    <Panel title="Facts">
      <dl class="facts">
        {facts.map(([name, value, to]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{to ? <a href={to}>{<Txt of={value} />}</a> : <Txt of={value} />}</dd>
            </div>
          ),
        )}
      </dl>
    </Panel>
  )
}
