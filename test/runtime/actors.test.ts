/** The runtime as XState sees it: the root, its system, and the actor of a task. */
import { expect, test } from 'vitest'
import { setup, waitFor } from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, facts, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })

interface Ref {
  getSnapshot(): { readonly value: unknown; readonly status: string; readonly context: Record<string, unknown> }
  send(event: object): void
}

test('runtime.actor is the root, and its system has the router, the manifest and a worker a route', async () => {
  const runtime = await boot({ tasks: [noop], routes: { network: { concurrency: 2 } } })
  expect(runtime.actor.getSnapshot().status).toBe('active')
  const get = (name: string) => (runtime.system as unknown as { get(name: string): Ref }).get(name)
  expect(get('router').getSnapshot().value).toBe('waiting')
  expect(get('manifest').getSnapshot().value).toBe('watching')
  expect(get('route:default').getSnapshot().value).toEqual({ open: 'idle' })
  expect(get('route:network').getSnapshot().context).toMatchObject({ route: 'network', concurrency: 2 })
  await runtime.stop()
  expect(runtime.actor.getSnapshot().status).toBe('done')
})

test('the actor of a task shows its snapshot, tells every committed step, and can be waited for', async () => {
  const runtime = await boot({ tasks: [noop] })
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const actor = await runtime.task(task.id)
  expect(actor.getSnapshot().value).toBe('SPOOLED')
  expect(actor.machine).toBeUndefined()
  const states: unknown[] = []
  actor.subscribe((snapshot) => void states.push(snapshot.value))
  await runtime.reschedule(task.id, { in: 0 })
  const end = await waitFor(actor as never, (snapshot: { value: string }) => snapshot.value === 'FINISHED')
  expect(end).toMatchObject({ value: 'FINISHED', context: { result: 'done' } })
  expect(states.filter((state, i) => state !== states[i - 1])).toEqual(['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'])
})

test('the same task has the same actor, until it is stopped', async () => {
  const runtime = await boot({ tasks: [noop] })
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const actor = await runtime.task(task.id)
  expect(await runtime.task(task.id)).toBe(actor)
  actor.stop()
  const next = await runtime.task(task.id)
  expect(next).not.toBe(actor)
  expect(next.getSnapshot()).toMatchObject({ value: 'SPOOLED', status: 'active' })
})

test('a task that ended and was put back has an actor that goes on', async () => {
  const runtime = await boot({ tasks: [noop] })
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const actor = await runtime.task(task.id)
  await runtime.cancel(task.id)
  expect(actor.getSnapshot().value).toBe('TERMINATED')
  const end = waitFor(actor as never, (snapshot: { value: string }) => snapshot.value === 'FINISHED')
  actor.send({ type: 'retry' })
  await end
  expect(await task.finished()).toBe('done')
  expect((await runtime.task(task.id)).getSnapshot().value).toBe('FINISHED')
})

test('pause, resume and cancel can be sent to the actor of a task', async () => {
  const runtime = await boot({ tasks: [noop] })
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const actor = await runtime.task(task.id)
  const paused = waitFor(actor as never, (snapshot: { context: { paused: boolean } }) => snapshot.context.paused)
  actor.send({ type: 'pause' })
  await paused
  const cancelled = waitFor(actor as never, (snapshot: { value: string }) => snapshot.value === 'TERMINATED')
  actor.send({ type: 'cancel' })
  await cancelled
  expect(await task.get()).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
})

test('an event that a task cannot take is logged and harms nobody', async () => {
  const at = stations()
  const log = { debug: () => {}, info: () => {}, warn: () => void at.stop('warned'), error: () => {} }
  const runtime = await boot({ tasks: [noop], log })
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  ;(await runtime.task(task.id)).send({ type: 'whatever' })
  await at.reached('warned')
  expect(await task.get()).toMatchObject({ state: 'SPOOLED' })
})

test('a sleeping task is read back for its actor, after a restart too', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop] })
  await before.enqueue('noop', null, { id: 'a', in: '1h' })
  await before.stop()
  const activated = facts('task.activated')
  const runtime = await boot({ path, tasks: [noop] })
  expect(activated.seen).toEqual([])
  const actor = await runtime.task('a')
  expect(actor.getSnapshot()).toMatchObject({ value: 'SPOOLED', context: { id: 'a' } })
  expect(activated.seen).toEqual([{ id: 'a' }])
})

test('.machine of an actor is the machine of its task, as of its last commit', async () => {
  const light = setup({ types: { events: {} as { type: 'next' } } }).createMachine({
    initial: 'red',
    states: { red: { on: { next: 'green' } }, green: { on: { next: 'off' } }, off: { type: 'final' } },
  })
  const steps = facts('task.committed')
  const runtime = await boot({ tasks: [defineTask({ kind: 'light', machine: light })] })
  const task = await runtime.enqueue('light')
  await steps.first(({ to }) => to === 'RUNNING')
  const { machine } = await runtime.task(task.id)
  expect(machine?.getSnapshot().value).toBe('red')
  const green = waitFor(machine as never, (snapshot: { value: string }) => snapshot.value === 'green')
  machine?.send({ type: 'next' })
  await green
  expect((await task.get())?.machine?.value).toBe('green')
  await runtime.send(task.id, { type: 'next' })
  await task.finished()
})

test('.machine is there as soon as the machine of a watched task begins', async () => {
  const light = setup({}).createMachine({
    initial: 'red',
    states: { red: { on: { next: 'off' } }, off: { type: 'final' } },
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'light', machine: light })] })
  const task = await runtime.enqueue('light', null as never, { paused: true })
  const actor = await runtime.task(task.id)
  expect(actor.machine).toBeUndefined()
  const runs = waitFor(actor as never, (snapshot: { value: string }) => snapshot.value === 'RUNNING')
  await runtime.resume(task.id)
  await runs
  expect(actor.machine?.getSnapshot().value).toBe('red')
})
