import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeActors, fakeRun, testRuntime, waits, walk } from 'holdfast/testing'
import { archive, digest, nightly, upload, visit } from './door.mjs'

test('an upload that fails is tried again after a minute, with the same key', async () => {
  const asked = []
  const station = {
    put(file, { key }) {
      asked.push([file, key])
      if (asked.length === 1) throw new Error('the station is away')
      return 'stored'
    },
  }
  const board = await testRuntime({ tasks: [upload(station)] })
  const { id } = await board.runtime.enqueue('upload', { file: 'a.jpg' })
  await board.settled()
  await board.assertState(id, 'FAILED')
  await board.advance('1m')
  await board.assertHistory(id, ['SPOOLED', 'QUEUED', 'RUNNING', 'FAILED', 'SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'])
  assert.deepEqual(asked, [
    ['a.jpg', id],
    ['a.jpg', id],
  ])
  await board.close()
})

test('the upload waits for the archive, whatever happens to the board meanwhile', async () => {
  const tape = fakeRun(archive, waits)
  const sent = fakeRun(upload(), 'stored')
  const board = await testRuntime({ tasks: [tape.task, sent.task] })
  await board.runtime.enqueueMany([
    { kind: 'archive', id: 'day-1', input: { day: 'day-1' } },
    { kind: 'upload', input: { file: 'day-1.tar' }, dependsOn: ['day-1'] },
  ])
  await board.settled()
  await board.crash()
  await board.restart({ off: '2h' })
  await board.assertEnqueued({ kind: 'upload', state: 'SPOOLED', pending: 1 })
  tape.fake.resolve('day-1.tar')
  await board.settled()
  await board.assertEnqueued({ kind: 'upload', input: { file: 'day-1.tar' }, state: 'FINISHED' })
  assert.deepEqual(
    board.effects.map(({ name }) => name),
    ['archive', 'archive', 'upload'],
  )
  await board.close()
})

test('there is a digest for every night of March, also where half past two does not exist', async () => {
  const board = await testRuntime(
    { tasks: [digest, archive], schedules: { nightly } },
    { now: '2026-03-01T00:00', zone: 'Europe/Rome' },
  )
  await board.advance('31d')
  assert.equal((await board.tasks({ kind: 'digest', state: 'FINISHED' })).length, 31)
  await board.assertEnqueued({ kind: 'archive', input: { day: '2026-03-29' }, state: 'FINISHED' })
  await board.refuteEnqueued({ kind: 'archive', input: { day: '2026-04-01' } })
  await board.close()
})

test('who does not answer within a minute finds the visitor gone, also when the power was', async () => {
  const { task, fakes } = fakeActors(visit, { takePicture: 'front.jpg', openDoor: waits })
  const board = await testRuntime({ tasks: [task] })
  const { id } = await board.runtime.enqueue('visit')
  await board.settled()
  await board.crash()
  await board.restart({ off: '50s' })
  await board.advance('9s')
  await board.assertState(id, 'RUNNING')
  await board.advance('1s')
  assert.equal(await board.runtime.handle(id).finished(), 'front.jpg')
  assert.equal(fakes.openDoor.calls.length, 0)
  await board.close()
})

test('a visit comes out the same with a power cut before every event, and in every commit', async () => {
  const { paths, plays } = await walk(visit, {
    events: [{ type: 'OPEN' }, { type: 'IGNORE' }],
    actors: { takePicture: ['front.jpg', new Error('too dark')], openDoor: [null, new Error('it is stuck')] },
    cuts: true,
  })
  assert.ok(paths.includes('takePicture fails (too dark) → OPEN → openDoor is done'))
  assert.ok(plays > 5 * paths.length)
})
