/** Schemas of input and settings: what a pattern costs, and what it may be. */
import { expect, test } from 'vitest'
import { jsonSchema } from '../../../src/configs/json-schema.js'

const judged = (pattern: string, value: unknown) => jsonSchema({ type: 'string', pattern })['~standard'].validate(value)

test('a pattern that others go back and forth in is found wanting at once', () => {
  expect(judged('^(a+)+$', `${'a'.repeat(5_000)}!`)).toMatchObject({
    issues: [{ message: expect.stringContaining('must match pattern') }],
  })
  expect(judged('^(a+)+$', 'a'.repeat(5_000))).toHaveProperty('value')
})

test('each pattern of a schema is its own', () => {
  const schema = jsonSchema({
    type: 'object',
    properties: { a: { type: 'string', pattern: '^x' }, b: { type: 'string', pattern: '^y' } },
    patternProperties: { '^n_': { type: 'number' } },
  })
  const check = (value: unknown) => schema['~standard'].validate(value)
  expect(check({ a: 'x', b: 'y', n_1: 1 })).toHaveProperty('value')
  for (const wrong of [{ a: 'y' }, { b: 'x' }, { n_1: 'x' }]) expect(check(wrong)).toHaveProperty('issues')
})

test('a pattern may have the escapes of JavaScript', () => {
  for (const [pattern, yes, no] of [
    ['^[^\\u0000-\\u001f/]+$', 'a b', 'a/b'],
    ['^(?<year>\\d{4})-\\d\\d$', '2026-11', '26-11'],
    ['^\\p{L}+$', 'Tür', 'T1'],
  ] as const) {
    expect(judged(pattern, yes)).toHaveProperty('value')
    expect(judged(pattern, no)).toHaveProperty('issues')
  }
})

test('one that is nothing but itself is none', () => {
  expect(() => jsonSchema({ $ref: '#' })).toThrow('it leads back to itself for ever')
  const tree = { type: 'object', properties: { left: { $ref: '#' } } }
  expect(jsonSchema(tree)['~standard'].validate({ left: { left: {} } })).toHaveProperty('value')
})

test.each(['(?=a)', '(a)\\1', '('])('%s is no pattern', (pattern) => {
  expect(() => judged(pattern, 'a')).toThrow(/pattern|regexp/)
})

test('a duration and an address are formats beside those of JSON Schema', () => {
  const properties = {
    every: { type: ['string', 'number'], format: 'holdfast-duration' },
    to: { format: 'holdfast-url' },
  }
  const check = (value: unknown) => jsonSchema({ type: 'object', properties })['~standard'].validate(value)
  expect(check({ every: '10m', to: 'http://nas/' })).toHaveProperty('value')
  expect(check({ every: 10 })).toHaveProperty('value')
  expect(check({ every: 'often', to: '/x' })).toEqual({
    issues: [
      { path: ['every'], message: "is no duration: milliseconds, or text such as '10m'" },
      { path: ['to'], message: 'is no address of http or https without user and password' },
    ],
  })
})
