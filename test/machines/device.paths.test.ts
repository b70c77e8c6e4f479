/** Every way through the statecharts of devices is the same with a restart before every event. */
import { describe, expect, test } from 'vitest'
import type { AnyMachineSnapshot } from 'xstate'
import * as machines from '../../machines/index.js'
import { everyTransition, expectSameOverRestarts, reached, type Scenario, simplePaths } from './walk.js'

type Event = { readonly type: string }
interface Walked extends Scenario<Event> {
  /** Enough to reach every state, few enough for the simple paths to be counted. */
  readonly few: Event[]
  readonly states: string[]
}

const now = { wall: 1_000_000, steady: 500_000 }
const event = (type: string, more: object = {}) => ({ type, now, ...more }) as Event
const found = (...levels: boolean[]) => event('found', { levels })
const edge = (level: boolean) => event('edge', { level, at: now.wall - 5 })
const resync = (level: boolean) => event('resync', { level, missed: 3 })
const command = (type: string, more: object = {}) => event('command', { command: { type, ...more } })
/** A timer of a state, fired. */
const timer = (delay: string, state: string) => ({ type: `xstate.after.${delay}.${state}` })
const error = { code: 'ERR_LINE_GONE', message: 'gpiochip0 is gone', hint: '' }
const lost = event('lost', { error, random: 0.5 })
const outer = (id: string) => [lost, event('appeared'), event('stop'), timer('retry', `${id}.faulty`)]
const line = [found(true), found(false), edge(true), edge(false), resync(true), resync(false)]
const input = (options: object, memory: unknown = null) => ({ name: 'it', options, memory, now })
/** Times tell no places apart: only timers move them here. */
const TIMES = [
  'now',
  'since',
  'offAt',
  'beganAt',
  'pulseEnd',
  'readAt',
  'soughtAt',
  'turnedAt',
  'quietAt',
  'faultSince',
]
const node = ({ value, context }: AnyMachineSnapshot) => {
  const { tries, ...rest } = context as { tries: number }
  return [value, Math.min(tries, 2), JSON.stringify(rest, (key, each) => (TIMES.includes(key) ? undefined : each))]
}
/** Nothing is explored beyond a second loss, a second hold or misread, or a fade that begins within another. */
const stop = ({ value, context }: AnyMachineSnapshot) =>
  value === 'stopped' ||
  context.tries > 1 ||
  context.memory?.holds > 1 ||
  context.repeats > 1 ||
  context.misreads > 1 ||
  (context.fade !== undefined && context.fade !== null && ![0, 0.4, 0.5, 1].includes(context.fade.from))
const around = (...ready: string[]) => ['faulty', 'seeking', 'stopped', ...ready.map((each) => each)].sort()
const inner = (path: string) => JSON.stringify({ ready: path })

const scenarios: Record<string, Walked> = {
  contact: {
    machine: machines.contactMachine,
    input: input({ closed: 'low', holdMs: 1_000, repeatMs: 500 }),
    events: [...line, ...outer('contact'), event('flood', { edges: 3_000 }), timer('hold', 'contact.ready.open')],
    few: [found(true), found(false), edge(true), edge(false), lost, event('appeared')],
    node,
    stop,
    states: around(inner('open'), inner('closed')),
  },
  input: {
    machine: machines.inputMachine,
    input: input({ holdMs: 1_000, repeatMs: null }),
    events: [...line, ...outer('input'), event('flood', { edges: 3_000 }), timer('hold', 'input.ready.high')],
    few: [found(true), found(false), edge(true), edge(false), lost, event('appeared')],
    node,
    stop,
    states: around(inner('high'), inner('low')),
  },
  button: {
    machine: machines.buttonMachine,
    input: input({ holdMs: 1_000, repeatMs: 500, doubleClickMs: 300 }),
    events: [
      ...line,
      ...outer('button'),
      event('flood', { edges: 3_000 }),
      timer('hold', 'button.ready.down.first'),
      timer('hold', 'button.ready.down.second'),
      timer('repeat', 'button.ready.down.held'),
      timer('doubleClick', 'clicked'),
    ],
    few: [found(true), found(false), edge(true), edge(false), timer('doubleClick', 'clicked'), lost],
    node,
    stop,
    states: around(
      inner('up'),
      inner('clicked'),
      ...['first', 'second', 'held', 'muted'].map((down) => JSON.stringify({ ready: { down } })),
    ),
  },
  motion: {
    machine: machines.motionMachine,
    input: input({ offDelayMs: 30_000 }),
    events: [
      ...line,
      ...outer('motion'),
      event('flood', { edges: 3_000 }),
      timer('offDelay', 'motion.ready.detected.leaving'),
    ],
    few: [found(true), found(false), edge(true), edge(false), timer('offDelay', 'motion.ready.detected.leaving'), lost],
    node,
    stop,
    states: around(
      inner('clear'),
      ...['present', 'leaving'].map((detected) => JSON.stringify({ ready: { detected } })),
    ),
  },
  output: {
    machine: machines.outputMachine,
    input: input({ initial: 'restore', onStop: 'safe', maxOnMs: 60_000 }),
    events: [
      found(true),
      found(false),
      ...['on', 'off', 'toggle'].map((type) => command(type)),
      command('pulse', { forMs: 500 }),
      command('blink', { onMs: 100, offMs: 200, count: 2 }),
      ...outer('output'),
      timer('maxOn', 'output.ready.on'),
      timer('maxOn', 'blinking'),
      timer('pulseEnd', 'pulsing'),
      timer('lit', 'output.ready.blinking.lit'),
      timer('dark', 'output.ready.blinking.dark'),
    ],
    few: [found(false), command('toggle'), command('pulse', { forMs: 500 }), lost, event('appeared')],
    node,
    stop,
    states: around(
      inner('off'),
      ...['steady', 'pulsing'].map((on) => JSON.stringify({ ready: { on } })),
      ...['lit', 'dark'].map((blinking) => JSON.stringify({ ready: { blinking } })),
    ),
  },
  interlock: {
    machine: machines.interlockMachine,
    input: input({ outputs: ['open', 'close'], waitMs: 500, maxOnMs: 60_000, initial: 'restore', onStop: 'safe' }),
    events: [
      found(false, false),
      ...['open', 'close', 'neither'].map((output) => command('on', { output })),
      command('off'),
      ...outer('interlock'),
      timer('wait', 'interlock.ready.pausing'),
      timer('maxOn', 'interlock.ready.active'),
    ],
    few: [
      found(false, false),
      command('on', { output: 'open' }),
      command('off'),
      timer('wait', 'interlock.ready.pausing'),
      lost,
      event('appeared'),
    ],
    node,
    stop,
    states: around(inner('idle'), inner('pausing'), inner('active')),
  },
  dimmer: {
    machine: machines.dimmerMachine,
    input: input({ initial: 'restore', onStop: 'safe' }),
    events: [
      event('found', { levels: [], duty: 0.5 }),
      ...['on', 'off', 'toggle'].map((type) => command(type)),
      command('set', { duty: 0.4 }),
      command('fade', { to: 1, overMs: 60 }),
      ...outer('dimmer'),
      timer('step', 'dimmer.ready.fading'),
    ],
    few: [
      event('found', { levels: [], duty: 0.5 }),
      command('toggle'),
      command('fade', { to: 1, overMs: 60 }),
      timer('step', 'dimmer.ready.fading'),
      lost,
      event('appeared'),
    ],
    node,
    stop,
    states: around(inner('steady'), inner('fading')),
  },
  sensor: {
    machine: machines.sensorMachine,
    input: input({
      intervalMs: 60_000,
      median: 1,
      failures: 3,
      staleMs: 180_000,
      above: { at: 30, clear: 28 },
      below: { at: 5, clear: 7 },
    }),
    events: [
      event('found', { levels: [] }),
      ...[20, 29, 31, 6, 4].map((value) => event('reading', { value, at: now.wall - 5 })),
      event('misread', { error }),
      command('read'),
      ...outer('sensor'),
      timer('interval', 'sensor.ready.normal'),
      timer('stale', 'sensor.ready.above'),
    ],
    few: [
      event('found', { levels: [] }),
      event('reading', { value: 20, at: now.wall - 5 }),
      event('reading', { value: 31, at: now.wall - 5 }),
      event('misread', { error }),
      lost,
    ],
    node,
    stop,
    states: around(...['unknown', 'normal', 'above', 'below', 'stale'].map(inner)),
  },
}

describe('with a restart before every event', () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(`every simple path of the ${name} is the same`, () => {
      expect(reached(scenario)).toEqual(scenario.states.sort())
      expect(expectSameOverRestarts(scenario, simplePaths({ ...scenario, events: scenario.few }))).toBeGreaterThan(10)
    })

    test(`every event in every state of the ${name} is the same`, () => {
      expect(expectSameOverRestarts(scenario, everyTransition(scenario))).toBeGreaterThan(10)
    })
  }
})

test('every device with a statechart is walked', () => {
  const seeking = Object.values(machines).flatMap((each) =>
    typeof each === 'object' && 'root' in each && 'seeking' in each.root.states ? [each.id] : [],
  )
  expect(Object.keys(scenarios).sort()).toEqual(seeking.sort())
})
