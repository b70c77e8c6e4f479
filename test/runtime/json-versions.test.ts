/** Files of machines that change while their tasks are in flight: beside each other, or led on, whatever the power does. */
import { expect, onTestFinished, test } from 'vitest'
import { fromPromise } from 'xstate'
import { loadMachine, type MachineParts } from '../../src/configs/index.js'
import type { AnyDefinition } from '../../src/index.js'
import { checkMachines, createRuntime } from '../../src/index.js'
import { testRuntime } from '../../src/testing/index.js'
import { boot, refusal, temporaryDirectory } from './lab.js'

const never = fromPromise(() => new Promise(() => undefined))
const parts: MachineParts = { actors: { never, other: never } }

/** A visit as it was first written, and as it is now: other names, another shape, a state with states in it. */
const first = {
  kind: 'visit',
  machine: {
    context: { door: { $: 'input.door' }, seen: 0 },
    initial: 'waiting',
    states: {
      waiting: {
        on: { SEEN: { actions: { type: 'assign', params: { seen: { $: 'context.seen + 1' } } } }, LEAVE: 'gone' },
        after: { '1h': 'gone' },
      },
      gone: { type: 'final' },
    },
    output: { by: 1, seen: { $: 'context.seen' } },
  },
}
const second = {
  kind: 'visit',
  version: 2,
  settings: { defaults: { patience: '2h' } },
  migrate: {
    1: {
      rename: { waiting: 'inside' },
      assign: { count: { $: 'context.seen' }, place: { door: { $: 'upper(context.door)' } } },
      drop: ['seen', 'door'],
    },
  },
  machine: {
    context: { place: { door: { $: 'input.door' } }, count: 0 },
    initial: 'inside',
    states: {
      inside: {
        initial: 'looking',
        states: { looking: { on: { SIT: 'sitting' } }, sitting: {} },
        on: { SEEN: { actions: { type: 'assign', params: { count: { $: 'context.count + 1' } } } }, LEAVE: 'gone' },
        after: { patience: 'gone' },
      },
      gone: { type: 'final' },
    },
    // The first never read its input after the beginning, and did not keep it.
    output: { by: 2, count: { $: 'context.count' }, place: { $: 'context.place' }, who: { $: 'input.who' } },
  },
}

async function boardOf(...tasks: AnyDefinition[]) {
  const board = await testRuntime({ tasks })
  onTestFinished(() => board.close())
  return board
}

test('beside each other: what began on the first ends on it, what begins now begins on the second', async () => {
  const board = await boardOf(loadMachine(first))
  await board.runtime.enqueue('visit', { door: 'front' }, { id: 'early' })
  await board.crash()
  await board.restart({ options: { tasks: [loadMachine([first, second])] } })
  await board.runtime.enqueue('visit', { door: 'back', who: 'Ada' }, { id: 'late' })
  expect((await board.runtime.machines.list()).map(({ id }) => id)).toEqual(
    expect.arrayContaining(['visit', 'visit@1']),
  )
  for (const id of ['early', 'late']) {
    await board.runtime.send(id, { type: 'SEEN' })
    await board.runtime.send(id, { type: 'LEAVE' })
  }
  expect((await board.runtime.get('early'))?.result).toEqual({ by: 1, seen: 1 })
  expect((await board.runtime.get('late'))?.result).toEqual({ by: 2, count: 1, place: { door: 'back' }, who: 'Ada' })
})

test('an earlier machine reads the settings of its kind as they are now', async () => {
  const settings = { defaults: { pause: '1h' } }
  const waits = (version: number) => ({
    kind: 'm',
    version,
    settings,
    machine: { initial: 'a', states: { a: { on: { AGAIN: { target: 'a', reenter: true } }, after: { pause: 'b' } }, b: { type: 'final', }, }, output: version },
  }) // biome-ignore format: one line a state
  const board = await boardOf(loadMachine(waits(1)))
  await board.runtime.enqueue('m', null, { id: 'm' })
  await board.restart({ options: { tasks: [loadMachine([waits(1), waits(2)])] } })
  await board.runtime.kinds.set('m', { pause: '5m' })
  await board.runtime.send('m', { type: 'AGAIN' })
  await board.advance('5m')
  expect(await board.runtime.get('m')).toMatchObject({ state: 'FINISHED', result: 1 })
})

test('led on: states, context, input and timers are those of the second, once, wherever the power goes', async () => {
  for (let commit = 1; commit <= 4; commit++) {
    for (const torn of [false, true]) {
      const board = await testRuntime({ tasks: [loadMachine(first)] })
      await board.runtime.enqueue('visit', { door: 'front', who: 'Ada' }, { id: 'v' })
      await board.runtime.send('v', { type: 'SEEN' })
      await board.crash()
      await board.restart({ options: { tasks: [loadMachine(second)] } })
      const cut = board.crash({ commit, torn })
      // In a dead life nobody answers.
      const told = board.runtime.send('v', { type: 'SEEN' }, { once: 'again' }).catch(() => undefined)
      await Promise.race([cut, told.then(() => board.settled())])
      if (board.on) await board.crash()
      await board.restart()
      await board.runtime.send('v', { type: 'SEEN' }, { once: 'again' })
      expect((await board.runtime.get('v'))?.machine).toMatchObject({
        value: { inside: 'looking' },
        context: { count: 2, place: { door: 'FRONT' }, input: { door: 'front', who: 'Ada' } },
      })
      await board.advance('2h')
      expect(await board.runtime.get('v')).toMatchObject({
        state: 'FINISHED',
        attempt: 1,
        result: { by: 2, count: 2, place: { door: 'FRONT' }, who: 'Ada' },
      })
      await board.close()
    }
  }
})

test('what cannot be led on is set aside with the place in the file, and comes back when the file is mended', async () => {
  const board = await boardOf(loadMachine(first))
  await board.runtime.enqueue('visit', { door: 'front' }, { id: 'v' })
  await board.restart({
    options: {
      tasks: [loadMachine({ ...second, migrate: { 1: { assign: { count: { $: 'context.seen.length' } } } } })],
    },
  })
  // It sleeps, and is read when somebody wants something of it.
  expect(await refusal(board.runtime.send('v', { type: 'SEEN' }))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  await board.settled()
  expect(await board.runtime.quarantine.list()).toMatchObject([
    { id: 'v', reason: expect.stringContaining('migrate.1.assign.count: number has no members') },
  ])
  await board.restart({ options: { tasks: [loadMachine(second)] } })
  await board.runtime.quarantine.retry('v')
  await board.runtime.send('v', { type: 'LEAVE' })
  expect((await board.runtime.get('v'))?.result).toMatchObject({ by: 2, count: 0 })
})

test('two states in the place of one cannot both be', async () => {
  const regions = { left: { initial: 'a', states: { a: {} } }, right: { initial: 'b', states: { b: {} } } }
  const both = { kind: 'm', machine: { initial: 'both', states: { both: { type: 'parallel', states: regions } } } }
  const states = { x: { initial: 'a', states: { a: {} } }, y: { initial: 'b', states: { b: {} } } }
  const one = {
    kind: 'm',
    version: 2,
    migrate: { 1: { rename: { both: 'one', 'both.left': 'one.x', 'both.right': 'one.y' } } },
    machine: { initial: 'one', states: { one: { initial: 'x', states } } },
  }
  const board = await boardOf(loadMachine(both))
  await board.runtime.enqueue('m', null, { id: 'm' })
  await board.restart({ options: { tasks: [loadMachine(one)] } })
  expect(await refusal(board.runtime.send('m', { type: 'GO' }))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  await board.settled()
  expect(await board.runtime.quarantine.list()).toMatchObject([
    { id: 'm', reason: expect.stringContaining('it would be in x and y of m.one at once') },
  ])
})

test('an actor of another name begins, and one whose name is gone is missed by nobody', async () => {
  const asking = (version: number, src: string) => ({
    kind: 'm',
    version,
    ...(version > 1 ? { migrate: { 1: {} } } : {}),
    machine: { initial: 'a', states: { a: { invoke: { id: 'asked', src, onDone: 'b' } }, b: { type: 'final' } } },
  })
  const board = await boardOf(loadMachine(asking(1, 'never'), parts))
  await board.runtime.enqueue('m', null, { id: 'm' })
  await board.settled()
  await board.crash()
  const quick = { actors: { quick: fromPromise(async () => 5) } }
  await board.restart({ options: { tasks: [loadMachine(asking(2, 'quick'), quick)] } })
  expect(await board.runtime.get('m')).toMatchObject({ state: 'FINISHED' })
})

test('what is remembered goes along with a name; what no version knows is let go', async () => {
  const work = (version: number, names: readonly [string, string], migrate?: object) => ({
    kind: 'front.door',
    version,
    ...(migrate ? { migrate } : {}),
    machine: {
      initial: names[0],
      states: {
        [names[0]]: {
          initial: 'one',
          states: { one: { on: { NEXT: names[1] } }, [names[1]]: {}, back: { type: 'history' } },
          on: { PAUSE: 'paused' },
        },
        paused: { on: { GO: `${names[0]}.back` } },
      },
    },
  })
  const renaming = { 1: { rename: { work: 'job', 'work.two': 'job.second' } } }
  for (const [migrate, value] of [
    [renaming, 'second'],
    [{ 1: {} }, 'one'],
  ] as const) {
    const board = await testRuntime({ tasks: [loadMachine(work(1, ['work', 'two']))] })
    await board.runtime.enqueue('front.door', null, { id: 'd' })
    for (const type of ['NEXT', 'PAUSE']) await board.runtime.send('d', { type })
    await board.crash()
    await board.restart({ options: { tasks: [loadMachine(work(2, ['job', 'second'], migrate))] } })
    await board.runtime.send('d', { type: 'GO' })
    expect((await board.runtime.get('d'))?.machine?.value).toEqual({ job: value })
    await board.close()
  }
})

test('a look before the start counts them by their versions', async () => {
  const path = await temporaryDirectory()
  const runtime = await boot({ path, tasks: [loadMachine(first)] })
  for (const door of ['front', 'back']) await runtime.enqueue('visit', { door }, { id: door })
  await runtime.stop()
  const look = async (...tasks: AnyDefinition[]) => (await checkMachines({ path, tasks })).versions
  expect(await look(loadMachine([first, second]))).toMatchObject([{ version: 1, same: 2, migrated: 0, quarantined: 0 }])
  expect(await look(loadMachine(second))).toMatchObject([{ version: 1, same: 0, migrated: 2, quarantined: 0 }])
  expect(await look(loadMachine({ ...second, migrate: {} }))).toMatchObject([{ version: 1, quarantined: 2 }])
  expect(() => createRuntime({ path, tasks: [loadMachine(second), loadMachine(first)] })).toThrow(/two definitions/)
})
