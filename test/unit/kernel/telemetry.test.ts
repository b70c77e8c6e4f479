import { channel } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { heeded, POINTS, type Point, tell } from '../../../src/kernel/telemetry.js'

test.each(Object.keys(POINTS) as Point[])('%s costs nothing while nobody listens, and is told to who does', (point) => {
  let built = 0
  const facts: unknown[] = []
  const data = () => {
    built++
    return { n: built }
  }
  const hear = (fact: unknown) => void facts.push(fact)
  expect(heeded(point)).toBe(false)
  tell(point, data)
  expect(built).toBe(0)
  channel(`holdfast:${point}`).subscribe(hear)
  expect(heeded(point)).toBe(true)
  tell(point, data)
  channel(`holdfast:${point}`).unsubscribe(hear)
  tell(point, data)
  expect(facts).toEqual([{ n: 1 }])
  expect(built).toBe(1)
})
