/** Versions of a machine: records are led from one to the next, or go on beside it on the one that they began with. */
import { expect, test } from 'vitest'
import { type AnyStateMachine, assign, fromPromise, setup } from 'xstate'
import { defineTask, type Migration, type StoredSnapshot } from '../../src/index.js'
import { keyOf } from '../../src/model/keys.js'
import { boot, facts, onDisk, refusal, temporaryDirectory } from './lab.js'

/** A visit as it was first written: it waits to be told, and says what it heard. */
const first = setup({ types: {} as { context: { heard: string[] } } }).createMachine({
  context: { heard: [] },
  initial: 'waiting',
  states: {
    waiting: {
      on: { hear: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.word] }) }, end: 'over' },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => ({ by: 1, heard: context.heard }),
})
/** Later: another name for the state, another shape of what it keeps. */
const later = (version: number, state: string) =>
  setup({ types: {} as { context: { words: string[]; path: number[] } } }).createMachine({
    context: { words: [], path: [] },
    initial: state,
    states: {
      [state]: {
        on: {
          hear: { actions: assign({ words: ({ context, event }) => [...context.words, event.word] }) },
          end: 'over',
        },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => ({ by: version, ...context }),
  })
const toSecond: Migration = ({ context, ...rest }) => ({
  ...rest,
  value: 'listening',
  context: { words: context.heard, path: [2] },
})
const toThird: Migration = ({ context, ...rest }, input) => {
  if ((input as { bad?: boolean } | null)?.bad) throw new Error('this one cannot be led on')
  return { ...rest, value: 'attending', context: { ...context, path: [...(context.path as number[]), 3] } }
}
const v1 = defineTask({ kind: 'visit', machine: first })
const v2 = defineTask({ kind: 'visit', version: 2, machine: later(2, 'listening'), migrate: { 1: toSecond } })
const v3 = defineTask({
  kind: 'visit',
  version: 3,
  machine: later(3, 'attending'),
  migrate: { 1: toSecond, 2: toThird },
})
const beside = defineTask({
  kind: 'visit',
  versions: [
    { version: 1, machine: first },
    { version: 2, machine: later(2, 'listening') },
  ],
})

async function begun(path: string, tasks: readonly { id: string; input?: unknown }[], as = v1) {
  const entered = facts('task.committed')
  const runtime = await boot({ path, tasks: [as] })
  for (const { id, input = null } of tasks) {
    await runtime.enqueue('visit', input as never, { id })
    await entered.first((fact) => fact.id === id && fact.to === 'RUNNING')
    await runtime.send(id, { type: 'hear', word: id })
  }
  return runtime
}

test('a stored machine is led through every step to the version that is there, with its input', async () => {
  const path = await temporaryDirectory()
  await (await begun(path, [{ id: 'a' }, { id: 'b' }])).stop()
  const migrated = facts('task.migrated')
  const runtime = await boot({ path, tasks: [v3] })
  await runtime.send('a', { type: 'hear', word: 'more' })
  await runtime.send('a', { type: 'end' })
  const handle = await runtime.enqueue('visit', null, { id: 'a' })
  expect(await handle.finished()).toEqual({ by: 3, words: ['a', 'more'], path: [2, 3] })
  expect(migrated.seen.filter(({ id }) => id === 'a')).toEqual([
    { id: 'a', kind: 'visit', from: 1, to: 3, dropped: [], begun: [] },
  ])
})

test('a step that throws sets its task aside with the version it leads from; the others go on; mended, retry leads it on', async () => {
  const path = await temporaryDirectory()
  await (await begun(path, [{ id: 'good' }, { id: 'bad', input: { bad: true } }])).stop()
  const stored = await onDisk(path, (database) => database.get(keyOf('dormant', 'bad')))
  const told = facts('task.quarantined')
  const runtime = await boot({ path, tasks: [v3] })
  expect((await refusal(runtime.send('bad', { type: 'end' }))).code).toBe('ERR_NOT_FOUND')
  await runtime.send('good', { type: 'end' })
  expect(await (await runtime.enqueue('visit', null, { id: 'good' })).finished()).toMatchObject({ by: 3 })
  await told.first()
  const [aside] = await runtime.quarantine.list()
  expect(aside).toMatchObject({ id: 'bad', code: 'ERR_INVALID_MACHINE', record: stored })
  expect(aside?.reason).toMatch(/migrate\[2\] \(from version 2 to 3\): this one cannot be led on/)
  expect(await runtime.quarantine.retry('bad')).toBe(false)
  await runtime.stop()
  const mended = defineTask({
    kind: 'visit', version: 3, machine: later(3, 'attending'), migrate: { 1: toSecond, 2: (old) => toThird(old, null) },
  }) // biome-ignore format: one line reads better
  const again = await boot({ path, tasks: [mended] })
  expect(await again.quarantine.retry('bad')).toBe(true)
  await again.send('bad', { type: 'end' })
  expect(await (await again.enqueue('visit', { bad: true } as never, { id: 'bad' })).finished()).toMatchObject({
    by: 3,
    words: ['bad'],
  })
})

test('without a way to a version that is there, a task is set aside and says what is missing', async () => {
  const path = await temporaryDirectory()
  await (await begun(path, [{ id: 'a' }], v1)).stop()
  const aside = facts('task.quarantined')
  const without = await boot({
    path,
    tasks: [defineTask({ kind: 'visit', version: 2, machine: later(2, 'listening') })],
  })
  expect((await refusal(without.send('a', { type: 'end' }))).code).toBe('ERR_NOT_FOUND')
  await aside.first()
  expect((await without.quarantine.list())[0]?.reason).toMatch(/of version 1, of 'visit' there is 2; no `migrate\[1\]`/)
  await without.stop()
  const runtime = await boot({ path, tasks: [v2] })
  expect(await runtime.quarantine.retry('a')).toBe(true)
  await runtime.send('a', { type: 'end' })
  expect(await (await runtime.enqueue('visit', null, { id: 'a' })).finished()).toMatchObject({ by: 2 })
})

test('a newer version than there is stays aside', async () => {
  const path = await temporaryDirectory()
  await (await begun(path, [{ id: 'a' }], v2)).stop()
  const aside = facts('task.quarantined')
  const runtime = await boot({ path, tasks: [v1] })
  expect((await refusal(runtime.send('a', { type: 'end' }))).code).toBe('ERR_NOT_FOUND')
  await aside.first()
  expect((await runtime.quarantine.list())[0]?.reason).toMatch(/of version 2.*it is newer/)
})

test('side by side a task goes on with the version that it began with, over restarts, and new ones begin on the newest', async () => {
  const path = await temporaryDirectory()
  await (await begun(path, [{ id: 'old' }])).stop()
  for (let restarts = 0; restarts < 2; restarts++) {
    const between = await boot({ path, tasks: [beside] })
    await between.send('old', { type: 'hear', word: String(restarts) })
    await between.stop()
  }
  const entered = facts('task.committed')
  const runtime = await boot({ path, tasks: [beside] })
  await runtime.enqueue('visit', null, { id: 'new' })
  await entered.first(({ id, to }) => id === 'new' && to === 'RUNNING')
  for (const id of ['old', 'new']) await runtime.send(id, { type: 'end' })
  expect(await (await runtime.enqueue('visit', null, { id: 'old' })).finished()).toEqual({
    by: 1,
    heard: ['old', '0', '1'],
  })
  expect(await (await runtime.enqueue('visit', null, { id: 'new' })).finished()).toMatchObject({ by: 2 })
  expect((await runtime.machines.list()).filter(({ own }) => !own)).toEqual([
    { id: 'visit', kind: 'visit', version: 2, own: false },
    { id: 'visit@1', kind: 'visit', version: 1, own: false },
  ])
  expect(Object.keys((await runtime.machines.get('visit@1')).definition.states)).toEqual(['waiting', 'over'])
  expect(Object.keys((await runtime.machines.get('visit')).definition.states)).toEqual(['listening', 'over'])
  expect((await refusal(runtime.machines.get('visit@7'))).code).toBe('ERR_NOT_FOUND')
})

test('what waited since an earlier version begins on the newest, is of it after a restart, and so does a retry', async () => {
  const path = await temporaryDirectory()
  const failing = (version: number, fails: boolean) =>
    defineTask({
      kind: 'visit',
      version,
      retry: { attempts: 2, delay: '1h' },
      machine: setup({
        actors: { look: fromPromise(async () => (fails ? Promise.reject(new Error('no')) : version)) },
      }).createMachine({
        initial: 'waiting',
        states: {
          waiting: { on: { go: 'looking', end: 'over' } },
          looking: { invoke: { src: 'look', onDone: 'over' } },
          over: { type: 'final' },
        },
        output: () => version,
      }),
    })
  const entered = facts('task.committed')
  const before = await boot({ path, tasks: [failing(1, true)] })
  await before.enqueue('visit', null, { id: 'waits', in: '1h' })
  await before.enqueue('visit', null, { id: 'fails' })
  await before.send('fails', { type: 'go' })
  await entered.first(({ id, to }) => id === 'fails' && to === 'FAILED')
  await before.stop()
  const between = await boot({ path, tasks: [failing(2, false)] })
  await between.reschedule('waits', { in: 0 })
  await between.retry('fails')
  for (const id of ['waits', 'fails'])
    await entered.first((fact) => fact.id === id && fact.to === 'RUNNING' && fact.from === 'QUEUED')
  await between.stop()
  const after = await boot({ path, tasks: [failing(2, false)] })
  expect(await after.quarantine.list()).toEqual([])
  for (const id of ['waits', 'fails']) {
    await after.send(id, { type: 'end' })
    expect(await (await after.enqueue('visit', null, { id })).finished()).toBe(2)
  }
})

/** When the timer of the state that stays is due, as the record says. */
const dueOnDisk = (path: string) =>
  onDisk(path, async (database) => {
    const { m } = JSON.parse((await database.get(keyOf('dormant', 'a'))) as string)
    return m.timers.find(({ id }: { id: string }) => id === 'xstate.after.7200000.poll.right.idle')?.due as number
  })

test('what a renamed state waits for begins anew, and what nobody knows any more is dropped and told', async () => {
  const path = await temporaryDirectory()
  const calls: string[] = []
  const poller = (version: number, state: string, delay: number, src: string) =>
    defineTask({
      kind: 'poll',
      version,
      migrate: version === 1 ? {} : { 1: (old: StoredSnapshot) => ({ ...old, value: { left: state, right: 'idle' } }) },
      machine: setup({
        actors: { [src]: fromPromise(async ({ input }: { input: { n: number } }) => calls.push(`${src} ${input.n}`)) },
      }).createMachine({
        id: 'poll',
        context: { n: 7 },
        type: 'parallel',
        states: {
          left: {
            initial: state,
            states: {
              [state]: {
                after: { [delay]: 'late' },
                on: { ask: 'asking' },
                ...(version === 2
                  ? { invoke: { src, input: ({ context }: { context: { n: number } }) => ({ n: context.n }) } }
                  : {}),
              },
              asking: version === 1 ? { invoke: { src, input: { n: 1 } } } : {},
              late: { type: 'final' },
            },
          },
          right: {
            initial: 'idle',
            states: { idle: { after: { 7200000: 'over' }, on: { end: 'over' } }, over: { type: 'final' } },
          },
        },
      } as never) as unknown as AnyStateMachine,
    })
  const entered = facts('task.committed')
  const before = await boot({ path, tasks: [poller(1, 'waiting', 3_600_000, 'old')] })
  await before.enqueue('poll', null, { id: 'a' })
  await entered.first(({ id, to }) => id === 'a' && to === 'RUNNING')
  await before.stop()
  const due = await dueOnDisk(path)
  const migrated = facts('task.migrated')
  const runtime = await boot({ path, tasks: [poller(2, 'resting', 5_400_000, 'look')] })
  await runtime.send('a', { type: 'nothing' })
  expect(migrated.seen).toEqual([
    {
      id: 'a',
      kind: 'poll',
      from: 1,
      to: 2,
      dropped: ['timer xstate.after.3600000.poll.left.waiting'],
      begun: ['timer xstate.after.5400000.poll.left.resting', 'actor 0.poll.left.resting'],
    },
  ])
  const view = await runtime.get('a')
  expect(view?.machine?.timers.map(({ id }) => id).sort()).toEqual([
    'xstate.after.5400000.poll.left.resting',
    'xstate.after.7200000.poll.right.idle',
  ])
  expect(calls).toEqual(['look 7'])
  await runtime.stop()
  expect(await dueOnDisk(path)).toBe(due)
  // Once is enough: what was led on is of the new version from then on.
  await (await boot({ path, tasks: [poller(2, 'resting', 5_400_000, 'look')] })).stop()
  expect(migrated.seen).toHaveLength(1)
})

const machine = first
test.each([
  [{ kind: 'x', machine, versions: [{ version: 1, machine }] }, /one of/],
  [{ kind: 'x', versions: [] }, /'x'\.versions/],
  [
    {
      kind: 'x',
      versions: [
        { version: 2, machine },
        { version: 1, machine },
      ],
    },
    /versions\[1\]\.version/,
  ],
  [{ kind: 'x', version: 2, versions: [{ version: 2, machine }] }, /'x'\.version/],
  [{ kind: 'x', version: 2, machine, migrate: { 2: toSecond } }, /migrate: the version 2/],
  [{ kind: 'x', version: 2, machine, migrate: { up: toSecond } }, /migrate: the version up/],
  [{ kind: 'x', version: 2, machine, migrate: { 1: 'up' } }, /migrate\[1\]/],
  [{ kind: 'x', version: 3, machine, migrate: { 1: toSecond } }, /migrate\[1\] leads to version 2/],
  [{ kind: 'x', run: () => 1, migrate: { 1: toSecond } }, /migrate/],
] as const)('%# what leads nowhere is refused', async (definition, message) => {
  const error = await refusal(() => boot({ tasks: [defineTask(definition as never)] }))
  expect(error.message).toMatch(message)
})
