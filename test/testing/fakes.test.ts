/** The fakes of the testing kit: named actors of machines, and processors. */
import { expect, onTestFinished, test } from 'vitest'
import { fromCallback, fromPromise, setup } from 'xstate'
import { loadMachine } from '../../src/configs/index.js'
import { defineTask } from '../../src/index.js'
import { standardLogic } from '../../src/standard/index.js'
import { type BoardOptions, fakeActors, fakeRun, testRuntime, waits } from '../../src/testing/index.js'

async function boardWith<const Options extends BoardOptions>(options: Options) {
  const board = await testRuntime(options)
  onTestFinished(() => board.close())
  return board
}

const real = fromPromise(async (): Promise<string> => {
  throw new Error('the real one was asked')
})
const child = setup({ actors: { develop: real } }).createMachine({
  initial: 'developing',
  states: { developing: { invoke: { src: 'develop', onDone: 'done' } }, done: { type: 'final' } },
})
const camera = defineTask({
  kind: 'camera',
  machine: setup({
    actors: {
      shoot: fromPromise(async (_: { input: object }) => 'real.jpg'),
      child,
      light: fromCallback(() => undefined),
    },
  }).createMachine({
    initial: 'shooting',
    invoke: { src: 'light' },
    states: {
      shooting: {
        invoke: {
          id: 'shot',
          src: 'shoot',
          input: ({ self }) => ({ headers: { 'Idempotency-Key': `${self.id}/shot` } }),
          onDone: 'developing',
          onError: 'failed',
        },
        on: { STOP: 'failed' },
      },
      developing: { invoke: { src: 'child', onDone: 'developed' } },
      developed: { type: 'final' },
      failed: { type: 'final' },
    },
  }),
})

test('a fake answers with a value, an error, what a function makes of the call, or when it is told', async () => {
  const { task, fakes } = fakeActors(camera, { shoot: 'front.jpg', develop: waits, light: waits })
  const board = await boardWith({ tasks: [task] })
  const at = async (id: string) => (await board.runtime.get(id))?.machine?.value
  const one = await board.runtime.enqueue('camera', undefined)
  await board.settled()
  expect(await at(one.id)).toBe('developing')
  fakes.develop.resolve('developed')
  await board.settled()
  await board.assertState(one.id, 'FINISHED')
  fakes.shoot.answers(new Error('too dark'))
  const two = await board.runtime.enqueue('camera', undefined)
  await board.settled()
  await board.assertState(two.id, 'FINISHED')
  fakes.shoot.answers(({ n }: { n: number }) => {
    if (n < 4) throw new Error(`not the ${n}th time`)
  })
  for (let n = 0; n < 2; n++) await board.runtime.enqueue('camera', undefined)
  await board.settled()
  expect(fakes.shoot.calls.map(({ n }) => n)).toEqual([1, 2, 3, 4])
  expect(fakes.develop.calls.length).toBe(2)
})

test('a call knows its task, its invoke, its input and its idempotency key', async () => {
  const { task, fakes } = fakeActors(camera, { shoot: waits, develop: waits })
  const board = await boardWith({ tasks: [task] })
  const { id } = await board.runtime.enqueue('camera', undefined)
  await board.settled()
  expect(fakes.shoot.waiting).toMatchObject([{ name: 'shoot', task: id, actor: 'shot', key: `${id}/shot`, n: 1 }])
  fakes.shoot.resolve()
  await board.settled()
  // It runs below a machine that the task's own has invoked.
  expect(fakes.develop.waiting).toMatchObject([{ task: id, key: undefined }])
  expect(board.effects.map(({ name }) => name)).toEqual(['shoot', 'develop'])
})

test('what is started again after a crash is another call of the same effect; the dead one is not answered', async () => {
  const { task, fakes } = fakeActors(camera, { shoot: waits })
  const board = await boardWith({ tasks: [task] })
  const { id } = await board.runtime.enqueue('camera', undefined)
  await board.settled()
  await board.crash()
  expect(fakes.shoot.waiting).toEqual([])
  await board.restart()
  expect(fakes.shoot.calls.length).toBe(2)
  expect(fakes.shoot.effects.length).toBe(1)
  expect(fakes.shoot.waiting.length).toBe(1)
  fakes.shoot.reject(new Error('too dark'))
  await board.settled()
  await board.assertState(id, 'FINISHED')
  expect(() => fakes.shoot.resolve()).toThrow("No call of the fake 'shoot' waits for an answer; it was called 2 times.")
})

test('a ready-made actor that is faked has a key for each invocation, the same after a crash', async () => {
  const machine = setup({ actors: standardLogic() }).createMachine({
    initial: 'asking',
    states: {
      asking: {
        invoke: { src: 'http.request', input: { url: 'http://station/' }, onDone: { target: 'asking', reenter: true } },
      },
    },
  })
  const { task, fakes } = fakeActors(defineTask({ kind: 'poll', machine }), { 'http.request': waits })
  const board = await boardWith({ tasks: [task] })
  await board.runtime.enqueue('poll', undefined as never)
  await board.settled()
  await board.crash()
  await board.restart()
  fakes['http.request'].resolve({ status: 200 })
  await board.settled()
  const [first, again, next] = fakes['http.request'].calls.map(({ key }) => key)
  expect(first).toMatch(/^.+\..{22}$/)
  expect(again).toBe(first)
  expect(next).not.toBe(first)
})

test('a state that is left stops its fake', async () => {
  const { task, fakes } = fakeActors(camera, { shoot: waits })
  const board = await boardWith({ tasks: [task] })
  const { id } = await board.runtime.enqueue('camera', undefined)
  await board.settled()
  await board.runtime.send(id, { type: 'STOP' })
  await board.settled()
  expect(fakes.shoot.calls[0]?.signal.aborted).toBe(true)
  expect(fakes.shoot.waiting).toEqual([])
})

test('the processor of a kind is faked whatever it is, and a cancelled run leaves its slot', async () => {
  const there = { file: new URL('file:///nowhere.mjs') }
  const upload = fakeRun(defineTask({ kind: 'upload', retry: { attempts: 2, delay: '1m' }, run: () => 'real' }), waits)
  const module = fakeRun(defineTask({ kind: 'module', module: there.file, isolate: 'thread' }), 'of the fake')
  const played = fakeRun(camera, 'a picture')
  const remote = fakeRun(defineTask({ kind: 'remote', remote: true }), 'from afar')
  const board = await boardWith({
    tasks: [upload.task, module.task, played.task, remote.task],
    routes: { default: { concurrency: 1 } },
  })
  const first = await board.runtime.enqueue('upload', 'a')
  const second = await board.runtime.enqueue('upload', 'b')
  await board.settled()
  expect(upload.fake.waiting).toMatchObject([{ task: first.id, input: 'a', key: first.id }])
  await board.runtime.cancel(first.id)
  await board.settled()
  upload.fake.reject(new Error('broken'))
  await board.settled()
  await board.assertState(second.id, 'FAILED')
  await board.advance('1m')
  upload.fake.resolve('etag')
  expect(await board.runtime.handle(second.id).finished()).toBe('etag')
  for (const [kind, result] of [
    ['module', 'of the fake'],
    ['camera', 'a picture'],
    ['remote', 'from afar'],
  ] as const) {
    expect(await (await board.runtime.enqueue(kind, undefined as never)).finished()).toBe(result)
  }
})

test('a name that the machine does not have, and a kind without a machine, are refused in words', () => {
  expect(() => fakeActors(camera, { shot: waits })).toThrow(
    "The machine of 'camera' has no actor 'shot'. It has: light, shoot, child, develop.",
  )
  expect(() => fakeActors(defineTask({ kind: 'work', run: () => null }), {})).toThrow('fake it with fakeRun()')
})

test('the fakes of a kind with versions stand in all of them', async () => {
  const shooting = (version: number) => ({
    kind: 'camera',
    version,
    machine: {
      initial: 'shooting',
      states: { shooting: { invoke: { src: 'shoot', input: version, onDone: 'done' } }, done: { type: 'final' } },
    },
  })
  const parts = { actors: { shoot: real } }
  const { task, fakes } = fakeActors(loadMachine(shooting(1), parts), { shoot: waits })
  const board = await boardWith({ tasks: [task] })
  await board.runtime.enqueue('camera', null, { id: 'early' })
  await board.settled()
  await board.crash()
  const both = fakeActors(loadMachine([shooting(1), shooting(2)], parts), { shoot: 'front.jpg' })
  await board.restart({ options: { tasks: [both.task] } })
  await board.runtime.enqueue('camera', null, { id: 'late' })
  await board.settled()
  expect(fakes.shoot.calls.map(({ input }) => input)).toEqual([1])
  expect(both.fakes.shoot.calls.map(({ input }) => input)).toEqual([1, 2])
  for (const id of ['early', 'late']) await board.assertState(id, 'FINISHED')
})
