/** What is told of tasks, machines, supervisors and schedules; and that it is on disk by then. */
import { describe, expect, test } from 'vitest'
import { assign, emit, fromCallback, fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { deferred, facts } from '../runtime/lab.js'
import { type Came, lookedInto, looker, until } from './looker.js'

const bell = setup({}).createMachine({
  id: 'bell',
  initial: 'quiet',
  states: { quiet: { on: { ding: 'loud' } }, loud: { after: { 60000: 'quiet' } } },
})
const door = setup({
  types: { context: {} as { rings: number }, emitted: {} as { type: 'rang'; rings: number } },
  actors: { bell, look: fromPromise(async () => 42) },
  actions: { shout: (_, _params: { how: string }) => undefined },
}).createMachine({
  id: 'door',
  context: { rings: 0 },
  invoke: { src: 'bell', id: 'bell' },
  initial: 'shut',
  states: {
    shut: {
      after: { 3600000: 'done' },
      on: {
        ring: {
          target: 'looking',
          actions: [
            assign({ rings: ({ context }) => context.rings + 1 }),
            { type: 'shout', params: { how: 'loudly' } },
            emit(({ context }) => ({ type: 'rang', rings: context.rings })),
          ],
        },
        close: 'done',
      },
    },
    looking: { invoke: { src: 'look', id: 'look', onDone: 'shut' } },
    done: { type: 'final' },
  },
  output: ({ context }) => context.rings,
})
const tasks = [
  defineTask({ kind: 'door', machine: door }),
  defineTask({ kind: 'echo', run: ({ input }) => input ?? null }),
  defineTask({ kind: 'say', run: (task) => task.emit({ type: 'said', text: task.input }) }),
] as const

const short = (message: Came) => {
  const { type, of, to, from, id } = message
  return [type, id ?? of ?? to, ...(from ? [from] : [])].join(' ')
}

describe('a task and its machine', () => {
  test('its whole life as it happens: who began, who sent what to whom, what was done, where it led', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    expect(await looks.next()).toMatchObject({ type: 'hello', version: 1, state: 'working', scope: 'admin' })
    await looks.see({ kinds: ['door'] })
    const task = await runtime.enqueue('door', {}, { id: 'front' })
    await looks.next(({ type, of }) => type === 'snapshot' && of === 'machine:front#bell')
    await runtime.send('front', { type: 'ring' })
    await looks.next(({ type }) => type === 'gone')
    await runtime.send('front', { type: 'close' })
    await task.finished()
    await looks.next(({ type, snapshot }) => type === 'snapshot' && snapshot.value === 'FINISHED')

    const actors = looks.of('actor').map(({ id, began, parent, machine, src }) => [id, began, parent, machine, src])
    expect(actors).toEqual([
      ['task:front', 'started', undefined, 'holdfast:task', undefined],
      ['machine:front', 'started', 'task:front', 'door', undefined],
      ['machine:front#bell', 'started', 'machine:front', undefined, 'bell'],
      ['machine:front#look', 'started', 'machine:front', undefined, 'look'],
    ])
    expect(looks.of('actor')[2].definition).toMatchObject({ id: 'bell', states: { loud: {} } })
    const states = looks.of('snapshot').filter(({ of }) => of === 'task:front')
    expect(states.map(({ snapshot }) => snapshot.value)).toEqual(['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'])
    expect(states.at(-1).snapshot).toMatchObject({ status: 'done', context: { result: 1, attempt: 1 } })

    const [rung] = looks.came.filter(({ type, event }) => type === 'event' && event?.type === 'ring')
    const step = looks.came.filter((message) => message.step === rung.step)
    expect(step.filter(({ type }) => type !== 'action').map(short)).toEqual([
      'event machine:front',
      'microstep machine:front',
      'snapshot machine:front',
      'actor machine:front#look',
      'snapshot machine:front#look',
    ])
    expect(step.find(({ action }) => action === 'shout')).toMatchObject({ params: { how: 'loudly' } })
    expect(step.find(({ type }) => type === 'microstep').transitions).toEqual([
      { source: '#door.shut', target: ['#door.looking'] },
    ])
    expect(looks.of('emitted')).toMatchObject([{ of: 'machine:front', seq: 1, event: { type: 'rang', rings: 1 } }])
    const done = looks.came.find(({ event }) => event?.type === 'xstate.done.actor.look')
    expect([done.from, done.to, done.event.output]).toEqual(['machine:front#look', 'machine:front', 42])
  })

  test('timers have their due times, and go when they are cancelled', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await looks.see({ tasks: ['front'] })
    await runtime.enqueue('door', {}, { id: 'front' })
    const { timers } = await looks.next(({ type, of }) => type === 'snapshot' && of === 'machine:front')
    expect(timers).toMatchObject([{ event: 'xstate.after.3600000.door.shut' }])
    const { createdAt } = (await runtime.get('front')) as { createdAt: string }
    const ahead = Date.parse(timers[0].due) - Date.parse(createdAt)
    expect(ahead).toBeGreaterThanOrEqual(3_600_000)
    expect(ahead).toBeLessThan(3_660_000)
    await runtime.send('front', { type: 'ring' })
    expect(
      (await looks.next(({ type, snapshot }) => type === 'snapshot' && snapshot.value === 'looking')).timers,
    ).toEqual([])
  })

  test('a machine that ends as it begins is told of in order', async () => {
    const brief = setup({}).createMachine({ initial: 'over', states: { over: { type: 'final' } }, output: () => 7 })
    const { runtime, socket } = await lookedInto({ tasks: [defineTask({ kind: 'brief', machine: brief })] })
    const looks = await looker(socket)
    await looks.see({ all: true, messages: ['snapshot'] })
    await (await runtime.enqueue('brief', {}, { id: 'b' })).finished()
    await looks.next(({ snapshot }) => snapshot?.value === 'FINISHED')
    expect(
      looks
        .of('snapshot')
        .filter(({ of }) => of === 'task:b')
        .map(({ snapshot }) => snapshot.value),
    ).toEqual(['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'])
    expect(looks.came.find(({ of }) => of === 'machine:b').snapshot).toMatchObject({ status: 'done', output: 7 })
  })

  test('an error is told with its message, and without the place where it was thrown', async () => {
    const sink = setup({ actors: { fall: fromPromise(() => Promise.reject(new Error('no floor'))) } }).createMachine({
      invoke: { src: 'fall' },
    })
    const { runtime, socket } = await lookedInto({ tasks: [defineTask({ kind: 'sink', machine: sink })] })
    const looks = await looker(socket)
    await looks.see({ all: true })
    const task = await runtime.enqueue('sink', {}, { id: 's' })
    await task.finished().catch(() => undefined)
    const failed = await looks.next(({ snapshot }) => snapshot?.value === 'FAILED')
    const last = await looks.next(({ of, snapshot }) => of === 'machine:s' && snapshot?.status === 'error')
    expect(last.snapshot.error).toEqual({ name: 'Error', message: 'no floor' })
    expect(failed.snapshot.context.error).toEqual({ name: 'Error', message: 'no floor' })
    expect(JSON.stringify(looks.came)).not.toContain('scenes.long.test')
  })

  test('nothing is told before its commit', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await looks.see({ all: true })
    const begun = facts('commit.begin')
    const ended = facts('commit.end')
    const behind: unknown[] = []
    looks.socket.on('message', () => {
      if (begun.seen.length > 0 && ended.seen.length === 0) behind.push(looks.came.at(-1))
    })
    await runtime.enqueue('echo', 1, { id: 'e' })
    await looks.next(({ to }) => to === 'task:e')
    expect(behind).toEqual([])
    expect(await runtime.get('e')).toBeDefined()
  })

  test('what followed a task names it, and the schedule that made one', async () => {
    const { runtime, socket } = await lookedInto({
      tasks,
      schedules: { once: { at: ['2020-01-01T00:00:00Z'], missed: 'last', task: { kind: 'echo' } } },
    })
    const looks = await looker(socket)
    await looks.see({ kinds: ['say', 'echo'] })
    await runtime.enqueue('say', 'x', { id: 'parent', onSuccess: [{ kind: 'echo' }] })
    const child = await looks.next(({ type, cause }) => type === 'actor' && cause !== undefined)
    expect(child.cause).toBe('task:parent')
    await runtime.schedules.trigger('once')
    const made = await looks.next(({ type, schedule }) => type === 'actor' && schedule !== undefined)
    expect(made.schedule).toBe('schedule:once')
  })
})

describe('what is asked for', () => {
  test('tasks by id or by kind; types of messages; nothing else is told', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await looks.see({ name: 'one', tasks: ['a'], messages: ['snapshot'] })
    await looks.see({ name: 'kind', kinds: ['say'], messages: ['emitted'] })
    for (const id of ['a', 'b']) await (await runtime.enqueue('echo', id, { id })).finished()
    await (await runtime.enqueue('say', 'x', { id: 'c' })).finished()
    await looks.next(({ type }) => type === 'emitted')
    const told = looks.came.filter(({ at, type }) => at && !['hello', 'caught-up', 'answer'].includes(type))
    expect(new Set(told.map(({ type, of }) => `${type} ${of}`))).toEqual(new Set(['snapshot task:a', 'emitted task:c']))
    expect(await looks.ask({ type: 'unsubscribe', name: 'kind' })).toMatchObject({ type: 'answer' })
    const before = looks.of('emitted').length
    await (await runtime.enqueue('say', 'y', { id: 'd' })).finished()
    await (await runtime.enqueue('echo', 'z', { id: 'a2' })).finished()
    await looks.see({ name: 'last', tasks: ['d'] })
    expect(looks.of('emitted').length).toBe(before)
  })

  test('commits, for whoever names them', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await looks.see({ messages: ['commit'] })
    await runtime.enqueue('echo', 1)
    expect(await looks.next(({ type }) => type === 'commit')).toMatchObject({ ops: expect.any(Number) })
  })

  test('the supervision tree, and a part that dies and is started anew', async () => {
    const { runtime, socket } = await lookedInto({ tasks, routes: { narrow: { concurrency: 1 } } })
    const looks = await looker(socket)
    const present = await looks.see({ supervisors: true })
    expect(present.filter(({ type }) => type === 'actor').map(({ id }) => id)).toEqual(
      [
        'supervisor:holdfast',
        'supervisor:router',
        'supervisor:manifest',
        'supervisor:schedules',
        'supervisor:flows',
        'supervisor:sweeper',
        'supervisor:route:narrow',
        'supervisor:route:default',
      ].sort((a, b) => present.findIndex(({ id }) => id === a) - present.findIndex(({ id }) => id === b)),
    )
    expect(present[0]).toMatchObject({ what: 'supervisor', machine: 'holdfast:supervisor', began: 'present' })
    const router = runtime.system.get('router' as never) as { send(event: object): void } | undefined
    router?.send({ type: 'failed', error: new Error('died') })
    const event = await looks.next(({ event, to }) => to === 'supervisor:router' && event?.type === 'failed')
    expect(event.event.error).toEqual({ name: 'Error', message: 'died' })
    expect(
      await looks.next(({ to, from }) => to === 'supervisor:holdfast' && from === 'supervisor:router'),
    ).toMatchObject({ event: { type: 'xstate.error.actor.router' } })
    expect(await looks.next(({ type, id }) => type === 'actor' && id === 'supervisor:router')).toMatchObject({
      began: 'started',
      parent: 'supervisor:holdfast',
    })
  })

  test('schedules: as they are, as they tick, their past, and that one was removed', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    await runtime.schedules.put('tide', { every: '1h', task: { kind: 'echo' } })
    await runtime.schedules.trigger('tide')
    const looks = await looker(socket)
    const present = await looks.see({ schedules: true, past: true })
    expect(present[0]).toMatchObject({ type: 'actor', id: 'schedule:tide', machine: 'holdfast:schedule' })
    const past = present.filter((message) => message.past)
    expect(past.length).toBeGreaterThan(0)
    expect(past.map(({ at }) => at)).toEqual(past.map(({ at }) => at).toSorted())
    await runtime.schedules.pause('tide')
    expect(await looks.next(({ to, past: old }) => to === 'schedule:tide' && !old)).toMatchObject({
      event: { type: 'pause' },
    })
    expect((await looks.next(({ type }) => type === 'snapshot')).snapshot).toMatchObject({ value: 'paused' })
    await runtime.schedules.remove('tide')
    expect(await looks.next(({ type }) => type === 'gone')).toMatchObject({ id: 'schedule:tide' })
  })
})

describe('the feed', () => {
  test('paused it tells nothing; resumed it says how much was missed, and where that led', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await looks.see({ kinds: ['door', 'echo'] })
    await runtime.enqueue('door', {}, { id: 'front' })
    await looks.next(({ type, of }) => type === 'snapshot' && of === 'machine:front#bell')
    await looks.ask({ type: 'pause' })
    const before = looks.came.length
    await runtime.send('front', { type: 'close' })
    await runtime.handle('front').finished()
    await (await runtime.enqueue('echo', 1, { id: 'meanwhile' })).finished()
    expect(looks.came.length).toBe(before)
    await looks.ask({ type: 'resume' })
    expect((await looks.next(({ type }) => type === 'dropped')).count).toBeGreaterThan(3)
    await until(looks, () =>
      ['front', 'meanwhile'].every((id) =>
        looks.came.slice(before).some(({ type, of, id: actor, snapshot }) => {
          const whose = type === 'actor' ? actor : of
          return whose === `task:${id}` && snapshot?.value === 'FINISHED'
        }),
      ),
    )
  })

  test('an event that is sent is durable when it is answered; the same key is taken once', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await runtime.enqueue('door', {}, { id: 'front' })
    const ring = { type: 'send', task: 'front', event: { type: 'ring' }, key: 'k1' }
    expect(await looks.ask(ring)).toMatchObject({ type: 'answer' })
    expect(await looks.ask(ring)).toMatchObject({ type: 'answer' })
    expect((await runtime.get('front'))?.machine?.context).toEqual({ rings: 1 })
    for (const [message, code] of [
      [{ type: 'send', task: 'nobody', event: { type: 'ring' } }, 'ERR_NOT_FOUND'],
      [{ type: 'send', task: 'front', event: { type: 'xstate.stop' } }, 'ERR_INVALID_EVENT'],
      [{ type: 'send', task: 'front', event: 'ring' }, 'ERR_BAD_REQUEST'],
      [{ type: 'send', task: '../x y', event: { type: 'ring' } }, 'ERR_INVALID_ID'],
    ] as const)
      expect(await looks.ask(message)).toMatchObject({ type: 'refused', code })
  })

  test('under a flood it tells a sample, how much it left out, and how every task came out', async () => {
    const { runtime, socket } = await lookedInto({ tasks, routes: { default: { concurrency: 500 } } })
    const looks = await looker(socket)
    await looks.see({ kinds: ['echo'] })
    const handles = await runtime.enqueueMany(
      Array.from({ length: 2_000 }, (_, i) => ({ kind: 'echo' as const, input: i, id: `t${i}` })),
    )
    await Promise.all(handles.map((each) => each.finished()))
    expect((await looks.next(({ type }) => type === 'dropped')).count).toBeGreaterThan(1_000)
    const finished = () =>
      new Set(
        looks.came
          .filter(({ snapshot }) => snapshot?.value === 'FINISHED')
          .map(({ type, id, of }) => (type === 'actor' ? id : of)),
      ).size
    await until(looks, () => finished() >= 1_000)
  })

  test('a machine that is stopped is told to be gone, with the actors inside', async () => {
    const { runtime, socket } = await lookedInto({ tasks })
    const looks = await looker(socket)
    await looks.see({ kinds: ['door'] })
    await runtime.enqueue('door', {}, { id: 'front' })
    await looks.next(({ type, of }) => type === 'snapshot' && of === 'machine:front#bell')
    await runtime.cancel('front')
    await looks.next(({ snapshot }) => snapshot?.value === 'TERMINATED')
    expect([await looks.next(), await looks.next()].map(short)).toEqual([
      'gone machine:front#bell',
      'gone machine:front',
    ])
  })

  test('it asks nothing of machines into which nobody looks', async () => {
    const gate = deferred()
    const waits = setup({
      actors: { wait: fromCallback(({ sendBack }) => void gate.promise.then(() => sendBack({ type: 'go' }))) },
    }).createMachine({
      initial: 'waiting',
      states: { waiting: { invoke: { src: 'wait' }, on: { go: 'done' } }, done: { type: 'final' } },
    })
    const { runtime, socket } = await lookedInto({ tasks: [...tasks, defineTask({ kind: 'waits', machine: waits })] })
    const looks = await looker(socket)
    await looks.see({ tasks: ['other'] })
    await runtime.enqueue('waits' as never, {} as never, { id: 'w' })
    gate.resolve()
    await runtime.handle('w').finished()
    await looks.see({ name: 'again', tasks: ['w'] })
    expect(looks.came.filter(({ step }) => step !== undefined)).toEqual([])
  })
})
