/** One command, told to the model and to the runtime; both answer in the same words. */
import { expect } from 'vitest'
import { HoldfastError } from '../../src/model/errors.js'
import type { EnqueueOptions } from '../../src/runtime/enqueue-options.js'
import { RetryAfter, snooze, TerminalError } from '../../src/runtime/outcome.js'
import type { Model } from './model.js'
import type { LiveRun, Rig } from './rig.js'
import type { Task } from './task.js'
import type { Moment, Spec, Story, Verb } from './words.js'

/** What both sides answer: how many were done, which error, or which tasks there are now. */
export type Answer =
  | { readonly count: number }
  | { readonly error: string }
  | { readonly tasks: readonly { readonly id: string | undefined; readonly created: boolean }[] }

export interface Told {
  /** The model changes; tasks it names have no id before the runtime gave them one. */
  model(model: Model, now: Moment): { answer: Answer; made?: Task[] }
  runtime(rig: Rig): Promise<Answer>
  /** It is a processor that speaks: nobody is answered. */
  readonly run?: true
}

const NOTHING: Answer = { count: 0 }

/** The tasks a command may be about; a command about nobody is not told. */
export function candidates(story: Story, model: Model): Task[] {
  switch (story.do) {
    case 'finish':
    case 'fail':
    case 'snooze':
      return model.tasks.filter(({ kind, state }) => kind === 'work' && state === 'RUNNING')
    case 'job':
      return model.tasks.filter(({ flow }) => flow?.job === 'started')
    case 'late':
      return model.tasks.filter(({ late }) => late !== null)
    case 'send': {
      const flows = model.tasks.filter(({ kind, state }) => kind === 'flow' && state !== 'FINISHED')
      return flows.length > 0 ? flows : model.tasks
    }
    case 'remove':
      // A run of it that nobody waits for any more would keep a new task of its id from starting.
      return model.tasks.filter(({ late }) => !late?.forgotten)
    case 'group':
      return model.tasks.some(({ late }) => late?.forgotten) ? [] : model.tasks
    default:
      return model.tasks
  }
}

/** The task that a command is about, if it is about one. */
export function picked(story: Story, model: Model): Task | undefined {
  const several = candidates(story, model)
  return 'pick' in story ? several[story.pick % several.length] : undefined
}

/** The command about the tasks that `model` has now. */
export function told(story: Exclude<Story, { do: 'advance' | 'step' | 'end' | 'cut' }>, before: Model): Told {
  if (story.do === 'enqueue') return enqueued([story.spec], story.runIn)
  if (story.do === 'enqueueMany') return enqueued(story.specs)
  if (story.do === 'group') return grouped(story.verb, story.group)
  const { seq, id } = picked(story, before) as Task & { id: string }
  switch (story.do) {
    case 'finish':
    case 'fail':
    case 'snooze':
      return outcome(story, seq, id)
    case 'job':
      return silently(
        (model, now) => model.job(model.of(seq), story.ok, now),
        (rig) => settle(rig, id, (run) => (story.ok ? run.resolve(null) : run.reject(new Error('no luck')))),
      )
    case 'late':
      return silently(
        (model) => model.release(model.of(seq)),
        (rig) => settle(rig, id, (run) => (story.ok ? run.resolve('too late') : run.reject(new Error('too late')))),
      )
    case 'reschedule':
      return rescheduled(story, seq, id)
    case 'send':
      return {
        model: (model, now) => {
          if (model.of(seq).kind === 'work') return { answer: { error: 'ERR_NO_MACHINE' } }
          return { answer: done(model.send(model.of(seq), story.event, now)) }
        },
        runtime: (rig) => counted(rig.runtime.send(id, { type: story.event })),
      }
    default:
      return {
        model: (model, now) => ({ answer: done(model.verb(model.of(seq), story.do, now)) }),
        runtime: (rig) => counted(rig.runtime[story.do](id)),
      }
  }
}

function enqueued(specs: readonly Spec[], runIn?: number): Told {
  const at = (now: Moment) => specs.map((spec) => (runIn === undefined ? spec : { ...spec, runAt: now.wall + runIn }))
  return {
    model: (model, now) => {
      const ids = specs.flatMap(({ id }) => (id === undefined ? [] : [id]))
      const other = specs.some((spec) => {
        const there = spec.id === undefined ? undefined : model.tasks.find(({ id }) => id === spec.id)
        return there && (there.kind !== spec.kind || JSON.stringify(there.input) !== JSON.stringify(spec.input))
      })
      if (other || new Set(ids).size < ids.length) return { answer: { error: 'ERR_DUPLICATE_ID' } }
      const made = at(now).map((spec) => model.enqueue(spec, now))
      return {
        answer: { tasks: made.map(({ task, created }) => ({ id: task.id, created })) },
        made: made.map(({ task }) => task),
      }
    },
    runtime: async (rig) => {
      const { runtime, clock } = rig
      const list = at({ wall: clock.wall(), steady: clock.steady() }).map(options)
      try {
        const [first] = list
        const handles =
          list.length === 1 && first
            ? [await runtime.enqueue(first.kind, first.input, first.options)]
            : await runtime.enqueueMany(list.map(({ options: more, ...task }) => ({ ...more, ...task })))
        for (const handle of handles) if (handle.created) rig.await(handle)
        return { tasks: handles.map(({ id, created }) => ({ id, created })) }
      } catch (error) {
        return refused(error)
      }
    },
  }
}

/** A task as enqueue wants it. */
function options({ kind, input, attempts, delay, atMostOnce, ...rest }: Spec): {
  kind: string
  input: unknown
  options: EnqueueOptions
} {
  const retry =
    attempts === undefined && delay === undefined
      ? {}
      : { retry: { ...(attempts === undefined ? {} : { attempts }), ...(delay === undefined ? {} : { delay }) } }
  const delivery = atMostOnce ? ({ delivery: 'at-most-once' } as const) : {}
  return { kind, input, options: { ...rest, ...retry, ...delivery } }
}

function outcome(story: Story & { do: 'finish' | 'fail' | 'snooze' }, seq: number, id: string): Told {
  const drafts = story.do === 'snooze' ? [] : story.drafts
  const error =
    story.do !== 'fail'
      ? undefined
      : story.how === 'terminal'
        ? new TerminalError(`no use ${seq}`)
        : story.how === 'after'
          ? new RetryAfter(story.after, `busy ${seq}`)
          : new Error(`failed ${seq}`)
  return silently(
    (model, now) => {
      const task = model.of(seq)
      if (story.do === 'finish') return model.finish(task, { of: seq }, drafts, now)
      if (story.do === 'snooze') return model.snooze(task, story.ms, now)
      const { name, message } = error as Error
      const after = story.how === 'after' ? { after: story.after } : {}
      model.fail(task, { error: { name, message }, terminal: story.how === 'terminal', ...after }, now)
    },
    (rig) =>
      settle(rig, id, async (run) => {
        for (const draft of drafts) {
          const { kind, input, options: more } = options(draft)
          // An id that another task has is refused at once; the run goes on without it.
          await run.task?.enqueue(kind, input, more).catch(duplicate)
        }
        if (story.do === 'finish') run.resolve({ of: seq })
        else if (error) run.reject(error)
        else if (story.do === 'snooze' && story.thrown) run.reject(snooze(story.ms))
        else if (story.do === 'snooze') run.resolve(snooze(story.ms))
      }),
  )
}

function rescheduled(story: Story & { do: 'reschedule' }, seq: number, id: string): Told {
  const { in: inside, runIn, priority, route } = story
  const to = (now: Moment) => ({
    ...(inside === undefined ? {} : { in: inside }),
    ...(inside !== undefined || runIn === undefined ? {} : { runAt: now.wall + runIn }),
    ...(priority === undefined ? {} : { priority }),
    ...(route === undefined ? {} : { route }),
  })
  return {
    model: (model, now) => ({ answer: done(model.reschedule(model.of(seq), to(now), now)) }),
    runtime: (rig) => counted(rig.runtime.reschedule(id, to({ wall: rig.clock.wall(), steady: rig.clock.steady() }))),
  }
}

function grouped(verb: Verb, group: string): Told {
  return {
    model: (model, now) => {
      const members = model.tasks.filter((task) => task.group === group)
      members.sort((a, b) => ((a.id as string) < (b.id as string) ? -1 : 1))
      return { answer: { count: members.filter((task) => model.verb(task, verb, now)).length } }
    },
    runtime: (rig) => counted(rig.runtime[verb]({ group })),
  }
}

function silently(model: (model: Model, now: Moment) => void, runtime: (rig: Rig) => Promise<void>): Told {
  return {
    run: true,
    model: (it, now) => {
      model(it, now)
      return { answer: NOTHING }
    },
    runtime: async (rig) => {
      await runtime(rig)
      return NOTHING
    },
  }
}

/** The run of a task comes to its end. */
async function settle(rig: Rig, id: string, how: (run: LiveRun) => unknown): Promise<void> {
  const run = rig.live.get(id)
  if (!run) throw new Error(`the runtime has no run of ${id}`)
  rig.live.delete(id)
  await how(run)
}

function done(done: boolean): Answer {
  return done ? { count: 1 } : { error: 'ERR_ILLEGAL_TRANSITION' }
}

async function counted(doing: Promise<number>): Promise<Answer> {
  try {
    return { count: await doing }
  } catch (error) {
    return refused(error)
  }
}

function duplicate(error: unknown): void {
  expect(error).toMatchObject({ code: 'ERR_DUPLICATE_ID' })
}

function refused(error: unknown): Answer {
  if (error instanceof HoldfastError) return { error: error.code }
  throw error
}
