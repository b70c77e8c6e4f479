/** Every way through the life of a task is the same with a restart before every event. */
import { describe, expect, test } from 'vitest'
import type { AnyMachineSnapshot } from 'xstate'
import { type TaskContext, type TaskEvent, taskMachine } from '../../machines/index.js'
import { type EventName, events, fresh, pick, stamp } from './task.events.js'
import { everyTransition, expectSameOverRestarts, reached, type Scenario, simplePaths } from './walk.js'

const STATES = ['FAILED', 'FINISHED', 'NONE', 'QUEUED', 'RUNNING', 'SPOOLED', 'TERMINATED']

/** A node of the graph: all that a decision hangs on, without times, history and what nothing hangs on. */
function node({ value, context }: AnyMachineSnapshot) {
  const task = context as TaskContext
  const { attempt, failures, interruptions, paused, reason, pending } = task
  return [value, attempt, failures, interruptions, paused, reason, pending, task.retryAt !== null]
}

/** Where a change of time, route or priority makes another node, so that paths go on behind it. */
function amended(snapshot: AnyMachineSnapshot) {
  const { priority, due } = snapshot.context as TaskContext
  return [...node(snapshot), priority, due]
}

function scenario(names: EventName[], { attempts = 2, ...input }: Partial<TaskContext> & { attempts?: number } = {}) {
  return {
    machine: taskMachine,
    input: { ...fresh, ...input },
    events: pick(...names),
    node,
    stop: ({ context }) => (context as TaskContext).attempt > attempts,
    stamp,
  } satisfies Scenario<TaskEvent>
}

const way: EventName[] = ['accept', 'due', 'start', 'finish']

const scenarios = {
  'one attempt and every way to stop it': scenario(
    [...way, 'failTerminal', 'cancel', 'supersede', 'expire', 'snooze', 'drain'],
    { attempts: 1 },
  ),
  'a pause, a resume, another time, another route': {
    ...scenario([...way, 'pause', 'resume', 'later', 'atOnce', 'amend', 'cancel'], { attempts: 1 }),
    node: amended,
  },
  'failures with and without attempts left': scenario([...way, 'fail', 'failTerminal', 'failAfter', 'retry', 'cancel']),
  'failures put back by hand': scenario([...way, 'fail', 'retry', 'retryByHand', 'cancel']),
  'runs that are too long': scenario([...way, 'startTimed', 'timeout', 'fail', 'retry', 'retryByHand']),
  'runs that are silent': scenario([...way, 'silent', 'retry', 'retryByHand', 'cancel']),
  'a function that is interrupted': scenario(
    [...way, 'killed', 'powerCut', 'stopped', 'snooze', 'drain', 'retryByHand'],
    {
      attempts: 3,
    },
  ),
  'a machine that is interrupted': scenario(
    [...way, 'killedResumes', 'powerCutResumes', 'stoppedResumes', 'step', 'retryByHand'],
    { attempts: 3 },
  ),
  'others to wait for': scenario([...way, 'met', 'cancel', 'expire', 'pause', 'resume', 'retryByHand'], {
    pending: 2,
    attempts: 1,
  }),
  'asked for again in other words': {
    ...scenario([...way, 'fail', 'timeout', 'pause', 'resume', 'replaceNow', 'replaceLater'], { attempts: 1 }),
    node: amended,
  },
  'at most once': scenario(
    [...way, 'fail', 'timeout', 'silent', 'killed', 'powerCut', 'stopped', 'drain', 'snooze', 'cancel', 'retryByHand'],
    { atMostOnce: true, attempts: 1 },
  ),
}

describe('every simple path is the same with a restart before every event', () => {
  for (const [name, each] of Object.entries(scenarios)) {
    test(name, () => {
      expect(expectSameOverRestarts(each, simplePaths(each))).toBeGreaterThan(10)
    })
  }
})

describe('every event in every state is the same with a restart before every event', () => {
  const all = Object.keys(events) as EventName[]
  for (const [name, over] of Object.entries({
    'at least once': {},
    'at most once': { atMostOnce: true },
    'others to wait for': { pending: 1 },
  })) {
    test(name, () => {
      const each = scenario(all, { ...over, attempts: 1 })
      expect(reached(each)).toEqual(STATES)
      expect(expectSameOverRestarts(each, everyTransition(each))).toBeGreaterThan(500)
    })
  }
})
