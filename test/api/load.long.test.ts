/** A crowd of clients for some seconds' worth of cycles; test/torture/api-load.test.ts lets it go on for a minute. */
import { expect, test } from 'vitest'
import { SEED } from '../support/chance.js'
import { board } from './board.js'
import { complaints, crowd, socketsOf } from './crowd.js'

const CLIENTS = 100
const CYCLES = 1_500

test('a crowd, some of which die in the middle: every task is there once and FINISHED, no socket stays', async () => {
  const b = await board()
  const before = socketsOf(b.pid)
  const told = await crowd(b, { clients: CLIENTS, goesOn: (cycles) => cycles < CYCLES, seed: SEED })
  expect((await complaints(b, told)).slice(0, 5), `seed ${SEED}`).toEqual([])
  expect(told.acknowledged.size).toBeGreaterThan(CYCLES)
  expect(told.heard).toBeGreaterThan(CYCLES / 10)
  expect(told.died).toBeGreaterThan(CYCLES / 10)
  while (socketsOf(b.pid) > before) await b.get('/healthz')
})
