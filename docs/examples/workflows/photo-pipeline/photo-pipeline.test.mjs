import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadMachines } from 'holdfast/configs'
import { fakeActors, testRuntime } from 'holdfast/testing'

const [pipeline, publish] = loadMachines(fileURLToPath(new URL('machines', import.meta.url)))

/** A board with a picture on its way; `asked` is what the services were asked for. */
async function pictureTaken() {
  const asked = []
  const answer = ({ input: { url, body } }) => void asked.push([new URL(url).pathname, body.try].join(' ').trim())
  const parts = [pipeline, publish].map((kind) => fakeActors(kind, { 'http.request': answer }).task)
  const board = await testRuntime({ tasks: parts })
  await board.runtime.enqueue('photo-pipeline', { picture: 'a.jpg', task: 'a' }, { id: 'a' })
  await board.settled()
  const tell = async (event) => {
    await board.runtime.send('a', event)
    await board.settled()
  }
  return { board, asked, tell }
}

test('both services report, in any order and over a power cut, and the page is made of both', async () => {
  const { board, asked, tell } = await pictureTaken()
  await tell({ type: 'CAPTION_DONE', text: 'a door' })
  await board.crash()
  await board.restart({ off: '1m' })
  await tell({ type: 'PHOTO_DONE', file: 'large.jpg' })
  assert.deepEqual(await board.runtime.handle('a').finished(), { photo: 'large.jpg', caption: 'a door' })
  assert.deepEqual(asked, ['/photos 1', '/captions 1', '/pages'])
  await board.close()
})

test('a photo that fails three times is withdrawn; the caption is published without it', async () => {
  const { board, asked, tell } = await pictureTaken()
  await tell({ type: 'CAPTION_DONE', text: 'a door' })
  for (const number of [1, 2, 3]) {
    await tell({ type: 'PHOTO_FAILED', try: number })
    await board.advance('30s')
  }
  assert.deepEqual(asked, ['/photos 1', '/captions 1', '/photos 2', '/photos 3', '/photos/withdrawn', '/pages'])
  await board.assertEnqueued({ kind: 'publish', input: { photo: null, caption: 'a door' }, state: 'FINISHED' })
  await board.close()
})

test('what an earlier try comes to is of no interest, unless it is good', async () => {
  const { board, asked, tell } = await pictureTaken()
  await board.advance('330s')
  assert.deepEqual(asked.slice(2), ['/photos 2', '/captions 2'])
  await tell({ type: 'PHOTO_FAILED', try: 1 })
  await board.advance('1m')
  assert.equal(asked.length, 4)
  await tell({ type: 'PHOTO_DONE', file: 'late.jpg' })
  await tell({ type: 'CAPTION_DONE', text: 'late' })
  assert.deepEqual(await board.runtime.handle('a').finished(), { photo: 'late.jpg', caption: 'late' })
  await board.close()
})
