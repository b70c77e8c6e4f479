/** Contacts and plain inputs: what they were, what they became, and for how long. */
import { describe, expect, test } from 'vitest'
import { contactMachine, inputMachine } from '../../machines/index.js'
import fc from '../support/fast-check.js'
import { Played } from './device.play.js'

const CLOSED = false
const OPEN = true
const door = (options: object = {}) =>
  new Played(contactMachine, { closed: 'low', holdMs: null, repeatMs: null, ...options })
const closedDoor = (options?: object) => {
  const it = door(options)
  it.found(CLOSED)
  return it
}

describe('a contact', () => {
  test('tells nothing at its very first start, open or closed', () => {
    for (const level of [OPEN, CLOSED]) {
      const it = door()
      it.found(level)
      expect(it.news()).toEqual([])
      expect(it.memory).toMatchObject({ level })
    }
  })

  test('tells that it opens and closes, with the edge and the kernel’s time', () => {
    const it = closedDoor()
    it.pass(10_000)
    it.edge(OPEN, 30)
    it.edge(CLOSED)
    const at = it.now.wall
    expect(it.full()).toEqual([
      { type: 'open', at: at - 30, edge: 'rise' },
      { type: 'close', at, edge: 'fall' },
    ])
  })

  test('that is closed while high opens by falling', () => {
    const it = door({ closed: 'high' })
    it.found(true)
    expect(it.state).toBe('ready.closed')
    it.edge(false)
    expect(it.full()).toMatchObject([{ type: 'open', edge: 'fall' }])
  })

  test('that is found as it was left tells nothing: a restart is no change', () => {
    const it = closedDoor()
    it.edge(OPEN)
    const { memory } = it
    it.news()
    it.restart(3_600_000)
    it.found(OPEN)
    expect(it.news()).toEqual([])
    expect(it.memory).toEqual(memory)
  })

  test('that changed while the daemon was down, or the line was gone, says so', () => {
    const it = closedDoor()
    it.restart(60_000)
    it.found(OPEN)
    expect(it.full()).toMatchObject([{ type: 'open', edge: 'rise', whileAway: true, at: it.now.wall }])
    it.lose()
    it.pass(1_000)
    it.found(CLOSED)
    expect(it.news()).toEqual(['fault', 'found', 'close whileAway'])
  })

  test('hears a level twice as once', () => {
    const it = closedDoor()
    it.edge(OPEN)
    it.edge(OPEN)
    expect(it.news()).toEqual(['open'])
    expect(it.commits).toBe(2)
  })

  test('of which edges were lost is read again, and that is told once', () => {
    const it = closedDoor()
    it.resync(CLOSED, 4)
    it.resync(OPEN, 5)
    expect(it.full()).toMatchObject([{ type: 'resync', missed: 4 }, { type: 'resync', missed: 5 }, { type: 'open' }])
  })

  test('that a broken switch floods says so', () => {
    const it = closedDoor()
    it.send('flood', { edges: 9_000 })
    expect(it.full()).toMatchObject([{ type: 'flood', edges: 9_000 }])
  })
})

describe('a contact that is left open', () => {
  test('is told after the hold, and again after each repeat', () => {
    const it = closedDoor({ holdMs: 60_000, repeatMs: 10_000 })
    it.edge(OPEN)
    it.pass(59_999)
    expect(it.news()).toEqual(['open'])
    it.pass(1)
    it.pass(20_000)
    expect(it.full()).toMatchObject([
      { type: 'hold', count: 1, forMs: 60_000 },
      { type: 'hold', count: 2, forMs: 70_000 },
      { type: 'hold', count: 3, forMs: 80_000 },
    ])
  })

  test('is told once without a repeat, and not at all when it closes in time', () => {
    const once = closedDoor({ holdMs: 60_000 })
    once.edge(OPEN)
    once.pass(10 * 86_400_000)
    expect(once.news()).toEqual(['open', 'hold'])
    const inTime = closedDoor({ holdMs: 60_000 })
    inTime.edge(OPEN)
    inTime.pass(59_999)
    inTime.edge(CLOSED)
    inTime.pass(60_000)
    expect(inTime.news()).toEqual(['open', 'close'])
  })

  test('counts on over a restart', () => {
    const it = closedDoor({ holdMs: 60_000 })
    it.edge(OPEN)
    it.pass(20_000)
    it.restart(30_000)
    it.found(OPEN)
    it.pass(9_999)
    expect(it.news()).toEqual(['open'])
    it.pass(1)
    expect(it.full()).toMatchObject([{ type: 'hold', forMs: 60_000 }])
  })

  test('and is overdue at a restart is told once, at once, and what passed is counted', () => {
    const it = closedDoor({ holdMs: 60_000, repeatMs: 10_000 })
    it.edge(OPEN)
    it.news()
    it.restart(95_000)
    it.found(OPEN)
    it.pass(0)
    expect(it.full()).toMatchObject([{ type: 'hold', count: 4, forMs: 95_000 }])
    it.pass(5_000)
    expect(it.full()).toMatchObject([{ type: 'hold', count: 5, forMs: 100_000 }])
  })

  test('is not told again for the same hold after a restart', () => {
    const it = closedDoor({ holdMs: 60_000 })
    it.edge(OPEN)
    it.pass(60_000)
    it.restart()
    it.found(OPEN)
    it.pass(86_400_000)
    expect(it.news()).toEqual(['open', 'hold'])
  })
})

describe('an input', () => {
  test('tells that it rises and falls, and holds while it is high', () => {
    const it = new Played(inputMachine, { holdMs: 1_000, repeatMs: null })
    it.found(false)
    it.edge(true)
    it.pass(1_000)
    it.edge(false)
    it.pass(1_000)
    expect(it.full()).toMatchObject([{ type: 'rise', edge: 'rise' }, { type: 'hold' }, { type: 'fall', edge: 'fall' }])
  })
})

test('whatever happens to it: opens and closes take turns, memory is the level last heard, no hold is told twice', () => {
  const event = fc.oneof(
    fc.record({ type: fc.constantFrom('edge', 'resync', 'found'), level: fc.boolean() }),
    fc.record({ type: fc.constant('pass'), ms: fc.integer({ min: 0, max: 25_000 }) }),
    fc.record({ type: fc.constant('restart'), ms: fc.integer({ min: 0, max: 25_000 }) }),
    fc.record({ type: fc.constantFrom('lose', 'appeared') }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 50 }), (story) => {
      const it = door({ holdMs: 10_000, repeatMs: 5_000 })
      let level: boolean | null = null
      for (const each of story) {
        const heard = it.state.startsWith('ready') ? ['edge', 'resync'] : it.state === 'seeking' ? ['found'] : []
        if ('level' in each && heard.includes(each.type)) level = each.level
        if (each.type === 'restart') it.restart((each as { ms: number }).ms)
        else if (each.type === 'pass') it.pass((each as { ms: number }).ms)
        else if (each.type === 'lose') it.lose()
        else if (each.type === 'appeared') it.send('appeared')
        else if ('level' in each) it[each.type as 'edge' | 'resync' | 'found'](each.level)
        expect(it.memory?.level ?? null).toBe(level)
      }
      let last = ''
      let holds = 0
      for (const { type, count } of it.told) {
        if (type === 'open' || type === 'close') {
          expect(type).not.toBe(last)
          last = type
          holds = 0
        }
        if (type === 'hold') {
          expect(last).not.toBe('close')
          expect(count).toBeGreaterThan(holds)
          holds = count as number
        }
      }
    }),
    { numRuns: 300 },
  )
})
