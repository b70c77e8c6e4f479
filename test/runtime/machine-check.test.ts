/** A look at a store with other definitions, before a daemon starts with them: what it says is what the start does. */
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { type AnyDefinition, checkMachines, defineTask, type Migration } from '../../src/index.js'
import { boot, facts, NEAR, onDisk, refusal, temporaryDirectory } from './lab.js'

const waiter = (state: string) =>
  setup({}).createMachine({ initial: state, states: { [state]: { on: { end: 'over' } }, over: { type: 'final' } } })
const up: Migration = (old, input) => {
  if ((input as { bad?: boolean }).bad) throw new Error('no way')
  return { ...old, value: 'later' }
}
const plain = defineTask({ kind: 'plain', run: () => 1 })
const v1 = defineTask({ kind: 'wait', machine: waiter('first') })
const v2 = defineTask({ kind: 'wait', version: 2, machine: waiter('later'), migrate: { 1: up } })
const both = defineTask({
  kind: 'wait',
  versions: [
    { version: 1, machine: waiter('first') },
    { version: 2, machine: waiter('later') },
  ],
})

async function stored(): Promise<string> {
  const path = await temporaryDirectory()
  const entered = facts('task.committed')
  const runtime = await boot({ path, tasks: [v1, plain] })
  for (const id of ['a', 'b', 'bad']) {
    await runtime.enqueue('wait', { bad: id === 'bad' }, { id })
    await entered.first((fact) => fact.id === id && fact.to === 'RUNNING')
  }
  await runtime.enqueue('wait', {}, { in: '1h' })
  await runtime.enqueue('plain', null, { in: NEAR })
  await runtime.stop()
  return path
}

const counts = async (path: string, tasks: readonly AnyDefinition[]) => {
  const { versions } = await checkMachines({ path, tasks })
  return versions.map(({ kind, version, same, migrated, quarantined }) => [kind, version, same, migrated, quarantined])
}

test('it counts what goes on, is led on, plays on beside, and would be set aside, and changes nothing', async () => {
  const path = await stored()
  const before = await onDisk(path, async (database) => await database.iterator().all())
  expect(await counts(path, [v1, plain])).toEqual([
    ['plain', 1, 1, 0, 0],
    ['wait', 1, 4, 0, 0],
  ])
  expect(await counts(path, [both, plain])).toEqual([
    ['plain', 1, 1, 0, 0],
    ['wait', 1, 4, 0, 0],
  ])
  expect(await counts(path, [v2, plain])).toEqual([
    ['plain', 1, 1, 0, 0],
    ['wait', 1, 1, 2, 1],
  ])
  expect(await counts(path, [v2])).toEqual([
    ['plain', 1, 0, 0, 1],
    ['wait', 1, 1, 2, 1],
  ])
  expect((await checkMachines({ path, tasks: [v2, plain] })).versions[1]?.reasons).toEqual([
    { id: 'bad', code: 'ERR_INVALID_MACHINE', reason: expect.stringMatching(/migrate\[1\].*no way/) },
  ])
  expect(await onDisk(path, async (database) => await database.iterator().all())).toEqual(before)
})

test('what was set aside is counted apart: what would come back, and what would not', async () => {
  const path = await stored()
  const aside = facts('task.quarantined')
  const runtime = await boot({ path, tasks: [v2, plain] })
  expect((await refusal(runtime.send('bad', { type: 'end' }))).code).toBe('ERR_NOT_FOUND')
  await aside.first()
  await runtime.stop()
  expect((await checkMachines({ path, tasks: [v2, plain] })).aside).toEqual({ back: 0, stay: 1 })
  expect((await checkMachines({ path, tasks: [both, plain] })).aside).toEqual({ back: 1, stay: 0 })
})

test('a store that is open, or is none, is not looked at', async () => {
  const path = await temporaryDirectory()
  expect((await refusal(checkMachines({ path, tasks: [plain] }))).code).toBe('ERR_NOT_FOUND')
  await boot({ path, tasks: [plain] })
  expect((await refusal(checkMachines({ path, tasks: [plain] }))).code).toBe('ERR_STORE_LOCKED')
})
