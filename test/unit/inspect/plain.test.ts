import { expect, test } from 'vitest'
import { createActor, createMachine } from 'xstate'
import { plain, withoutStack } from '../../../src/inspect/plain.js'

test('JSON is told as it is, hostile or not', () => {
  for (const value of [
    null,
    true,
    1.5,
    '',
    [],
    {},
    { a: [1, { b: null }] },
    '<img src=x onerror=alert(1)>',
    '\u202e\u0007',
  ])
    expect(plain(value)).toEqual(value)
})

test('what JSON cannot hold is named', () => {
  const actor = createActor(createMachine({}), { id: 'walk' })
  const given = {
    f: function walk() {},
    big: 2n ** 70n,
    none: Number.NaN,
    when: new Date(0),
    never: new Date(Number.NaN),
    all: new Map([['a', new Set([1])]]),
    bytes: new Uint8Array(3),
    sign: Symbol('s'),
    actor,
  }
  expect(JSON.parse(JSON.stringify(plain(given)))).toEqual({
    f: '(function walk)',
    big: String(2n ** 70n),
    none: 'NaN',
    when: '1970-01-01T00:00:00.000Z',
    never: '(no date)',
    all: [['a', [1]]],
    bytes: '(3 bytes)',
    sign: 'Symbol(s)',
    actor: '(actor walk)',
  })
})

test('circles, depths and crowds have an end', () => {
  const circle: Record<string, unknown> = {}
  circle.self = { circle }
  expect(plain(circle)).toEqual({ self: { circle: '(circle)' } })
  const same = { a: 1 }
  expect(plain([same, same])).toEqual([same, same])
  let deep: unknown = 0
  for (let i = 0; i < 10_000; i++) deep = [deep]
  expect(JSON.stringify(plain(deep))).toContain('(deeper)')
  const crowd = plain(Array.from({ length: 1_000_000 }, (_, i) => i)) as unknown[]
  expect(crowd.length).toBeLessThan(20_002)
  expect((plain('x'.repeat(1_000_000)) as string).length).toBe(65_537)
})

test('what fights back is not looked at, and a key may be called anything', () => {
  const trap = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no')
      },
    },
  )
  const getter = {
    get a() {
      throw new Error('no')
    },
  }
  expect([plain(trap), plain(getter)]).toEqual(['(cannot be looked at)', '(cannot be looked at)'])
  const odd = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toJSON":3}')
  expect(JSON.stringify(plain(odd))).toBe('{"__proto__":{"polluted":1},"constructor":2,"toJSON":3}')
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('errors are told without where they were thrown', () => {
  const error = Object.assign(new TypeError('no'), { code: 'E' })
  expect(withoutStack(error)).toEqual({ name: 'TypeError', message: 'no', code: 'E' })
  expect(withoutStack({ name: 'E', message: 'm', stack: 'at /secret' })).toEqual({ name: 'E', message: 'm' })
  expect(plain({ error })).toEqual({ error: { name: 'TypeError', message: 'no', code: 'E' } })
})
