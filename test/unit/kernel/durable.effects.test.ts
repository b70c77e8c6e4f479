/** The output gate: no effect of a machine is felt before the commit of the step that it belongs to. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  type AnyStateMachine,
  assign,
  emit,
  fromCallback,
  fromObservable,
  fromPromise,
  log,
  raise,
  sendTo,
  setup,
} from 'xstate'
import { Play, turns } from './play.js'

// What a machine logs goes to the console.
beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))
afterEach(() => void vi.restoreAllMocks())

function actions() {
  const felt: string[] = []
  const machine = setup({
    types: { context: {} as { n: number } },
    actions: { say: ({ context }, { word }: { word: string }) => void felt.push(`${word} ${context.n}`) },
  }).createMachine({
    context: { n: 0 },
    initial: 'a',
    entry: { type: 'say', params: { word: 'root' } },
    states: {
      a: {
        exit: { type: 'say', params: { word: 'exit' } },
        on: {
          GO: {
            target: 'b',
            actions: [
              assign({ n: ({ context }) => context.n + 1 }),
              { type: 'say', params: { word: 'on the way' } },
              raise({ type: 'ON' }),
              emit({ type: 'told' }),
              log('a line'),
              () => void felt.push('inline'),
            ],
          },
        },
      },
      b: {
        entry: { type: 'say', params: { word: 'entry' } },
        on: { ON: { target: 'c', actions: { type: 'say', params: { word: 'raised' } } } },
      },
      c: {},
    },
  })
  return { felt, machine }
}

test('actions are held until they are played, and see the context of their own moment', () => {
  const { felt, machine } = actions()
  const play = new Play(machine).start()
  expect(felt).toEqual([])
  play.commit()
  expect(felt.splice(0)).toEqual(['root 0'])
  play.send('GO')
  expect(play.value).toBe('c')
  expect(felt).toEqual([])
  play.commit()
  expect(felt).toEqual(['exit 0', 'on the way 1', 'inline', 'entry 1', 'raised 1'])
})

test('one event and all that it raises is one step; emitted events are handed over beside what was held', () => {
  const play = new Play(actions().machine).start().commit().send('GO')
  expect(play.waiting).toHaveLength(1)
  expect(play.waiting[0]?.emits).toEqual([{ type: 'told' }])
  expect(play.held).toEqual(['say', 'say', 'log', expect.any(String), 'say', 'say'])
})

test('an event that means nothing is a step without effects', () => {
  const play = new Play(actions().machine).start().commit().send('NOTHING')
  expect(play.waiting).toEqual([{ held: [], starts: [], emits: [] }])
})

test('a promise begins when its step is on disk, and its result is a step', async () => {
  let began = 0
  const machine = setup({
    actors: {
      job: fromPromise(async () => {
        began++
        return 42
      }),
    },
    types: { context: {} as { got: number } },
  }).createMachine({
    context: { got: 0 },
    initial: 'busy',
    states: {
      busy: {
        invoke: { src: 'job', onDone: { target: 'idle', actions: assign({ got: ({ event }) => event.output }) } },
      },
      idle: {},
    },
  })
  const play = new Play(machine).start()
  await turns()
  expect(began).toBe(0)
  expect(play.stage.busy).toBe(true)
  play.commit()
  expect(began).toBe(1)
  await turns()
  expect(play.context).toEqual({ got: 42 })
  expect(play.stage.busy).toBe(false)
})

test('what was stopped before its start was played never starts', async () => {
  let began = 0
  const machine = setup({ actors: { job: fromPromise(async () => void began++) } }).createMachine({
    initial: 'idle',
    states: { idle: { on: { GO: 'busy' } }, busy: { invoke: { src: 'job' }, on: { BACK: 'idle' } } },
  })
  const play = new Play(machine).start().commit().send('GO', 'BACK').commit()
  await turns()
  expect(began).toBe(0)
  expect(play.stage.busy).toBe(false)
})

test('a callback hears events and is disposed of only after their commits, and what it says is a step', () => {
  const felt: string[] = []
  let say: (event: { type: string }) => void = () => undefined
  const port = fromCallback<{ type: string }>(({ sendBack, receive }) => {
    felt.push('began')
    say = sendBack
    receive(({ type }) => void felt.push(`heard ${type}`))
    return () => void felt.push('disposed')
  })
  const machine = setup({ actors: { port }, types: { context: {} as { heard: number } } }).createMachine({
    context: { heard: 0 },
    initial: 'open',
    states: {
      open: {
        invoke: { src: 'port', id: 'port' },
        on: {
          ASK: { actions: sendTo('port', { type: 'question' }) },
          answer: { actions: assign({ heard: ({ context }) => context.heard + 1 }) },
          CLOSE: 'closed',
        },
      },
      closed: {},
    },
  })
  const play = new Play(machine).start().send('ASK')
  expect(felt).toEqual([])
  play.commit()
  expect(felt.splice(0)).toEqual(['began', 'heard question'])
  play.send('ASK')
  expect(felt).toEqual([])
  play.commit()
  expect(felt.splice(0)).toEqual(['heard question'])
  say({ type: 'answer' })
  expect(play.context).toEqual({ heard: 1 })
  play.send('CLOSE')
  expect(felt).toEqual([])
  expect(play.held).toEqual(['stop'])
  play.commit()
  expect(felt).toEqual(['disposed'])
  say({ type: 'answer' })
  expect(play.context).toEqual({ heard: 1 })
})

test('an observable is subscribed to after the commit, each value is a step, and it is left after the commit', () => {
  const felt: string[] = []
  let next: (value: number) => void = () => undefined
  const subscribe = (observer: { next?: (value: number) => void }) => {
    felt.push('subscribed')
    next = (value) => observer.next?.(value)
    return { unsubscribe: () => void felt.push('left') }
  }
  const machine = setup({
    actors: { values: fromObservable<number, undefined>(() => ({ subscribe }) as never) },
    types: { context: {} as { last: number | undefined } },
  }).createMachine({
    context: { last: undefined },
    initial: 'on',
    states: {
      on: {
        invoke: { src: 'values', onSnapshot: { actions: assign({ last: ({ event }) => event.snapshot.context }) } },
        on: { OFF: 'off' },
      },
      off: {},
    },
  })
  const play = new Play(machine).start()
  expect(felt).toEqual([])
  play.commit()
  next(7)
  expect(play.context).toEqual({ last: 7 })
  play.send('OFF')
  expect(felt).toEqual(['subscribed'])
  play.commit()
  expect(felt).toEqual(['subscribed', 'left'])
})

test('an action that throws when it is played fails the machine, and stops what is in flight', () => {
  const felt: string[] = []
  const machine = setup({
    actions: {
      boom: () => {
        throw new Error('boom')
      },
    },
    actors: { port: fromCallback(() => () => void felt.push('disposed')) },
  }).createMachine({ invoke: { src: 'port' }, on: { GO: { actions: 'boom' } } })
  const play = new Play(machine).start().commit().send('GO')
  expect(play.ending).toBeUndefined()
  play.commit()
  expect(play.ending).toMatchObject({ type: 'error', error: { message: 'boom' } })
  play.commit()
  expect(felt).toEqual(['disposed'])
})

test.each([
  ['a guard', { on: { GO: { guard: 'boom' } } }],
  ['an assign', { on: { GO: { actions: 'crash' } } }],
])('%s that throws fails the machine in the step itself', (_, config) => {
  const crash = () => {
    throw new Error('boom')
  }
  const machine = setup({ actions: { crash: assign(crash) }, guards: { boom: crash as () => boolean } }).createMachine(
    config as never,
  ) as unknown as AnyStateMachine
  const play = new Play(machine).start().commit().send('GO')
  expect(play.ending).toMatchObject({ type: 'error', error: expect.any(Error) })
  expect(play.held).toEqual([])
})

test('an actor whose start throws is an error for its parent, like a rejection', () => {
  const machine = setup({
    actors: {
      port: fromCallback(() => {
        throw new Error('no such device')
      }),
    },
  }).createMachine({
    initial: 'open',
    states: { open: { invoke: { src: 'port', onError: 'closed' } }, closed: {} },
  })
  const play = new Play(machine).start().commit()
  expect(play.value).toBe('closed')
})

test('closing stops everything in flight, though one of them throws when it is disposed of', () => {
  const felt: string[] = []
  const port = (name: string) =>
    fromCallback(() => () => {
      felt.push(name)
      throw new Error(name)
    })
  const machine = setup({ actors: { a: port('a'), b: port('b') } }).createMachine({
    invoke: [{ src: 'a' }, { src: 'b' }],
  })
  const play = new Play(machine).start().commit()
  play.stage.close()
  expect(felt.sort()).toEqual(['a', 'b'])
  expect(play.ending).toBeUndefined()
})

test('what is sent to a callback in the step that stops it reaches it after the commit; what it says then is heard by nobody', () => {
  const heard: string[] = []
  const listen = fromCallback<{ type: string }>(({ receive, sendBack }) => {
    receive(({ type }) => {
      heard.push(type)
      sendBack({ type: 'ANSWER' })
    })
    return () => heard.push('stopped')
  })
  const machine = setup({ actors: { listen } }).createMachine({
    initial: 'on',
    states: {
      on: { invoke: { id: 'listener', src: 'listen' }, exit: sendTo('listener', { type: 'LAST' }), on: { OFF: 'off' } },
      off: { on: { ANSWER: 'answered' } },
      answered: {},
    },
  })
  const play = new Play(machine).start().commit().send('OFF')
  expect(heard).toEqual([])
  play.commit()
  expect(heard).toEqual(['LAST', 'stopped'])
  expect(play.value).toBe('off')
})
