/**
 * A hundred clients for a minute at a daemon whose heap is small, so that what it keeps is soon seen: nothing is lost,
 * memory is flat, no socket stays. HOLDFAST_SEED repeats it.
 */
import { expect, test } from 'vitest'
import { board } from '../api/board.js'
import { complaints, crowd, socketsOf } from '../api/crowd.js'
import { SEED } from '../support/chance.js'

const CLIENTS = 100
const LASTS_MS = 60_000
/** MiB. Some 30 of it are in use: there is little room for what should have gone. */
const HEAP = 64
/** MiB from the second third to the last: 2 KB that stay of each request are more. */
const MOST_GROWN = 15

test(`a load of ${CLIENTS} clients for ${LASTS_MS / 1000} s loses nothing and keeps memory flat (seed ${SEED})`, async () => {
  const b = await board({}, { env: { NODE_OPTIONS: `--max-old-space-size=${HEAP}` } })
  const before = socketsOf(b.pid)
  const until = performance.now() + LASTS_MS
  const told = await crowd(b, { clients: CLIENTS, goesOn: () => performance.now() < until, seed: SEED })
  expect((await complaints(b, told)).slice(0, 5)).toEqual([])
  expect(told.acknowledged.size).toBeGreaterThan(10_000)
  const third = Math.floor(told.memory.length / 3)
  const [second, last] = [median(told.memory.slice(third, 2 * third)), median(told.memory.slice(2 * third))]
  expect(last, `${second} MiB in the second third`).toBeLessThan(second + MOST_GROWN)
  while (socketsOf(b.pid) > before) await b.get('/healthz')
})

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
}
