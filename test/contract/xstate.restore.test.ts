/** What XState checks when it is given a persisted snapshot, and what it lets pass. */
import { expect, test, vi } from 'vitest'
import type { AnyStateMachine, Snapshot } from 'xstate'
import { production } from './builds.js'

const { createActor, createMachine, fromCallback, fromPromise, setup } = production

const viaDisk = <T>(value: T): T => JSON.parse(JSON.stringify(value))
const stored = (value: string, more: object = {}) =>
  viaDisk({
    status: 'active',
    value,
    historyValue: {},
    context: {},
    children: {},
    ...more,
  }) as unknown as Snapshot<unknown>

const now = createMachine({
  initial: 'idle',
  context: { polls: 0 },
  states: { idle: { on: { GO: 'busy' } }, busy: {} },
})

test('a state that no longer exists does not throw in createActor and would overwrite the record', () => {
  // Recovery never builds an actor of an unchecked snapshot: it quarantines the record instead.
  const actor = createActor(now, { snapshot: stored('removed') })
  expect(actor.getSnapshot().status).toBe('error')
  const persisted = viaDisk(actor.getPersistedSnapshot())
  expect(persisted).toMatchObject({ status: 'error', error: {} })
  expect(persisted).not.toHaveProperty('value')
  expect(persisted).not.toHaveProperty('context')
})

test('an actor restored into a missing state throws where nobody can catch it, once it is started', () => {
  // An unhandled exception is the end of the daemon, so the check comes before start().
  vi.useFakeTimers()
  try {
    createActor(now, { snapshot: stored('removed') }).start()
    expect(() => vi.runAllTimers()).toThrow("State 'removed' does not exist")
  } finally {
    vi.useRealTimers()
  }
})

test('restoreSnapshot of the machine throws for a state that no longer exists', () => {
  // This is the check: it builds no actor and touches no record.
  const scope = { self: undefined } as never
  const check = (snapshot: Snapshot<unknown>) => (now as AnyStateMachine).restoreSnapshot(snapshot, scope)
  expect(() => check(stored('removed'))).toThrow('does not exist')
  expect(check(stored('busy')).value).toBe('busy')
})

test('the snapshot of another machine with the same state names is accepted silently', () => {
  // The envelope names kind and version, and recovery compares both.
  const foreign = createMachine({
    id: 'foreign',
    context: { owner: 'somebody' },
    initial: 'idle',
    states: { idle: {} },
  })
  const snapshot = viaDisk(createActor(foreign).start().getPersistedSnapshot())
  const actor = createActor(now, { snapshot }).start()
  expect(actor.getSnapshot().value).toBe('idle')
  expect(actor.getSnapshot().context).toEqual({ owner: 'somebody' })
})

test('new defaults of the context are not merged into a restored one', () => {
  // Moving a record to a new version is an explicit migration.
  const actor = createActor(now, { snapshot: stored('idle', { context: {} }) })
  expect(actor.getSnapshot().context.polls).toBeUndefined()
})

test('a child whose src is not known any more is dropped silently and its parent waits for ever', () => {
  // Recovery looks up every stored src itself.
  const children = { job: { snapshot: { status: 'active' }, src: 'retired', syncSnapshot: false } }
  const actor = createActor(now, { snapshot: stored('busy', { children }) }).start()
  expect(actor.getSnapshot().status).toBe('active')
  expect(actor.getSnapshot().children).toEqual({})
})

test('a child that was stored as done leaves its parent stuck', () => {
  // Parent and child move in one commit, so that this record is never written.
  const parent = setup({ actors: { job: fromPromise(async () => 1) } }).createMachine({
    initial: 'busy',
    states: { busy: { invoke: { id: 'job', src: 'job', onDone: 'done' } }, done: { type: 'final' } },
  })
  const children = { job: { snapshot: { status: 'done', output: 1 }, src: 'job', syncSnapshot: false } }
  const actor = createActor(parent, { snapshot: stored('busy', { children }) }).start()
  expect(actor.getSnapshot().value).toBe('busy')
  expect(actor.getSnapshot().children.job?.getSnapshot().status).toBe('done')
})

test('start() after a restore runs invokes again, and neither entry actions nor always', () => {
  // An invoke runs at least once; a plain action at most once.
  const ran: string[] = []
  const machine = setup({
    actors: {
      work: fromPromise(async () => void ran.push('promise')),
      watch: fromCallback(() => void ran.push('callback')),
    },
    actions: { entered: () => void ran.push('entry') },
    guards: { looked: () => ran.push('always') > 0 && false },
  }).createMachine({
    initial: 'busy',
    states: {
      busy: {
        entry: 'entered',
        invoke: [{ src: 'work' }, { src: 'watch' }],
        always: { guard: 'looked', target: 'busy' },
      },
    },
  })
  const snapshot = viaDisk(createActor(machine).start().getPersistedSnapshot())
  expect(ran).toEqual(expect.arrayContaining(['entry', 'always', 'promise', 'callback']))
  ran.length = 0
  createActor(machine, { snapshot }).start()
  expect(ran).toEqual(['promise', 'callback'])
})

test('a restore changes the object it is given', () => {
  // A fresh copy is parsed for each restore.
  const parent = setup({ actors: { watch: fromCallback(() => {}) } }).createMachine({
    context: ({ spawn }) => ({ ref: spawn('watch', { id: 'w' }) }),
  })
  const snapshot = viaDisk(createActor(parent).start().getPersistedSnapshot())
  const before = viaDisk(snapshot)
  createActor(parent, { snapshot })
  expect(viaDisk(before)).toMatchObject({ context: { ref: { xstate$$type: 1 } } })
  expect((snapshot as unknown as { context: { ref: object } }).context.ref).toHaveProperty('send')
})

test('stop() drops the children of the persisted snapshot', () => {
  // A record is taken before the actor is stopped.
  const parent = setup({ actors: { watch: fromCallback(() => {}) } }).createMachine({
    invoke: { id: 'w', src: 'watch' },
  })
  const actor = createActor(parent).start()
  expect(viaDisk(actor.getPersistedSnapshot())).toMatchObject({ children: { w: { src: 'watch' } } })
  actor.stop()
  expect(viaDisk(actor.getPersistedSnapshot())).toMatchObject({ children: {} })
})
