import { beforeEach, expect, test } from 'vitest'
import { Turns } from '../../../src/devices/sources/turns.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'

let clock: SimulatedClock
let turns: Turns
/** What has begun, in order. */
let begun: string[]
beforeEach(() => {
  clock = new SimulatedClock()
  turns = new Turns(clock, 2, 5_000)
  begun = []
})

/** Work that ends when it is told to. */
function work(bus: string, name: string, signal?: AbortSignal) {
  let end: (value: string) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const done = new Promise<string>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  const taken = turns.take(
    bus,
    name,
    () => {
      begun.push(name)
      return done
    },
    signal,
  )
  taken.catch(() => undefined)
  const settled: { taken: Promise<string>; end(): void; fail(): void } = {
    taken,
    end: () => end(name),
    fail: () => fail(new Error(`${name} broke`)),
  }
  return settled
}

test('one at a time on a bus, in the order in which they came; another bus does not wait', async () => {
  const [one, two, other] = [work('w1', 'one'), work('w1', 'two'), work('dht', 'other')]
  expect(begun).toEqual(['one', 'other'])
  one.end()
  expect(await one.taken).toBe('one')
  expect(begun).toEqual(['one', 'other', 'two'])
  two.end()
  other.end()
  expect([await two.taken, await other.taken]).toEqual(['two', 'other'])
  expect(clock.waiting).toBe(0)
})

test('no more at once than was said, however many buses there are', async () => {
  const works = ['a', 'b', 'c', 'd'].map((name) => work(name, name))
  expect(begun).toEqual(['a', 'b'])
  works[1]?.end()
  await works[1]?.taken
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('one that fails gives its turn to the next', async () => {
  const [one, two] = [work('w1', 'one'), work('w1', 'two')]
  one.fail()
  await expect(one.taken).rejects.toThrow('one broke')
  two.end()
  expect(await two.taken).toBe('two')
})

test('one that takes too long is given up, and its bus is refused until it comes back', async () => {
  const [one, two] = [work('w1', 'one'), work('w1', 'two')]
  clock.advance(4_999)
  expect(begun).toEqual(['one'])
  clock.advance(1)
  await expect(one.taken).rejects.toMatchObject({ code: 'ERR_READING', message: 'one: no answer within 5 s' })
  await expect(two.taken).rejects.toMatchObject({ code: 'ERR_READING', message: 'two: one has not come back' })
  await expect(work('w1', 'three').taken).rejects.toThrow('three: one has not come back')
  const other = work('dht', 'other')
  other.end()
  expect(await other.taken).toBe('other')
  one.end()
  await new Promise((turn) => setImmediate(turn))
  const again = work('w1', 'again')
  again.end()
  expect(await again.taken).toBe('again')
  expect(clock.waiting).toBe(0)
})

test('when all that may run at once are stuck, everybody is told', async () => {
  work('a', 'a')
  work('b', 'b')
  const waiting = work('c', 'c')
  clock.advance(5_000)
  await expect(waiting.taken).rejects.toThrow('c: a has not come back')
  await expect(work('d', 'd').taken).rejects.toThrow('d: a has not come back')
  expect(begun).toEqual(['a', 'b'])
})

test('one that is given up while it waits never begins', async () => {
  const one = work('w1', 'one')
  const giving = new AbortController()
  const two = work('w1', 'two', giving.signal)
  giving.abort()
  await expect(two.taken).rejects.toThrow('two: it was given up')
  one.end()
  await one.taken
  expect(begun).toEqual(['one'])
})

test('one that is given up while it runs keeps its turn to its end: the bus is busy', async () => {
  const giving = new AbortController()
  const one = work('w1', 'one', giving.signal)
  giving.abort()
  await expect(one.taken).rejects.toThrow('one: it was given up')
  const two = work('w1', 'two')
  expect(begun).toEqual(['one'])
  one.end()
  two.end()
  expect(await two.taken).toBe('two')
})
