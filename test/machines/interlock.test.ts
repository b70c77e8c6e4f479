/** Outputs of which never two are on, and dimmers. */
import { describe, expect, test } from 'vitest'
import { dimmerMachine, interlockMachine } from '../../machines/index.js'
import fc from '../support/fast-check.js'
import { Played } from './device.play.js'

const shutter = (options: object = {}) => {
  const it = new Played(interlockMachine, {
    outputs: ['open', 'close'],
    waitMs: 500,
    maxOnMs: null,
    initial: 'off',
    onStop: 'safe',
    ...options,
  })
  it.found(false, false)
  it.pass(500)
  it.asked.length = 0
  return it
}
const writes = (it: Played) =>
  it.asked.splice(0).flatMap(([port, params]) => (port === 'write' ? [(params as { levels: boolean[] }).levels] : []))
const on = (it: Played, output: string) => it.command('on', { output })

describe('an interlock', () => {
  test('begins with all of them off, and waits before the first is on', () => {
    const it = new Played(interlockMachine, {
      outputs: ['open', 'close'], waitMs: 500, maxOnMs: null, initial: 'off', onStop: 'safe',
    }) // biome-ignore format: options
    expect(it.ports()).toEqual(['seek {"levels":[false,false]}'])
    it.found(false, false)
    on(it, 'open')
    it.pass(499)
    expect(it.news()).toEqual([])
    it.pass(1)
    expect(it.full()).toMatchObject([{ type: 'on', output: 'open' }])
  })

  test('goes from one to the other by off, a wait, and on', () => {
    const it = shutter()
    on(it, 'open')
    it.pass(2_000)
    on(it, 'close')
    expect(it.state).toBe('ready.pausing')
    it.pass(500)
    expect(it.full()).toMatchObject([
      { type: 'on', output: 'open' },
      { type: 'off', output: 'open' },
      { type: 'on', output: 'close', at: it.now.wall },
    ])
    expect(writes(it)).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ])
  })

  test('waits also when it was off in between', () => {
    const it = shutter()
    on(it, 'open')
    it.command('off')
    it.pass(200)
    on(it, 'close')
    it.pass(299)
    expect(it.state).toBe('ready.pausing')
    it.pass(1)
    expect(it.state).toBe('ready.active')
  })

  test('waits from when its line really was off, where the command says so', () => {
    const it = shutter()
    on(it, 'open')
    it.command('off')
    it.pass(700)
    it.send('command', { command: { type: 'on', output: 'close' }, offAt: it.now.steady - 300 })
    it.pass(199)
    expect(it.state).toBe('ready.pausing')
    it.pass(1)
    expect(it.state).toBe('ready.active')
    it.command('off')
    it.pass(500)
    it.send('command', { command: { type: 'on', output: 'open' }, offAt: it.now.steady - 500 })
    expect(it.state).toBe('ready.active')
  })

  test('takes the last word of several within the wait', () => {
    const it = shutter()
    on(it, 'open')
    on(it, 'close')
    on(it, 'open')
    it.command('off')
    on(it, 'close')
    it.pass(500)
    expect(it.news()).toEqual(['on', 'off', 'on'])
    expect(it.memory).toMatchObject({ output: 'close' })
  })

  test('takes no output that it does not have', () => {
    expect(shutter().can({ type: 'on', output: 'sideways' })).toBe(false)
  })

  test('goes off by itself after its longest time, restarts included', () => {
    const it = shutter({ maxOnMs: 30_000, initial: 'restore' })
    on(it, 'open')
    it.pass(10_000)
    it.restart(10_000)
    it.found(false, false)
    it.pass(9_999)
    expect(it.news()).toEqual(['on'])
    it.pass(1)
    expect(it.full()).toMatchObject([{ type: 'off', output: 'open', reason: 'maxOn' }])
  })

  test('that is not to be restored says that it is off', () => {
    const it = shutter()
    on(it, 'open')
    it.news()
    it.restart()
    it.found(false, false)
    expect(it.full()).toMatchObject([{ type: 'off', output: 'open', reason: 'start' }])
  })

  test('restores no output that it does not have any more', () => {
    const since = { wall: 0, steady: 0 }
    const options = { outputs: ['a', 'b'], waitMs: 500, maxOnMs: null, initial: 'restore', onStop: 'safe' }
    const it = new Played(interlockMachine, options, { output: 'c', since })
    it.found(false, false)
    expect(it.state).toBe('ready.idle')
    expect(it.full()).toMatchObject([{ type: 'off', output: 'c', reason: 'start' }])
  })

  test('that a cut goes through in its pause ends in off', () => {
    const it = shutter({ initial: 'restore' })
    on(it, 'open')
    on(it, 'close')
    it.restart()
    it.found(false, false)
    it.pass(10_000)
    expect(it.state).toBe('ready.idle')
    expect(it.news()).toEqual(['on', 'off'])
  })
})

test('whatever is asked: never two are on, and between two of them lies the wait', () => {
  const event = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'off', 'lose', 'restart').map((what) => ({ what })),
    fc.integer({ min: 0, max: 900 }).map((ms) => ({ ms })),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 50 }), (story) => {
      const it = shutter({ outputs: ['a', 'b', 'c'], initial: 'restore', maxOnMs: 3_000 })
      let last: number | null = null
      let offAt = Number.NEGATIVE_INFINITY
      const look = () => {
        for (const levels of writes(it)) {
          const driven = levels.filter(Boolean).length
          expect(driven).toBeLessThanOrEqual(1)
          const which = driven === 1 ? levels.indexOf(true) : null
          if (which !== null && which !== last) expect(it.now.steady - offAt).toBeGreaterThanOrEqual(500)
          if (which !== null) expect(last === null || last === which).toBe(true)
          if (last !== null && which === null) offAt = it.now.steady
          last = which
        }
      }
      for (const each of story) {
        if ('ms' in each) {
          for (let left = each.ms; left > 0; left--) {
            it.pass(1)
            look()
          }
        } else if (each.what === 'lose') it.lose()
        else if (each.what === 'restart') it.restart()
        else if (each.what === 'off') it.command('off')
        else on(it, each.what)
        look()
        if (it.state === 'seeking') {
          // The request itself turns them all off.
          if (last !== null) offAt = it.now.steady
          last = null
          it.found(false, false, false)
        }
      }
    }),
    { numRuns: 100 },
  )
})

const lamp = (options: object = {}, memory: unknown = null) => {
  const it = new Played(dimmerMachine, { initial: 'restore', onStop: 'safe', ...options }, memory)
  const seek = it.asked.find(([port]) => port === 'seek')?.[1] as { duty?: number }
  it.send('found', { levels: [], duty: seek.duty ?? 0.3 })
  it.asked.length = 0
  return it
}
const dials = (it: Played) =>
  it.asked.splice(0).flatMap(([port, params]) => (port === 'dial' ? [(params as { duty: number }).duty] : []))

describe('a dimmer', () => {
  test('goes on at the duty that it had when it was last on', () => {
    const it = lamp()
    it.command('on')
    it.command('set', { duty: 0.4 })
    it.command('off')
    it.command('toggle')
    expect(dials(it)).toEqual([1, 0.4, 0, 0.4])
    expect(it.full()).toMatchObject([
      { type: 'on', duty: 1 },
      { type: 'set', duty: 0.4 },
      { type: 'off' },
      { type: 'on', duty: 0.4 },
    ])
  })

  test('fades in steps of 20 ms, and keeps its end with its begin', () => {
    const it = lamp()
    it.command('fade', { to: 1, overMs: 100 })
    expect(it.memory).toMatchObject({ duty: 1 })
    const { commits } = it
    it.pass(100)
    expect(dials(it).map((duty) => Number(duty.toFixed(3)))).toEqual([0.2, 0.4, 0.6, 0.8, 1])
    expect(it.state).toBe('ready.steady')
    expect(it.commits).toBe(commits)
    expect(it.full()).toMatchObject([{ type: 'on', duty: 1, overMs: 100 }])
  })

  test('that fades begins the next fade where it is', () => {
    const it = lamp()
    it.command('fade', { to: 1, overMs: 100 })
    it.pass(60)
    dials(it)
    it.command('fade', { to: 0, overMs: 60 })
    it.pass(60)
    expect(dials(it).map((duty) => Number(duty.toFixed(3)))).toEqual([0.4, 0.2, 0])
    expect(it.news()).toEqual(['on', 'off'])
  })

  test('that a cut goes through in a fade is where it was to be', () => {
    const it = lamp()
    it.command('fade', { to: 0.8, overMs: 10_000 })
    it.pass(1_000)
    it.restart()
    expect(it.ports()).toEqual(['seek {"duty":0.8}'])
  })

  test('begins as `initial` says', () => {
    const memory = { duty: 0, lastOn: 0.4, since: { wall: 0, steady: 0 } }
    expect(lamp({ initial: 'on' }, memory).context.duty).toBe(0.4)
    expect(lamp({ initial: 'off' }, { ...memory, duty: 0.4 }).full()).toMatchObject([{ type: 'off', reason: 'start' }])
    expect(lamp({ initial: 'as-is' }, memory).news()).toEqual(['on whileAway'])
    expect(lamp({ initial: 'as-is' }).news()).toEqual([])
  })

  test('goes dark at a stop, unless it is to be kept', () => {
    for (const onStop of ['safe', 'keep']) {
      const it = lamp({ onStop })
      it.command('on')
      it.ports()
      it.send('stop')
      expect(it.ports()).toEqual(onStop === 'safe' ? ['dial {"duty":0}', 'release'] : ['release'])
    }
  })
})
