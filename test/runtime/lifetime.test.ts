/** start and stop, once each and in that order; one owner of a directory; the process lives as long as the runtime. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createRuntime, defineTask, type RunningTask, type Runtime } from '../../src/index.js'
import { boot, facts, refusal, silent, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Every method that needs a runtime at work. */
const calls: Record<string, (runtime: Runtime) => Promise<unknown>> = {
  enqueue: (runtime) => runtime.enqueue('noop'),
  enqueueMany: (runtime) => runtime.enqueueMany([]),
  get: (runtime) => runtime.get('a'),
  find: (runtime) => runtime.find(),
  count: (runtime) => runtime.count(),
  cancel: (runtime) => runtime.cancel('a'),
  pause: (runtime) => runtime.pause('a'),
  resume: (runtime) => runtime.resume('a'),
  retry: (runtime) => runtime.retry('a'),
  reschedule: (runtime) => runtime.reschedule('a', { in: 1 }),
  remove: (runtime) => runtime.remove('a'),
  send: (runtime) => runtime.send('a', { type: 'x' }),
  events: (runtime) => runtime.events(),
  task: (runtime) => runtime.task('a'),
  'quarantine.list': (runtime) => runtime.quarantine.list(),
  'quarantine.retry': (runtime) => runtime.quarantine.retry('a'),
}

test('before start() every call answers ERR_NOT_STARTED, after stop() ERR_STOPPED', async () => {
  const runtime: Runtime = createRuntime({ path: await temporaryDirectory(), tasks: [noop], log: silent })
  for (const call of Object.values(calls)) {
    expect(await refusal(call(runtime))).toMatchObject({ code: 'ERR_NOT_STARTED', hint: expect.any(String) })
  }
  await runtime.start()
  await runtime.stop()
  for (const call of Object.values(calls)) expect(await refusal(call(runtime))).toMatchObject({ code: 'ERR_STOPPED' })
})

test('a runtime starts once', async () => {
  const runtime = await boot({ tasks: [noop] })
  expect(await refusal(runtime.start())).toMatchObject({ code: 'ERR_STARTED' })
  expect(await (await runtime.enqueue('noop')).finished()).toBe('done')
  await runtime.stop()
  expect(await refusal(runtime.start())).toMatchObject({ code: 'ERR_STOPPED' })
})

test('stop() may be called before start(), twice, and at once', async () => {
  const never = createRuntime({ path: await temporaryDirectory(), tasks: [noop] })
  await never.stop()
  await never.done
  expect(await refusal(never.start())).toMatchObject({ code: 'ERR_STOPPED' })
  const runtime = await boot({ tasks: [noop] })
  await Promise.all([runtime.stop(), runtime.stop(), runtime.done])
  await runtime.stop()
})

test('stop() while start() is under way ends in a stopped runtime', async () => {
  const path = await temporaryDirectory()
  const runtime = createRuntime({ path, tasks: [noop], log: silent })
  const started = runtime.start().catch(() => undefined)
  await runtime.stop()
  await started
  expect(await refusal(runtime.enqueue('noop'))).toMatchObject({ code: 'ERR_STOPPED' })
  const next = await boot({ path, tasks: [noop] })
  expect(await (await next.enqueue('noop')).finished()).toBe('done')
})

test('two runtimes on one directory: the second is refused, harms nobody, and can be stopped', async () => {
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks: [noop] })
  const second = createRuntime({ path, tasks: [noop], log: silent })
  expect(await refusal(second.start())).toMatchObject({ code: 'ERR_STORE_LOCKED', hint: expect.any(String) })
  await second.stop()
  expect(await (await first.enqueue('noop')).finished()).toBe('done')
})

test('a directory that cannot be made is ERR_STORE_IO', async () => {
  const path = join(await temporaryDirectory(), 'a file')
  await writeFile(path, '')
  const runtime = createRuntime({ path: join(path, 'store'), tasks: [noop], log: silent })
  expect(await refusal(runtime.start())).toMatchObject({ code: 'ERR_STORE_IO', hint: expect.any(String) })
  await runtime.stop()
})

test('while it stops nothing more is taken, and what is there can be read', async () => {
  const at = stations()
  const gate = defineTask({ kind: 'gate', run: () => at.stop('gate') })
  const runtime = await boot({ tasks: [gate] })
  const task = await runtime.enqueue('gate')
  await at.reached('gate')
  const stopped = runtime.stop({ drain: '10s' })
  expect(await refusal(runtime.enqueue('gate'))).toMatchObject({ code: 'ERR_STOPPED' })
  expect((await task.get())?.state).toBe('RUNNING')
  at.pass('gate')
  expect(await task.finished()).toBeNull()
  await stopped
})

test('what waited goes on after a restart: QUEUED, SPOOLED, FAILED with a retry, paused', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  let fail = true
  const job = defineTask({
    kind: 'job',
    retry: { attempts: 2, delay: '20ms', jitter: 0 },
    run: async (task: RunningTask<string>) => {
      if (task.input === 'gate' && fail) await at.stop('gate')
      if (task.input === 'fails' && task.attempt === 1) throw new Error('once')
      return task.input
    },
  })
  const steps = facts('task.committed')
  const routes = { default: { concurrency: 1 } }
  const before = await boot({ path, tasks: [job], routes })
  await before.enqueue('job', 'fails', { id: 'fails' })
  await steps.first(({ id, to }) => id === 'fails' && to === 'FAILED')
  await before.enqueue('job', 'gate', { id: 'gate' })
  await at.reached('gate')
  await before.enqueue('job', 'queued', { id: 'queued' })
  await before.enqueue('job', 'spooled', { id: 'spooled', in: 20 })
  await before.enqueue('job', 'paused', { id: 'paused', paused: true })
  await before.stop()
  fail = false
  const runtime = await boot({ path, tasks: [job], routes })
  for (const id of ['fails', 'gate', 'queued', 'spooled']) {
    expect(await (await runtime.enqueue('job', id, { id })).finished()).toBe(id)
  }
  expect(await runtime.get('paused')).toMatchObject({ paused: true, state: 'SPOOLED' })
  await runtime.resume('paused')
  expect(await (await runtime.enqueue('job', 'paused', { id: 'paused' })).finished()).toBe('paused')
})

const program = `
import { createRuntime, defineTask } from '${ROOT}dist/src/index.js'
const runtime = createRuntime({ path: process.argv[1], tasks: [defineTask({ kind: 'noop', run: () => 'done' })] })
await runtime.start()
console.log('started')
process.stdin.once('data', async () => { await runtime.stop(); process.stdin.destroy(); console.log('stopped') })
process.stdin.unref()
`

test('an embedding process stays alive until stop(), and ends by itself after it', async () => {
  const path = await temporaryDirectory()
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let told = ''
  child.stdout.setEncoding('utf8')
  for await (const chunk of child.stdout) {
    told += chunk
    if (told === 'started\n') {
      // Another runtime in another process is refused while this one lives: it has not ended.
      const second = createRuntime({ path, tasks: [noop], log: silent })
      expect(await refusal(second.start())).toMatchObject({ code: 'ERR_STORE_LOCKED' })
      child.stdin.write('stop\n')
    }
  }
  expect(await closed).toEqual([0, null])
  expect(told).toBe('started\nstopped\n')
})

test('what runs over a stop may end at any moment of it: no actor is told of it that is gone', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warned.mockRestore())
  const path = await temporaryDirectory()
  // Each comes to its end some turns of the loop after it was told to stop.
  const turns = async (count: number) => {
    for (let n = 0; n < count; n++) await new Promise((go) => setImmediate(go))
  }
  const slow = defineTask({
    kind: 'slow',
    run: async (task: RunningTask<number>) => {
      await new Promise((go) => task.signal.addEventListener('abort', go))
      await turns(task.input)
    },
  })
  for (let n = 0; n < 4; n++) {
    const runtime = await boot({ path, tasks: [slow, noop], routes: { default: { concurrency: 30 } } })
    const started = facts('run.start')
    await runtime.enqueueMany(Array.from({ length: 30 }, (_, input) => ({ kind: 'slow' as const, input: input * n })))
    await started.first()
    await runtime.stop({ drain: 0 })
  }
  expect(warned.mock.calls).toEqual([])
})
