import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadMachines } from 'holdfast/configs'
import { fakeActors, testRuntime } from 'holdfast/testing'
import { gameAt } from './feed.mjs'

const [announce, boxScore] = loadMachines(fileURLToPath(new URL('machines', import.meta.url)))
const TIP_OFF = '2026-01-01T20:00:00.000Z'

/** A board on which a game is followed; `asked` has the times of the polls. */
async function evening() {
  const asked = []
  let board
  const followed = fakeActors(boxScore, {
    'http.request': () => {
      asked.push(board.now.slice(11, 16))
      return gameAt((Date.parse(board.now) - Date.parse(TIP_OFF)) / 60_000)
    },
  })
  const shown = fakeActors(announce, { 'http.request': {} })
  board = await testRuntime({ tasks: [shown.task, followed.task] })
  await board.runtime.enqueue('box-score', { game: 'finals-7' }, { id: 'finals-7', runAt: TIP_OFF })
  const score = async () => (await board.tasks({ kind: 'announce' })).map(({ input }) => input.play.score).sort()
  return { board, asked, score, shown: shown.fakes['http.request'] }
}

test('it starts at game time, asks every ten minutes, and ends with the game', async () => {
  const { board, asked, score, shown } = await evening()
  await board.advance('19h')
  await board.assertState('finals-7', 'SPOOLED')
  await board.advance('2h')
  assert.deepEqual(asked, ['20:00', '20:10', '20:20', '20:30', '20:40', '20:50'])
  assert.deepEqual(await board.runtime.handle('finals-7').finished(), { plays: 6, score: '9-5' })
  const told = (await board.runtime.events('finals-7')).map(({ event }) => event.play.score)
  assert.deepEqual(told, ['2-0', '2-3', '4-3', '7-3', '7-5', '9-5'])
  assert.deepEqual(await score(), [...told].sort())
  assert.equal(shown.calls.length, 6)
  await board.close()
})

test('a setting that is changed while it runs holds from the next poll on', async () => {
  const { board, asked } = await evening()
  await board.advance('20h')
  await board.runtime.kinds.set('box-score', { every: '20m' })
  await board.advance('30m')
  assert.deepEqual(asked, ['20:00', '20:10', '20:30'])
  await board.runtime.send('finals-7', { type: 'POLL' })
  await board.advance('1h')
  assert.deepEqual(asked, ['20:00', '20:10', '20:30', '20:30', '20:50'])
  await board.close()
})

test('a power cut in the middle of the game loses no play and tells none twice', async () => {
  const { board, asked, score } = await evening()
  await board.advance('20h')
  await board.advance('10m')
  await board.crash({ torn: true })
  await board.restart({ off: '27m' })
  assert.deepEqual(asked, ['20:00', '20:10', '20:37'])
  await board.advance('1h')
  assert.deepEqual(await score(), ['2-0', '2-3', '4-3', '7-3', '7-5', '9-5'])
  await board.close()
})
