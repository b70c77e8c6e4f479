import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadMachines } from 'holdfast/configs'
import { fakeActors, testRuntime } from 'holdfast/testing'

const [doorAlarm] = loadMachines(fileURLToPath(new URL('machines', import.meta.url)))

/** A board with an open door; `told` is what the phones and the siren were told, and when. */
async function openDoor(answer = () => ({})) {
  const told = []
  let board
  const { task } = fakeActors(doorAlarm, {
    'http.request': ({ input: { body } }) => {
      told.push(`${board.now.slice(14, 19)} ${'on' in body ? `siren ${body.on}` : `loud ${body.loud}`}`)
      return answer(told.length)
    },
  })
  board = await testRuntime({ tasks: [task] })
  await board.runtime.enqueue('door-alarm', { door: 'back' }, { id: 'back' })
  await board.settled()
  return { board, told }
}

const STORY = ['00:00 loud false', '02:00 loud true', '04:00 siren true', '07:00 siren false', '07:00 loud true']

for (const [minutes, happened, last] of [
  [1, 1, []],
  [3, 2, []],
  [5, 3, ['siren false']],
  [8, 5, []],
]) {
  test(`acknowledged after ${minutes} minutes, it has done what there was to do, and nothing is loud`, async () => {
    const { board, told } = await openDoor()
    await board.advance(`${minutes}m`)
    await board.runtime.send('back', { type: 'ACK', by: 'Anna' })
    await board.settled()
    assert.equal((await board.runtime.handle('back').finished()).by, 'Anna')
    assert.deepEqual(told.slice(0, happened), STORY.slice(0, happened))
    assert.deepEqual(
      told.slice(happened).map((each) => each.slice(6)),
      last,
    )
    const events = (await board.runtime.events('back')).map(({ event }) => event)
    assert.deepEqual(events, [{ type: 'acknowledged', by: 'Anna' }])
    await board.close()
  })
}

test('its patience goes on while the board is without power', async () => {
  const { board, told } = await openDoor()
  await board.advance('1m')
  await board.crash()
  await board.restart({ off: '30s' })
  await board.advance('29s')
  assert.equal(told.length, 1)
  await board.advance('1s')
  assert.deepEqual(told, STORY.slice(0, 2))
  await board.close()
})

test('it grows louder though the phones are out of reach, and tries the siren until it is heard', async () => {
  const { board, told } = await openDoor((n) => {
    if (n < 5) throw new Error('out of reach')
  })
  await board.advance('5m')
  assert.deepEqual(told.slice(2), ['04:00 siren true', '04:05 siren true', '04:10 siren true'])
  await board.close()
})
