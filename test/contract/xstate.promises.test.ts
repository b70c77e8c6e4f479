/** What the standard actors stand on: promise logic ends by an event of its own, and its snapshot may carry more. */
import { expect, test } from 'vitest'
import { type AnyActorLogic, createActor, fromPromise } from 'xstate'

interface System {
  _relay(from: unknown, to: unknown, event: object): void
}

test('a promise that is told its end has ended within that call, and does not hear of its own end', async () => {
  const logic = fromPromise(async ({ self, system }) => {
    await Promise.resolve()
    const relay = (system as unknown as System)._relay.bind(system)
    relay(self, self, { type: 'xstate.promise.resolve', data: 'told' })
    expect(self.getSnapshot()).toMatchObject({ status: 'done', output: 'told' })
    throw new Error('nobody hears it')
  })
  const actor = createActor(logic).start()
  await new Promise<void>((resolve) => void actor.subscribe({ complete: resolve }))
  await new Promise(setImmediate)
  expect(actor.getSnapshot()).toMatchObject({ status: 'done', output: 'told' })
})

test('what the first snapshot of a promise carries is kept, persisted and restored', async () => {
  const inner: AnyActorLogic = fromPromise(async ({ self }) => (self.getSnapshot() as unknown as { key: string }).key)
  const logic: AnyActorLogic = Object.create(inner, {
    getInitialSnapshot: {
      value: (...given: Parameters<AnyActorLogic['getInitialSnapshot']>) => ({
        ...inner.getInitialSnapshot(...given),
        key: 'kept',
      }),
    },
  })
  const snapshot = JSON.parse(JSON.stringify(createActor(logic).getPersistedSnapshot()))
  const actor = createActor(inner, { snapshot }).start()
  await new Promise<void>((resolve) => void actor.subscribe({ complete: resolve }))
  expect(actor.getSnapshot()).toMatchObject({ output: 'kept', key: 'kept' })
})
