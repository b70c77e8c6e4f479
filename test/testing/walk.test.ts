/** The walk of the testing kit: sound machines pass it, broken ones are caught, with the path in words. */
import { beforeEach, expect, test } from 'vitest'
import { type AnyMachineSnapshot, assign, emit, fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { standardLogic } from '../../src/standard/index.js'
import { walk } from '../../src/testing/index.js'
import { refusal } from '../runtime/lab.js'

type Visit = { door: string; picture: string | null; knocks: number }
const visit = setup({
  types: { context: {} as Visit, input: {} as { door: string }, events: {} as { type: 'LEAVE' | 'KNOCK' | 'TICK' } },
  actors: { takePicture: fromPromise(async (_: { input: { key: string } }) => 'never asked') },
  guards: { patient: ({ context }) => context.knocks < 2 },
}).createMachine({
  context: ({ input }) => ({ door: input.door, picture: null, knocks: 0 }),
  initial: 'outside',
  states: {
    outside: {
      on: { KNOCK: { guard: 'patient', actions: assign({ knocks: ({ context }) => context.knocks + 1 }) } },
      after: { 60000: 'gone', 1000: 'inside' },
    },
    inside: {
      invoke: {
        src: 'takePicture',
        input: ({ self }) => ({ key: `${self.id}/picture` }),
        onDone: {
          target: 'leaving',
          actions: [
            assign({ picture: ({ event }) => event.output }),
            emit(({ event }) => ({ type: 'picture', file: event.output })),
          ],
        },
        onError: 'leaving',
      },
      on: { LEAVE: 'gone' },
    },
    leaving: { on: { LEAVE: 'gone' } },
    gone: { type: 'final' },
  },
  output: ({ context }) => context.picture,
})
const visits = defineTask({ kind: 'visit', machine: visit })
const story = {
  input: { door: 'front' },
  events: [{ type: 'LEAVE' }, { type: 'KNOCK' }],
  actors: { takePicture: ['front.jpg', new Error('too dark')] },
}

test('a sound machine is the same with a cut before every event, and in every commit, on every path', async () => {
  const { paths, plays } = await walk(visits, { ...story, cuts: true })
  expect(paths).toContain('KNOCK → KNOCK → after 1000 → takePicture is done → LEAVE')
  expect(paths).toContain('after 1000 → takePicture fails (too dark) → LEAVE')
  expect(new Set(paths).size).toBe(paths.length)
  expect(plays).toBeGreaterThan(5 * paths.length)
})

/** The world outside: what was done to it. */
let done: string[] = []
beforeEach(() => {
  done = []
})
const world = { before: () => void done.splice(0), outside: () => [...done] }

/** What the walk said. */
const complaint = (walking: Promise<unknown>): Promise<string> =>
  walking.then(
    () => 'nothing',
    (error) => `${error.name}: ${error.message}`,
  )

test('an action with an effect outside of the gate is caught: it comes before its commit', async () => {
  const broken = setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    initial: 'on',
    states: {
      on: {
        on: {
          RING: {
            target: 'off',
            actions: assign(({ context }) => {
              done.push('ding')
              return { n: context.n + 1 }
            }),
          },
        },
      },
      off: { type: 'final' },
    },
  })
  const bell = defineTask({ kind: 'bell', machine: broken })
  const events = [{ type: 'RING' }]
  expect(await complaint(walk(bell, { events, ...world }))).toBe('nothing')
  expect(await complaint(walk(bell, { events, ...world, cuts: true }))).toMatch(
    /^AssertionError: With a power cut in commit \d+ it is another story\.\n {2}path: RING\n {2}Outside, \[1\] is 'ding' instead of undefined\.$/,
  )
})

test('an action that has to happen, and is not an invoke, is caught: a cut after its commit loses it', async () => {
  const lossy = setup({ actions: { ring: () => void done.push('ding') } }).createMachine({
    initial: 'on',
    states: { on: { on: { RING: { target: 'off', actions: 'ring' } } }, off: {} },
  })
  const said = await complaint(
    walk(defineTask({ kind: 'bell', machine: lossy }), { events: [{ type: 'RING' }], ...world, cuts: true }),
  )
  expect(said).toContain('With a power cut just after commit')
  expect(said).toContain("Outside, [0] is undefined instead of 'ding'")
})

const billing = (input: (args: { self: { id: string } }) => unknown) =>
  setup({ actors: { bill: fromPromise(async (_: { input: unknown }) => 'paid') } }).createMachine({
    initial: 'billing',
    states: {
      billing: { invoke: { src: 'bill', input, onDone: 'paid' }, on: { NUDGE: {} } },
      paid: { type: 'final' },
    },
  })

test('an actor that is not idempotent is caught: a cut starts it again', async () => {
  const actors = { bill: ['receipt'] }
  const bare = defineTask({ kind: 'bill', machine: billing(() => ({ amount: 5 })) })
  expect(await complaint(walk(bare, { actors }))).toBe(
    "AssertionError: With a power cut before every event it is another story.\n  path: bill is done\n  'bill' did its work 2 times instead of 1: what a cut interrupts is started again, with no idempotency key in its input.",
  )
  let fresh = 0
  const random = defineTask({ kind: 'bill', machine: billing(() => ({ key: `key ${fresh++}` })) })
  // The input of an invoke is kept with its state: a key that was drawn is the same after the cut.
  expect(await complaint(walk(random, { actors, cuts: true }))).toBe('nothing')
  const keyed = defineTask({ kind: 'bill', machine: billing(({ self }) => ({ idempotencyKey: self.id })) })
  expect(await complaint(walk(keyed, { actors, cuts: true }))).toBe('nothing')
  expect(await complaint(walk(bare, { actors, repeatable: ['bill'], cuts: true }))).toBe('nothing')
})

test('the ready-made actors are faked by their names, and have their keys', async () => {
  const machine = setup({ actors: standardLogic() }).createMachine({
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          src: 'http.request',
          input: { method: 'POST', url: 'http://station/' },
          onDone: 'resting',
          onError: 'lost',
        },
      },
      resting: { invoke: { src: 'sleep', input: { for: '10m' }, onDone: 'asking' }, on: { STOP: 'over' } },
      over: { type: 'final' },
      lost: { type: 'final' },
    },
  })
  const poll = defineTask({ kind: 'poll', machine })
  const actors = { 'http.request': [{ status: 200 }, new Error('ERR_HTTP_STATUS')], sleep: [null] }
  const { paths } = await walk(poll, { actors, events: [{ type: 'STOP' }], repeatable: ['sleep'], cuts: true })
  expect(paths).toEqual([
    'http.request is done → STOP',
    'http.request is done → sleep is done',
    'http.request fails (ERR_HTTP_STATUS)',
  ])
})

test('a promise that is itself, and does its work twice, is caught in the world outside', async () => {
  const machine = billing(() => null).provide({
    actors: { bill: fromPromise(async () => `receipt ${done.push('billed')}`) },
  })
  const said = await complaint(walk(defineTask({ kind: 'bill', machine }), { ...world, cuts: true }))
  expect(said).toContain(
    "With a power cut in commit 2 it is another story.\n  path: its start\n  Outside, [1] is 'billed'",
  )
})

test('without restarts every path is played once, and nothing is compared', async () => {
  const bare = defineTask({ kind: 'bill', machine: billing(() => ({ amount: 5 })) })
  expect(await walk(bare, { actors: { bill: ['receipt'] }, restart: false })).toEqual({
    paths: ['bill is done'],
    plays: 1,
  })
})

test('a machine without end is walked to a bound, with a name and a way out', async () => {
  const endless = setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    on: { MORE: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
  })
  const counter = defineTask({ kind: 'counter', machine: endless })
  const error = await refusal(walk(counter, { events: [{ type: 'MORE' }], limit: 50 }))
  expect(error).toMatchObject({ code: 'ERR_TOO_MANY', message: 'the machine has more than 50 places to walk' })
  expect(error.hint).toContain('`place`')
  const bounded = {
    events: [{ type: 'MORE', src: 'data' }],
    place: ({ context }: AnyMachineSnapshot) => 2 - (context.n % 3),
  }
  expect((await walk(counter, bounded)).paths).toEqual([
    'MORE {"src":"data"} → MORE {"src":"data"} → MORE {"src":"data"}',
  ])
})

test('what is not played by a machine cannot be walked', async () => {
  const work = defineTask({ kind: 'work', run: () => null })
  expect(await refusal(walk(work))).toMatchObject({ code: 'ERR_NO_MACHINE' })
})
