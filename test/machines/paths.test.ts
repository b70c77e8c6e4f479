/** Every way through the supervisory machines is the same with a restart before every event. */
import { describe, expect, test } from 'vitest'
import { assign, createMachine, fromTransition } from 'xstate'
import * as machines from '../../machines/index.js'
import { everyTransition, expectSameOverRestarts, reached, type Scenario, simplePaths } from './walk.js'

const died = (child: string) => ({
  type: `xstate.error.actor.${child}`,
  actorId: child,
  error: { name: 'Error', message: `${child} is gone` },
})
const load = (queued: number, running: number) => ({ type: 'load', queued, running })
const released = (more: boolean) => ({ type: 'released', count: 3, more })
const returned = (more: boolean) => ({ type: 'returned', count: 1, more })
const failed = { type: 'failed', error: { message: 'gone' } } as { type: string }
const plain = (...types: string[]) => types.map((type) => ({ type }))

const now = { wall: 1_000_000, steady: 5_000 }
const said = (open: boolean, more: object = {}) =>
  ({ type: 'answer', open, reason: open ? null : 'refused', now, random: 0.5, ...more }) as { type: string }
const gatePolicy = {
  intervalMs: 30_000,
  delayMs: 1_000,
  maxIntervalMs: 300_000,
  freshForMs: 30_000,
  failures: 2,
  successes: 2,
}

const quiet = fromTransition((state: object) => state, {})
const children = ['route:default', 'router'].map((id) => ({ id, src: 'quiet' }))
const intensity = { restarts: 2, withinMs: 60_000 }

const rules = { overlap: 'queue', count: 3, queueLimit: 2 } as const
const fresh = {
  id: 's', hand: 'wall', rules, seen: 0, spans: [[0, 0]], next: null, last: null, made: 0, skipped: 0, missed: 0,
  faults: 0, triggered: 0, open: [], waiting: [], history: [],
} // biome-ignore format: a record
const put = (given: object) => ({ type: 'put', now, hand: 'wall', rules, seen: 0, ...given })
const tick = (given: object) => ({
  type: 'tick', now, due: machines.NO_TICKS, unended: [], existing: [], jumps: [], ...given,
}) // biome-ignore format: an event
const pause = { type: 'pause', now } as { type: string }
const resume = (next: number | null) =>
  ({ type: 'resume', now, seen: 170, next, passed: { make: [], passed: 2, more: false, upTo: 160 } }) as {
    type: string
  }

const scenarios: Record<string, Scenario<{ type: string }> & { few?: { type: string }[] }> = {
  worker: {
    machine: machines.workerMachine,
    input: { route: 'default', concurrency: 2 },
    events: [load(0, 0), load(3, 0), load(3, 1), load(0, 1), load(3, 2), ...plain('hold', 'release', 'drain')],
    // Any load may follow any other: with all five the simple paths are past counting.
    few: [load(0, 0), load(3, 1), load(3, 2), ...plain('hold', 'release', 'drain')],
    node: ({ value, context }) => [value, context.queued, context.running],
  },
  router: {
    machine: machines.routerMachine,
    events: [...plain('due', 'hold', 'release'), released(true), released(false), failed],
    node: ({ value, context }) => [value, Math.min(context.released, 9)],
    stop: ({ context }) => context.released > 9,
  },
  manifest: {
    machine: machines.manifestMachine,
    events: [
      { type: 'entered', retrying: 1, dead: 1 } as { type: string },
      { type: 'left', count: 1 } as { type: string },
      ...plain('due', 'hold', 'release'),
      returned(true),
      returned(false),
      failed,
    ],
    node: ({ value, context }) => [value, context.retrying],
    stop: ({ context }) => context.retrying > 1,
  },
  gate: {
    machine: machines.gateMachine,
    input: { name: 'online', policy: gatePolicy },
    events: [
      { type: 'need', now } as { type: string },
      ...plain('rest', 'look'),
      said(true),
      said(false),
      said(true, { lasting: true }),
      said(false, { error: { message: 'no answer' } }),
    ],
    // Faults and lasting answers lead where the others do.
    few: [{ type: 'need', now } as { type: string }, ...plain('rest'), said(true), said(false)],
    node: ({ value, context }) => [value, context.open, context.streak, context.goodAt !== null],
    stop: ({ context }) => context.changes > 2,
  },
  schedule: {
    machine: machines.scheduleMachine,
    input: fresh,
    events: [
      put({ next: 60 }),
      put({ next: 60, paused: true }),
      put({ next: 60, paused: false }),
      put({ next: null }),
      tick({ next: 120, due: { make: [60], passed: 0, more: false, upTo: 60 } }),
      tick({ next: null, unended: ['s@1970-01-01T00:00:00.060Z'] }),
      tick({ next: null }),
      pause,
      resume(180),
      resume(null),
      { type: 'trigger', now, id: 's@by-hand', unended: [] } as { type: string },
      { type: 'backfilled', now, count: 3 } as { type: string },
      { type: 'rewind', now, seen: 10, next: 60 } as { type: string },
    ],
    few: [
      put({ next: 60 }),
      put({ next: null }),
      tick({ next: 120, due: { make: [60], passed: 2, more: false, upTo: 60 } }),
      tick({ next: null }),
      pause,
      resume(180),
    ],
    node: ({ value, context }) => [value, context.seen, context.next, context.waiting.length, context.made > 0],
    stop: ({ context }) => context.made > 2 || context.triggered > 1,
  },
  supervisor: {
    machine: machines.supervisorMachine.provide({ actors: { quiet } } as never),
    input: { children, intensity },
    // The graph is the same without children, whose names could not be taken twice in one enumeration.
    graphInput: { children: [], intensity },
    events: [died('route:default'), died('router'), ...plain('forget', 'stop')],
    node: ({ value, context }) => [value, context.restarts, context.fault],
    stop: ({ value }) => value === 'stopped',
  },
}

/** Walked in device.paths.test.ts. */
const DEVICES = ['contact', 'button', 'motion', 'input', 'output', 'interlock', 'dimmer', 'sensor']
const STATES: Record<string, string[]> = {
  schedule: ['active', 'ended', 'new', 'paused'],
  worker: ['drained', 'draining', 'held', '{"open":"full"}', '{"open":"idle"}', '{"open":"working"}'],
  router: ['held', 'releasing', 'releasingAgain', 'waiting'],
  manifest: ['held', 'returning', 'returningAgain', 'watching'],
  gate: ['asking', 'asleep', 'closed', 'open', 'wavering'],
  supervisor: ['escalated', 'stopped', 'supervising'],
}

describe('with a restart before every event', () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(`every simple path of the ${name} is the same`, () => {
      expect(reached(scenario)).toEqual(STATES[name])
      expect(
        expectSameOverRestarts(scenario, simplePaths({ ...scenario, events: scenario.few ?? scenario.events })),
      ).toBeGreaterThan(10)
    })

    test(`every event in every state of the ${name} is the same`, () => {
      expect(expectSameOverRestarts(scenario, everyTransition(scenario))).toBeGreaterThan(10)
    })
  }
})

test('every machine of this house is walked', () => {
  const ids = Object.values(machines).flatMap((each) =>
    typeof each === 'object' && each !== null && 'root' in each ? [each.id] : [],
  )
  expect([...Object.keys(scenarios), ...DEVICES, 'task'].sort()).toEqual(ids.sort())
})

test('a walk notices a restart that loses something', () => {
  // The counter-check: a context that JSON does not carry.
  const forgetful = createMachine({
    context: { seen: new Set<string>() as unknown },
    on: { look: { actions: assign({ seen: ({ context }) => (context.seen instanceof Set ? 'whole' : 'torn') }) } },
  })
  const scenario = { machine: forgetful, events: plain('look'), node: () => 0 }
  expect(() => expectSameOverRestarts(scenario, [plain('look')])).toThrow('look')
})
