/** Inputs that are asked for in one turn are read by one call. */
import { expect, test } from 'vitest'
import { Inputs } from '../../../src/runtime/inputs.js'

function store(answer: (keys: readonly string[]) => Promise<(string | undefined)[]>) {
  const calls: (readonly string[])[] = []
  const getMany = (keys: readonly string[]) => {
    calls.push(keys)
    return answer(keys)
  }
  return { calls, getMany }
}

test('one turn is one call, each gets its own, and what is missing is undefined', async () => {
  const it = store(async (keys) => keys.map((key) => (key.endsWith('gone') ? undefined : `of ${key}`)))
  const inputs = new Inputs(it)
  expect(await Promise.all([inputs.of('a'), inputs.of('gone'), inputs.of('b')])).toEqual([
    'of i!a',
    undefined,
    'of i!b',
  ])
  expect(await inputs.of('c')).toBe('of i!c')
  expect(it.calls).toEqual([['i!a', 'i!gone', 'i!b'], ['i!c']])
})

test('many are read a page at a time', async () => {
  const it = store(async (keys) => keys.map((key) => key.slice(2)))
  const inputs = new Inputs(it)
  const ids = Array.from({ length: 1_200 }, (_, n) => `${n}`)
  expect(await Promise.all(ids.map((id) => inputs.of(id)))).toEqual(ids)
  expect(it.calls.map((keys) => keys.length)).toEqual([500, 500, 200])
})

test('a store that cannot be read fails those who asked, and nobody after them', async () => {
  let broken = true
  const it = store(async (keys) => {
    if (broken) throw new Error('a bad block')
    return keys.map(() => 'read')
  })
  const inputs = new Inputs(it)
  expect((await Promise.allSettled([inputs.of('a'), inputs.of('b')])).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ])
  broken = false
  expect(await inputs.of('a')).toBe('read')
})
