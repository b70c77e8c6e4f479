/** The trace of a device: what is told in whatever order, drawn from edge to edge. */
import { describe, expect, test } from 'vitest'
import { levelNow, levelTold, type Seen, Trace } from '../../../../src/inspect/page/trace.js'

const seen = (more: Partial<Seen>): Seen => ({
  type: 'contact',
  link: 'ready',
  value: null,
  simulated: true,
  commands: [],
  counts: { edges: 0, missed: 0, floods: 0, faults: 0, misreads: 0 },
  ...more,
})

describe('a trace', () => {
  test('begins with what was before, and goes on to now', () => {
    const trace = new Trace()
    trace.put(1_000, 1)
    trace.put(5_000, 0)
    expect(trace.between(3_000, 8_000, 0)).toEqual([
      [3, 5, 8],
      [1, 0, 0],
    ])
    expect(trace.between(500, 8_000, 0)[1]).toEqual([null, 1, 0, 0])
  })

  test('takes what was earlier where it belongs, and nothing twice', () => {
    const trace = new Trace()
    trace.put(5_000, 1)
    trace.put(1_000, 1)
    trace.put(3_000, 0)
    trace.put(3_000, 0)
    trace.put(5_000, 1)
    expect(trace.between(0, 6_000, 1)).toEqual([
      [0, 1, 3, 5, 6],
      [null, 1, 0, 1, 1],
    ])
  })

  test('keeps of a level that goes on its first and its latest moment, and 2,000 of all', () => {
    const trace = new Trace()
    for (let at = 1; at <= 10; at++) trace.put(at, 20)
    expect(trace.between(0, 11, 20)[0]).toEqual([0, 0.001, 0.01, 0.011])
    for (let at = 11; at < 5_000; at++) trace.put(at, at)
    expect(trace.between(0, 5_000, 0)[0]).toHaveLength(2_002)
    expect(trace.latest).toBe(4_999)
  })
})

test('news say a level, or nothing of it; a fault says that there is none', () => {
  const news = (type: string, more: object = {}) => levelTold({ device: 'd', type, at: '', ...more })
  expect([news('open'), news('close'), news('fault')]).toEqual([1, 0, null])
  expect([news('reading', { value: 21.5 }), news('on', { duty: 0.4 }), news('hold')]).toEqual([21.5, 0.4, undefined])
  expect([news('on'), news('off'), news('on', { output: 'up' })]).toEqual([1, 0, undefined])
})

test('what a device is at: an open door is high whatever its line, an output by its place', () => {
  expect(levelNow(seen({ state: 'open', value: false }))).toBe(1)
  expect(levelNow(seen({ type: 'interlock', value: 'down', outputs: ['up', 'down'] }))).toBe(2)
  expect(levelNow(seen({ type: 'interlock', outputs: ['up', 'down'] }))).toBe(0)
  expect(levelNow(seen({ type: 'relay', value: true }))).toBe(1)
  expect(levelNow(seen({ type: 'relay', value: true, link: 'faulty' }))).toBe(null)
})
