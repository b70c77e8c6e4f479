import { expect, test } from 'vitest'
import { Line } from '../../../src/model/line.js'
import fc from '../../support/fast-check.js'

const least = (a: number, b: number) => a < b
/** In order for the most part, as tasks arrive. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ early: fc.nat({ max: 50 }) }) },
  { weight: 4, arbitrary: fc.constant('pop' as const) },
  { weight: 1, arbitrary: fc.constant('retain' as const) },
)

test('whatever comes and goes, the least is next', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const line = new Line(least)
      let model: number[] = []
      let latest = 0
      for (const each of steps) {
        if (each === 'pop') expect(line.pop()).toBe(model.shift())
        else if (each === 'retain') {
          line.retain((item) => item % 2 === 0)
          model = model.filter((item) => item % 2 === 0)
        } else {
          const item = 'push' in each ? latest + each.push : latest - each.early
          latest = Math.max(latest, item)
          line.push(item)
          model = [...model, item].sort((a, b) => a - b)
        }
        expect([line.size, line.peek()]).toEqual([model.length, model[0]])
      }
    }),
  )
})

test('a long one that is never empty gives back the places of those who left', () => {
  const line = new Line(least)
  for (let n = 0; n < 10_000; n++) line.push(n)
  for (let n = 0; n < 100_000; n++) {
    line.push(10_000 + n)
    expect(line.pop()).toBe(n)
  }
  expect(line.size).toBe(10_000)
})
