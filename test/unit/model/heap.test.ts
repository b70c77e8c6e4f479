import { expect, test } from 'vitest'
import { Heap } from '../../../src/model/heap.js'
import fc from '../../support/fast-check.js'

const least = (a: number, b: number) => a < b

function drained(heap: Heap<number>): number[] {
  const items: number[] = []
  while (heap.size > 0) items.push(heap.pop() as number)
  return items
}

test('a heap gives what it was given, sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const heap = new Heap(least)
      for (const item of items) heap.push(item)
      expect(heap.size).toBe(items.length)
      expect(drained(heap)).toEqual([...items].sort((a, b) => a - b))
    }),
  )
})

test('pushes and pops in any order always give the least', () => {
  const steps = fc.array(fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined, freq: 2 }))
  fc.assert(
    fc.property(steps, (all) => {
      const heap = new Heap(least)
      const model: number[] = []
      for (const step of all) {
        expect(heap.peek()).toBe(model[0])
        if (step === undefined) expect(heap.pop()).toBe(model.shift())
        else {
          heap.push(step)
          model.push(step)
          model.sort((a, b) => a - b)
        }
      }
      expect(heap.size).toBe(model.length)
    }),
  )
})

test('what is retained stays sorted, and a cleared heap is empty', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const heap = new Heap(least)
      for (const item of items) heap.push(item)
      heap.retain((item) => item % 2 === 0)
      expect(drained(heap)).toEqual(items.filter((item) => item % 2 === 0).sort((a, b) => a - b))
      heap.push(1)
      heap.clear()
      expect([heap.size, heap.peek(), heap.pop()]).toEqual([0, undefined, undefined])
    }),
  )
})
