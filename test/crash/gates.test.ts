/** A closed gate is closed after a kill, too: it is asked again, and nothing that waits for it has run or is lost. */
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/stores.js'
import { Board } from './daemon.js'

test('killed while its gate is closed: what waits runs in no life in which it stays closed, and all of it in the next', async () => {
  const board = new Board(await temporaryDirectory())
  await board.dies('gated.mjs', ['shut'])
  for (let life = 0; life < 2; life++) await board.finish('gated.mjs', ['still'])
  await board.finish('gated.mjs', ['open'])
  const facts = await board.facts()
  const of = (fact: string) => facts.filter((each) => each.fact === fact)
  expect(of('TOLD')).toMatchObject([{ id: 'u1', code: 'gate' }])
  expect(of('RUN').map(({ id, mode }) => [id, mode])).toEqual([
    ['u1', 'shut'],
    ['u1', 'open'],
    ['u2', 'open'],
    ['u3', 'open'],
  ])
  expect(of('GATE').map(({ state }) => state)).toEqual(['closed', 'closed'])
  expect(new Set(of('LEFT').map(({ state }) => state))).toEqual(new Set(['QUEUED']))
  expect(of('DONE').map(({ id }) => id)).toEqual(of('ACK').map(({ id }) => id))
})
