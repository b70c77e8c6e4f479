/** delivery: 'at-most-once' never starts twice, whatever the outcome, except by hand. */
import { expect, test } from 'vitest'
import { defineTask, snooze } from '../../src/index.js'
import { boot, refusal, stations, temporaryDirectory } from './lab.js'

test('a failure is final, whatever attempts are left; by hand it starts again', async () => {
  let runs = 0
  const fire = defineTask({
    kind: 'fire',
    delivery: 'at-most-once',
    retry: { attempts: 9, delay: 0 },
    run: (): null => {
      runs++
      throw new Error('jammed')
    },
  })
  const runtime = await boot({ tasks: [fire] })
  const task = await runtime.enqueue('fire')
  expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_TASK_FAILED' })
  expect(runs).toBe(1)
  expect(await runtime.retry(task.id)).toBe(1)
  await refusal(task.finished())
  expect(runs).toBe(2)
})

test('a time limit is final', async () => {
  const slow = defineTask({
    kind: 'slow',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', no)),
  })
  const runtime = await boot({ tasks: [slow] })
  const options = { delivery: 'at-most-once', timeout: 10, retry: { attempts: 3, delay: 0 } } as const
  const task = await runtime.enqueue('slow', null, options)
  expect(await refusal(task.finished())).toMatchObject({ reason: 'timeout' })
  expect(await task.get()).toMatchObject({ attempt: 1 })
})

test('a snooze would be a second start: it is TERMINATED interrupted', async () => {
  const runtime = await boot({ tasks: [defineTask({ kind: 'nap', delivery: 'at-most-once', run: () => snooze(1) })] })
  const task = await runtime.enqueue('nap')
  expect(await refusal(task.finished())).toMatchObject({ reason: 'interrupted' })
})

test('interrupted by a stop it is TERMINATED interrupted, and its onFailure is made', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const fire = defineTask({ kind: 'fire', delivery: 'at-most-once', run: () => at.stop('run') })
  const alarm = defineTask({ kind: 'alarm', run: ({ cause }) => cause?.state ?? null })
  const before = await boot({ path, tasks: [fire, alarm] })
  await before.enqueue('fire', null, { id: 'a', onFailure: { kind: 'alarm', group: 'follow-up' } })
  await at.reached('run')
  await before.stop()
  const runtime = await boot({ path, tasks: [fire, alarm] })
  expect(await runtime.get('a')).toMatchObject({ state: 'TERMINATED', reason: 'interrupted', attempt: 1 })
  const [follow] = (await runtime.find({ group: 'follow-up' })).items
  const handle = await runtime.enqueue('alarm', null, { id: follow?.id as string })
  expect(await handle.finished()).toBe('TERMINATED')
})
