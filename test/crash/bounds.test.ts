/** Everything is bounded: a bound holds after a power cut as it did before. */
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { HISTORY_FIRST, HISTORY_LATEST } from '../../machines/index.js'
import { defineTask } from '../../src/runtime/define.js'
import { snooze } from '../../src/runtime/outcome.js'
import { codeOf, doomed, latch, later, next, noting, runtimeOn, settled } from './in-process.js'

test('Everything is bounded: a queue that was full is full after a restart', async () => {
  const full = { routes: { default: { concurrency: 1, queueLimit: 3 } } }
  const stuck = latch()
  const { runtime, clock, cut } = await doomed([noting('slow', [], stuck.opened)], full)
  const begun = next('run.start')
  await runtime.enqueue('slow', {}, { id: 'slow' })
  await begun
  for (let n = 0; n < 3; n++) await runtime.enqueue('slow', { n })
  expect(await codeOf(runtime.enqueue('slow', {}))).toBe('ERR_QUEUE_FULL')
  const again = next('run.start')
  const after = await runtimeOn(cut(), [noting('slow', [], stuck.opened)], full, later(clock, 1))
  await again
  expect(await codeOf(after.enqueue('slow', {}))).toBe('ERR_QUEUE_FULL')
  stuck.open()
  await settled(after)
  expect((await after.enqueue('slow', {})).created).toBe(true)
})

test('Everything is bounded: a mailbox that was full is full after a restart', async () => {
  const machine = setup({}).createMachine({
    initial: 'on',
    states: { on: { on: { end: 'off' } }, off: { type: 'final' } },
  })
  const tasks = [defineTask({ kind: 'machine', machine })]
  const bounded = { limits: { mailbox: 2 } }
  const { runtime, clock, cut } = await doomed(tasks, bounded)
  await runtime.enqueue('machine', undefined, { id: 'machine', in: '1h' })
  for (let n = 0; n < 2; n++) await runtime.send('machine', { type: 'end' })
  expect(await codeOf(runtime.send('machine', { type: 'end' }))).toBe('ERR_MAILBOX_FULL')
  const after = await runtimeOn(cut(), tasks, bounded, later(clock, 1))
  expect(await codeOf(after.send('machine', { type: 'end' }))).toBe('ERR_MAILBOX_FULL')
})

test('Everything is bounded: a history that was cut keeps its first and its latest entries over a restart', async () => {
  const snoozing = defineTask({ kind: 'snoozing', run: () => snooze(1000) })
  const { runtime, clock, cut } = await doomed([snoozing])
  await runtime.enqueue('snoozing', {}, { id: 'snoozing' })
  for (let n = 0; n < 30; n++) {
    const asleep = next('task.committed', ({ to }) => to === 'SPOOLED')
    clock.advance(1000)
    await asleep
  }
  const before = (await runtime.get('snoozing'))?.history
  const after = await runtimeOn(cut(), [snoozing], {}, later(clock, 1))
  expect((await after.get('snoozing'))?.history).toEqual(before)
  expect(before?.length).toBe(HISTORY_FIRST + HISTORY_LATEST)
  expect(before?.[0]?.state).toBe('NONE')
})
