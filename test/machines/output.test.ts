/** Outputs: what is driven at a start, what commands do, and what is never on for too long. */
import { describe, expect, test } from 'vitest'
import { outputMachine } from '../../machines/index.js'
import fc from '../support/fast-check.js'
import { Played } from './device.play.js'

const relay = (options: object = {}, memory: unknown = null) =>
  new Played(outputMachine, { initial: 'off', onStop: 'safe', maxOnMs: null, ...options }, memory)
/** The levels it was found at are those it asked for, or what it was. */
const ready = (it: Played, was = false) => {
  const seek = it.asked.findLast(([port]) => port === 'seek')?.[1] as { levels?: boolean[] }
  it.found(seek.levels?.[0] ?? was)
  it.asked.length = 0
  return it
}
const levels = (it: Played) => it.ports().map((port) => port.replace(/^write .*\[(true|false)\].*$/, '$1'))

describe('at a start an output', () => {
  test('is asked for at its level from the first moment, as `initial` says', () => {
    const on = { on: true, since: { wall: 0, steady: 0 }, mode: 'steady' }
    const off = { ...on, on: false }
    const asked = (initial: string, memory: unknown) => relay({ initial }, memory).ports()
    expect(asked('off', on)).toEqual(['seek {"levels":[false]}'])
    expect(asked('on', off)).toEqual(['seek {"levels":[true]}'])
    expect(asked('restore', on)).toEqual(['seek {"levels":[true]}'])
    expect(asked('restore', off)).toEqual(['seek {"levels":[false]}'])
    expect(asked('restore', null)).toEqual(['seek {"levels":[false]}'])
    expect(asked('as-is', on)).toEqual(['seek'])
  })

  test('tells what the start made of it, and nothing when it is as it was', () => {
    const it = ready(relay())
    expect(it.news()).toEqual([])
    it.command('on')
    it.news()
    it.restart()
    ready(it)
    expect(it.full()).toMatchObject([{ type: 'off', reason: 'start' }])
    expect(ready(relay({ initial: 'on' })).full()).toMatchObject([{ type: 'on', reason: 'start' }])
  })

  test('that is left as it is tells what it was found to be', () => {
    const it = ready(relay({ initial: 'as-is' }), true)
    expect(it.news()).toEqual([])
    expect(it.state).toBe('ready.on.steady')
    it.restart()
    ready(it, false)
    expect(it.news()).toEqual(['off whileAway'])
  })

  test('that was cut in a pulse or a blink is off, whatever `initial` says', () => {
    for (const initial of ['on', 'restore', 'as-is', 'off']) {
      for (const [type, more] of [
        ['pulse', { forMs: 1_000 }],
        ['blink', { onMs: 100, offMs: 100, count: null }],
      ] as const) {
        const it = ready(relay({ initial }))
        it.command(type, more)
        it.restart()
        expect(it.ports()).toEqual(['seek {"levels":[false]}'])
      }
    }
  })

  test('after it was lost is as after a start', () => {
    const it = ready(relay({ initial: 'restore' }))
    it.command('on')
    it.lose()
    it.pass(1_000)
    ready(it)
    expect(it.state).toBe('ready.on.steady')
    expect(it.news()).toEqual(['on', 'fault', 'found'])
  })
})

describe('an output', () => {
  test('goes on and off by commands, and tells each once', () => {
    const it = ready(relay())
    for (const type of ['on', 'on', 'toggle', 'off', 'toggle']) it.command(type)
    expect(it.news()).toEqual(['on', 'off', 'on'])
    expect(levels(it)).toEqual(['true', 'true', 'false', 'false', 'true'])
  })

  test('pulses: on for a while, then off', () => {
    const it = ready(relay())
    it.command('pulse', { forMs: 500 })
    it.pass(499)
    expect(it.state).toBe('ready.on.pulsing')
    it.pass(1)
    expect(it.full()).toMatchObject([
      { type: 'on', reason: 'pulse' },
      { type: 'off', reason: 'pulse', at: it.now.wall },
    ])
    expect(levels(it)).toEqual(['true', 'false'])
  })

  test('that pulses begins anew by another pulse, and stays on by `on`', () => {
    const it = ready(relay())
    it.command('pulse', { forMs: 500 })
    it.pass(400)
    it.command('pulse', { forMs: 500 })
    it.pass(499)
    it.command('on')
    it.pass(86_400_000)
    expect(it.state).toBe('ready.on.steady')
    expect(it.news()).toEqual(['on'])
  })

  test('blinks as often as it is told, tells its begin and its end, and keeps nothing of the flashes', () => {
    const it = ready(relay())
    it.command('blink', { onMs: 100, offMs: 300, count: 3 })
    const { commits } = it
    it.pass(899)
    expect(it.news()).toEqual(['blink'])
    expect(it.commits).toBe(commits)
    it.pass(1)
    expect(it.full()).toMatchObject([{ type: 'off', reason: 'blink' }])
    expect(levels(it)).toEqual(['true', 'false', 'true', 'false', 'true', 'false'])
  })

  test('that blinks without end ends by a command', () => {
    const it = ready(relay())
    it.command('blink', { onMs: 100, offMs: 100, count: null })
    it.pass(60_000)
    it.command('off')
    it.pass(60_000)
    it.command('blink', { onMs: 100, offMs: 100, count: null })
    it.command('on')
    it.pass(60_000)
    expect(it.news()).toEqual(['blink', 'off', 'blink', 'on'])
  })
})

describe('an output that must not stay on', () => {
  const heater = (options: object = {}) => ready(relay({ maxOnMs: 60_000, initial: 'restore', ...options }))

  test('goes off by itself, also when it blinks', () => {
    for (const [type, more] of [
      ['on', {}],
      ['blink', { onMs: 700, offMs: 700, count: null }],
      ['pulse', { forMs: 90_000 }],
    ] as const) {
      const it = heater()
      it.command(type, more)
      it.pass(59_999)
      it.news()
      it.pass(1)
      expect(it.full()).toMatchObject([{ type: 'off', reason: 'maxOn' }])
      expect(it.state).toBe('ready.off')
    }
  })

  test('is not granted more time by another `on`', () => {
    const it = heater()
    it.command('on')
    it.pass(50_000)
    it.command('on')
    it.command('pulse', { forMs: 90_000 })
    it.pass(10_000)
    expect(it.news()).toEqual(['on', 'off'])
  })

  test('counts on over restarts', () => {
    const it = heater()
    it.command('on')
    for (let i = 0; i < 5; i++) {
      it.pass(5_000)
      it.restart(5_000)
      ready(it)
    }
    it.pass(9_999)
    expect(it.news()).toEqual(['on'])
    it.pass(1)
    expect(it.news()).toEqual(['off'])
  })

  test('is off at a start when its time is over', () => {
    for (const initial of ['restore', 'on', 'as-is']) {
      const it = heater({ initial })
      it.command('on')
      it.news()
      it.restart(60_000)
      ready(it)
      expect(it.full()).toMatchObject([{ type: 'off', reason: 'maxOn' }])
    }
  })
})

describe('when the runtime stops an output', () => {
  test('goes off first, and what was wanted is kept', () => {
    const it = ready(relay({ initial: 'restore' }))
    it.command('on')
    it.ports()
    it.send('stop')
    expect(it.ports()).toEqual(['write {"levels":[false]}', 'release'])
    expect(it.memory).toMatchObject({ on: true })
  })

  test('stays as it is with `keep`', () => {
    const it = ready(relay({ onStop: 'keep' }))
    it.command('on')
    it.ports()
    it.send('stop')
    expect(it.ports()).toEqual(['release'])
  })
})

test('whatever happens: it is driven as its state says, and never on for longer than it may be', () => {
  const command = fc.constantFrom(
    ['on', {}],
    ['off', {}],
    ['toggle', {}],
    ['pulse', { forMs: 7_000 }],
    ['blink', { onMs: 300, offMs: 500, count: 4 }],
  )
  const event = fc.oneof(
    fc.record({ command }),
    fc.record({ pass: fc.integer({ min: 0, max: 9_000 }) }),
    fc.record({ restart: fc.integer({ min: 0, max: 9_000 }) }),
    fc.record({ lose: fc.constant(true) }),
  )
  const initials = fc.constantFrom('off', 'on', 'restore', 'as-is')
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), initials, (story, initial) => {
      const it = relay({ initial, maxOnMs: 20_000 })
      let driven = false
      let onSince: number | null = null
      const look = () => {
        for (const [port, params] of it.asked.splice(0))
          if (port === 'write') driven = (params as { levels: boolean[] }).levels[0] === true
        const active = /on|blinking/.test(it.state.replace('ready.', ''))
        if (it.state === 'ready.off' || it.state === 'ready.blinking.dark') expect(driven).toBe(false)
        if (/ready\.on|lit/.test(it.state)) expect(driven).toBe(true)
        if (!it.state.startsWith('ready')) return
        onSince = active ? (onSince ?? it.now.steady) : null
        if (onSince !== null) expect(it.now.steady - onSince).toBeLessThanOrEqual(20_000)
      }
      const seek = () => {
        const asked = it.asked.findLast(([port]) => port === 'seek')?.[1] as { levels?: boolean[] } | undefined
        if (it.state !== 'seeking') return
        it.found(asked?.levels?.[0] ?? driven)
        it.pass(0)
      }
      seek()
      look()
      for (const each of story) {
        if ('command' in each) it.command(each.command[0] as string, each.command[1] as object)
        else if ('pass' in each) it.pass(each.pass)
        else if ('restart' in each) it.restart(each.restart)
        else it.lose()
        seek()
        look()
      }
      const turns = it.told.filter(({ type }) => ['on', 'off', 'blink'].includes(type)).map(({ type }) => type)
      for (const [i, type] of turns.entries()) if (type !== 'blink') expect(type).not.toBe(turns[i - 1])
    }),
    { numRuns: 300 },
  )
})
