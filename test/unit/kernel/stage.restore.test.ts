/** What is kept of a machine, and what comes back of it: nobody can tell a restored play from one that went on. */
import { describe, expect, test } from 'vitest'
import { type AnyStateMachine, assign, createActor, createMachine, fromPromise, sendTo, setup } from 'xstate'
import { getSimplePaths } from 'xstate/graph'
import { Play } from './play.js'

const inner = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  initial: 'one',
  on: { UP: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
  states: { one: { on: { NEXT: 'two' } }, two: { on: { NEXT: 'three' } }, three: { type: 'final' } },
  output: ({ context }) => context.n,
})

const note = { actions: { note: () => undefined } }

/** Machines without children, whose graph XState itself can walk. */
const alone: Record<string, AnyStateMachine> = {
  'nested states': setup(note).createMachine({
    initial: 'a',
    states: {
      a: { entry: 'note', on: { A: 'b' } },
      b: { initial: 'x', states: { x: { on: { A: 'y' } }, y: { on: { A: 'z' } }, z: {} }, on: { B: 'a', C: 'end' } },
      end: { type: 'final' },
    },
  }),
  'parallel states': setup(note).createMachine({
    type: 'parallel',
    states: {
      left: { initial: 'off', states: { off: { on: { A: 'on' } }, on: { exit: 'note', on: { A: 'off' } } } },
      right: {
        initial: 'one',
        states: { one: { on: { B: 'two' } }, two: { always: { guard: ({ context }) => !context, target: 'one' } } },
      },
    },
  }),
  'history states': setup(note).createMachine({
    initial: 'out',
    states: {
      out: { on: { A: 'in.memory', B: 'in.shallow' } },
      in: {
        initial: 'p',
        states: {
          p: { initial: 'p1', states: { p1: { on: { C: 'p2' } }, p2: { on: { C: '#q' } } } },
          q: { id: 'q', initial: 'q1', states: { q1: { on: { C: 'q2' } }, q2: {} } },
          memory: { type: 'history', history: 'deep' },
          shallow: { type: 'history' },
        },
        on: { A: { target: 'out', actions: 'note' } },
      },
    },
  }),
  'delayed transitions': setup(note).createMachine({
    initial: 'slow',
    states: { slow: { after: { 50: 'slower' }, on: { A: 'slower', B: 'slow' } }, slower: { after: { 70: 'slow' } } },
  }),
}

/** Machines with children, walked along every sequence of a few events. */
const parents: Record<string, AnyStateMachine> = {
  'an invoked machine': setup({ ...note, actors: { inner }, types: { context: {} as { got: number } } }).createMachine({
    context: { got: -1 },
    initial: 'idle',
    states: {
      idle: { on: { A: 'busy' } },
      busy: {
        invoke: {
          src: 'inner',
          id: 'kid',
          onDone: { target: 'idle', actions: [assign({ got: ({ event }) => event.output as number }), 'note'] },
        },
        on: { B: { actions: sendTo('kid', { type: 'NEXT' }) }, C: { actions: sendTo('kid', { type: 'UP' }) } },
      },
    },
  }),
  'spawned machines': setup({ actors: { inner }, types: { context: {} as { kids: number } } }).createMachine({
    context: { kids: 0 },
    on: {
      A: {
        actions: assign({
          kids: ({ context, spawn }) => {
            spawn('inner', { id: `kid${context.kids}` })
            return context.kids + 1
          },
        }),
      },
      B: { actions: sendTo('kid0', { type: 'UP' } as never) },
    },
  }),
  'an invoked promise': setup({
    ...note,
    actors: { job: fromPromise(() => new Promise(() => undefined)) },
  }).createMachine({
    initial: 'idle',
    states: { idle: { on: { A: 'busy' } }, busy: { entry: 'note', invoke: { src: 'job' }, on: { B: 'idle' } } },
  }),
}

const EVENTS = ['A', 'B', 'C']

function sequences(length: number): string[][] {
  if (length === 0) return [[]]
  return sequences(length - 1).flatMap((events) => EVENTS.map((event) => [...events, event]))
}

/** Every step of a walk: what is kept, what is played, how it ends. */
function walk(machine: AnyStateMachine, events: readonly string[], restoring: boolean): unknown[] {
  let play = new Play(machine).start()
  const trace: unknown[] = []
  const look = () => {
    const held = play.held.filter((name) => !name.startsWith('start '))
    trace.push({ kept: play.stored, held, busy: play.stage.busy, ending: play.ending?.type })
    play.commit()
  }
  look()
  for (const event of events) {
    if (play.ending) break
    if (restoring) play = play.restored().start()
    play.waiting.length = 0
    play.now += 20
    play.stage.fireDue(play.now)
    play.send(event)
    look()
  }
  play.stage.close()
  return trace
}

describe.each(Object.entries(alone))('%s', (_, machine) => {
  test('every simple path is the same with a restart before every event', () => {
    const events = EVENTS.map((type) => ({ type }))
    const paths = getSimplePaths(machine, { events } as never)
    expect(paths.length).toBeGreaterThan(1)
    for (const { steps } of paths) {
      const walked = steps.map(({ event }) => event.type).filter((type) => EVENTS.includes(type))
      expect(walk(machine, walked, true), walked.join()).toEqual(walk(machine, walked, false))
    }
  })
})

describe.each(Object.entries({ ...alone, ...parents }))('%s', (_, machine) => {
  test('every sequence of three events is the same with a restart before every event', () => {
    for (const events of sequences(3)) {
      expect(walk(machine, events, true), events.join()).toEqual(walk(machine, events, false))
    }
  })

  test('what is kept is what XState itself would keep', () => {
    for (const events of sequences(3)) {
      const play = new Play(machine).start().send(...events)
      const plain = createActor(machine, { id: 'task' })
      plain.subscribe({ error: () => undefined })
      plain.start()
      for (const type of events) if (plain.getSnapshot().status === 'active') plain.send({ type })
      // What has come to its end is no play any more: its task keeps the outcome.
      if (play.ending) expect(plain.getSnapshot().status).toBe(play.ending.type)
      else expect(play.stored.snapshot).toEqual(JSON.parse(JSON.stringify(plain.getPersistedSnapshot())))
      plain.stop()
      play.stage.close()
    }
  })
})

test('a child that is done and the move of its parent are one step', () => {
  const play = new Play(parents['an invoked machine'] as AnyStateMachine).start().send('A', 'C', 'B').commit()
  expect(play.value).toBe('busy')
  play.send('B')
  expect(play.waiting).toHaveLength(1)
  expect(play.stored.snapshot).toMatchObject({ value: 'idle', context: { got: 1 }, children: {} })
})

test('regions that move at once move in the order of the document, after a restart too', () => {
  const machine = setup({
    types: { context: {} as { log: string[]; ready: boolean } },
    actions: { pass: assign({ log: ({ context }, { name }: { name: string }) => [...context.log, name] }) },
    guards: { ready: ({ context }) => context.ready },
  }).createMachine({
    type: 'parallel',
    context: { log: [], ready: false },
    on: { B: { actions: assign({ ready: true }) } },
    states: {
      first: {
        initial: 'one',
        states: {
          one: { on: { A: 'two' } },
          two: { always: { guard: 'ready', target: 'three', actions: { type: 'pass', params: { name: 'first' } } } },
          three: {},
        },
      },
      second: {
        initial: 'one',
        states: {
          one: { always: { guard: 'ready', target: 'two', actions: { type: 'pass', params: { name: 'second' } } } },
          two: {},
        },
      },
    },
  })
  const logOf = (play: Play) => (play.context as { log: string[] }).log
  expect(logOf(new Play(machine).start().send('A').commit().send('B'))).toEqual(['first', 'second'])
  expect(logOf(new Play(machine).start().send('A').commit().restored().start().send('B'))).toEqual(['first', 'second'])
})

test('a context written as data is a copy for each actor', () => {
  const machine = createMachine({
    context: { list: [] as string[] },
    on: { ADD: { actions: ({ context }) => void context.list.push('x') } },
  })
  const [one, other] = [new Play(machine).start(), new Play(machine).start()]
  one.send('ADD').commit().send('NOTHING')
  expect(one.context).toEqual({ list: ['x'] })
  expect(other.send('NOTHING').context).toEqual({ list: [] })
  expect(machine.config.context).toEqual({ list: [] })
})
