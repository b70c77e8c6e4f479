import { expect, test } from 'vitest'
import { Bucket } from '../../../src/api/rate.js'

test('ten seconds worth are there at once, then it is said in whole seconds when to come again', () => {
  const bucket = new Bucket(3)
  for (let i = 0; i < 30; i++) expect(bucket.take(1_000.75)).toBe(0)
  expect(bucket.take(1_000.75)).toBe(1)
  expect(bucket.take(1_100.5)).toBe(1)
  expect(bucket.take(1_335)).toBe(0)
  expect(bucket.take(1_335)).toBe(1)
})

test('who comes when it was told to gets one, and a refusal costs nothing', () => {
  const bucket = new Bucket(1)
  for (let i = 0; i < 10; i++) bucket.take(500.9)
  const seconds = bucket.take(500.9)
  for (let i = 0; i < 100; i++) expect(bucket.take(501.2)).toBe(1)
  expect(bucket.take(500.9 + seconds * 1000)).toBe(0)
})

test('after a long silence there are ten seconds worth, and no more', () => {
  const bucket = new Bucket(2)
  for (let i = 0; i < 20; i++) expect(bucket.take(0)).toBe(0)
  let taken = 0
  while (bucket.take(86_400_000) === 0) taken++
  expect(taken).toBe(20)
})
