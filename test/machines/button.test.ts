/** Buttons: gestures, told when all of them was heard; and motion, told once however often it is seen. */
import { describe, expect, test } from 'vitest'
import { buttonMachine, motionMachine } from '../../machines/index.js'
import { Played } from './device.play.js'

const button = (options: object = {}) => {
  const it = new Played(buttonMachine, { holdMs: 1_000, repeatMs: null, doubleClickMs: null, ...options })
  it.found(false)
  return it
}
const press = (it: Played, ms: number) => {
  it.edge(true)
  it.pass(ms)
  it.edge(false)
}

describe('a button', () => {
  test('that is pressed for a moment is a click, told at once where no double click is waited for', () => {
    const it = button()
    press(it, 80)
    expect(it.full()).toMatchObject([{ type: 'press' }, { type: 'release', forMs: 80 }, { type: 'click' }])
  })

  test('that is held is a hold and no click', () => {
    const it = button()
    press(it, 1_000)
    expect(it.full()).toMatchObject([{ type: 'press' }, { type: 'hold', forMs: 1_000 }, { type: 'release' }])
  })

  test('that is held repeats, and counts', () => {
    const it = button({ repeatMs: 200 })
    press(it, 1_450)
    expect(it.full()).toMatchObject([
      { type: 'press' },
      { type: 'hold' },
      { type: 'repeat', count: 1, forMs: 1_200 },
      { type: 'repeat', count: 2, forMs: 1_400 },
      { type: 'release', forMs: 1_450 },
    ])
    press(it, 1_250)
    expect(it.full()).toMatchObject([{}, { type: 'hold' }, { type: 'repeat', count: 1 }, {}])
  })

  test('without holds is a click however long it is down', () => {
    const it = button({ holdMs: null })
    press(it, 86_400_000)
    expect(it.news()).toEqual(['press', 'release', 'click'])
  })

  test('tells a click only when no second one came in time', () => {
    const it = button({ doubleClickMs: 300 })
    press(it, 80)
    it.pass(299)
    expect(it.news()).toEqual(['press', 'release'])
    it.pass(1)
    expect(it.news()).toEqual(['click'])
  })

  test('tells a double click, and no click with it', () => {
    const it = button({ doubleClickMs: 300 })
    press(it, 80)
    it.pass(200)
    press(it, 80)
    it.pass(10_000)
    expect(it.news()).toEqual(['press', 'release', 'press', 'release', 'doubleClick'])
  })

  test('tells a click and a hold when the second press is a long one', () => {
    const it = button({ doubleClickMs: 300 })
    press(it, 80)
    it.pass(200)
    press(it, 1_000)
    expect(it.news()).toEqual(['press', 'release', 'press', 'click', 'hold', 'release'])
  })

  test('that is down when it is found is no gesture, whatever it does then', () => {
    const it = button({ repeatMs: 200 })
    it.restart(60_000)
    it.found(true)
    it.pass(60_000)
    it.edge(false)
    expect(it.news()).toEqual(['press whileAway', 'release'])
    press(it, 80)
    expect(it.news()).toEqual(['press', 'release', 'click'])
  })

  test('that a cut goes through is released, whileAway, and no click', () => {
    const it = button()
    it.edge(true)
    it.restart()
    it.found(false)
    expect(it.news()).toEqual(['press', 'release whileAway'])
  })

  test('of which edges were lost is pressed or released, and no gesture', () => {
    const it = button({ doubleClickMs: 300 })
    it.edge(true)
    it.resync(true, 2)
    it.pass(5_000)
    it.edge(false)
    it.pass(5_000)
    expect(it.news()).toEqual(['press', 'resync', 'release'])
    it.edge(true)
    it.resync(false, 1)
    expect(it.news()).toEqual(['press', 'resync', 'release'])
  })

  test('keeps a click that was one when edges are lost after it', () => {
    const it = button({ doubleClickMs: 300 })
    press(it, 80)
    it.resync(true, 1)
    it.pass(5_000)
    expect(it.news()).toEqual(['press', 'release', 'click', 'resync', 'press'])
  })
})

const hall = () => {
  const it = new Played(motionMachine, { offDelayMs: 30_000 })
  it.found(false)
  return it
}

describe('motion', () => {
  test('is told at the first sign, and clear after the delay', () => {
    const it = hall()
    it.edge(true)
    it.pass(2_000)
    it.edge(false)
    it.pass(29_999)
    expect(it.news()).toEqual(['motion'])
    it.pass(1)
    expect(it.full()).toMatchObject([{ type: 'clear', edge: 'fall', forMs: 32_000 }])
  })

  test('in between tells nothing and changes nothing that is kept', () => {
    const it = hall()
    it.edge(true)
    const { commits } = it
    for (let i = 0; i < 100; i++) {
      it.edge(false)
      it.pass(20_000)
      it.edge(true)
    }
    expect(it.news()).toEqual(['motion'])
    expect(it.commits).toBe(commits)
  })

  test('that was there before a cut ends after the whole delay when it is not seen again', () => {
    const it = hall()
    it.edge(true)
    it.restart(600_000)
    it.found(false)
    expect(it.state).toBe('ready.detected.leaving')
    it.pass(29_999)
    expect(it.news()).toEqual(['motion'])
    it.pass(1)
    expect(it.news()).toEqual(['clear'])
  })

  test('that is found is one whileAway, and none at the very first start', () => {
    const first = new Played(motionMachine, { offDelayMs: 30_000 })
    first.found(true)
    expect(first.news()).toEqual([])
    const it = hall()
    it.restart(60_000)
    it.found(true)
    expect(it.news()).toEqual(['motion whileAway'])
  })

  test('of which edges were lost goes on from what is read', () => {
    const it = hall()
    it.resync(true, 3)
    it.resync(false, 3)
    it.pass(30_000)
    expect(it.news()).toEqual(['resync', 'motion', 'resync', 'clear'])
  })
})
