/** Parts that die are started anew; one that dies too often ends the runtime. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, facts, refusal } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const part = (runtime: { readonly system: unknown }, name: string) =>
  (runtime.system as { get(name: string): { send(event: object): void } }).get(name)

for (const name of ['router', 'manifest']) {
  test(`a ${name} that died is started anew, and nothing is lost`, async () => {
    const restarted = facts('supervisor.restarted')
    let runs = 0
    const flaky = defineTask({
      kind: 'flaky',
      retry: { attempts: 2, delay: 60, jitter: 0 },
      run: () => {
        if (runs++ === 0) throw new Error('once')
        return 'twice'
      },
    })
    const steps = facts('task.committed')
    const runtime = await boot({ tasks: [noop, flaky] })
    const waits = await runtime.enqueue('noop', null, { in: 60 })
    const fails = await runtime.enqueue('flaky')
    await steps.first(({ to }) => to === 'FAILED')
    part(runtime, name).send({ type: 'failed', error: new Error('bug') })
    expect(await restarted.first()).toMatchObject({ child: name })
    expect(await waits.finished()).toBe('done')
    expect(await fails.finished()).toBe('twice')
  })
}

test('a part that dies too often ends the runtime: done rejects with ERR_ESCALATED and the cause', async () => {
  const runtime = await boot({ tasks: [noop], supervision: { restarts: 1, within: '1m' } })
  const cause = new Error('bug')
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const waiting = refusal(task.finished())
  part(runtime, 'router').send({ type: 'failed', error: cause })
  part(runtime, 'router').send({ type: 'failed', error: cause })
  const error = await refusal(runtime.done)
  expect(error).toMatchObject({ code: 'ERR_ESCALATED', hint: expect.any(String) })
  expect(error.cause).toBe(cause)
  expect(await waiting).toMatchObject({ code: 'ERR_STOPPED' })
  expect(await refusal(runtime.enqueue('noop'))).toMatchObject({ code: 'ERR_STOPPED' })
})
