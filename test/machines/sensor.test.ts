/** Sensors: values of their own time, zones with hysteresis, and faults that do not hide. */
import { describe, expect, test } from 'vitest'
import { sensorMachine, type Zone } from '../../machines/index.js'
import { medianOf, zoneOf } from '../../machines/zone.js'
import fc from '../support/fast-check.js'
import { Played } from './device.play.js'

const ABOVE = { at: 30, clear: 28 }
const BELOW = { at: 5, clear: 7 }
const sensor = (options: object = {}) => {
  const it = new Played(sensorMachine, {
    intervalMs: 60_000, median: 1, failures: 3, staleMs: 180_000, above: ABOVE, below: BELOW, ...options,
  }) // biome-ignore format: options
  it.found()
  return it
}
const reads = (it: Played, ...values: number[]) => {
  for (const value of values) it.send('reading', { value, at: it.now.wall })
}
const fails = (it: Played, message = 'Input/output error') =>
  it.send('misread', { error: { code: 'ERR_READING', message, hint: '' } })
const zones = (it: Played) => it.news().filter((type) => type !== 'reading')

describe('a sensor', () => {
  test('is read at once, and again an interval after each answer', () => {
    const it = sensor()
    expect(it.ports()).toEqual(['seek', 'read'])
    it.pass(700)
    reads(it, 20)
    it.pass(59_999)
    expect(it.ports()).toEqual([])
    it.pass(1)
    expect(it.ports()).toEqual(['read'])
    fails(it)
    it.pass(60_000)
    expect(it.ports()).toEqual(['read'])
  })

  test('is read by a command, too', () => {
    const it = sensor()
    it.ports()
    it.command('read')
    expect(it.ports()).toEqual(['read'])
  })

  test('tells every reading, and keeps none of them', () => {
    const it = sensor()
    reads(it, 20)
    const { commits } = it
    reads(it, 21, 22)
    expect(it.full()).toMatchObject([20, 21, 22].map((value) => ({ type: 'reading', value })))
    expect(it.commits).toBe(commits)
    expect(it.context).toMatchObject({ value: 22 })
  })

  test('changes its zone with hysteresis', () => {
    const it = sensor()
    reads(it, 29, 30, 29, 28.1, 28, 29.9, 4, 6.9, 7)
    expect(zones(it)).toEqual(['above', 'normal', 'below', 'normal'])
  })

  test('that is above at its very first look says so; normal is no news', () => {
    const it = sensor()
    reads(it, 31)
    expect(zones(it)).toEqual(['above'])
    const normal = sensor()
    reads(normal, 20)
    expect(zones(normal)).toEqual([])
  })

  test('whose zone changed while nobody looked says so with the first reading', () => {
    const it = sensor()
    reads(it, 20)
    it.restart(3_600_000)
    it.found()
    reads(it, 31)
    it.lose()
    it.pass(1_000)
    it.found()
    reads(it, 29)
    expect(zones(it)).toEqual(['above whileAway', 'fault', 'found'])
  })

  test('takes the median of the latest readings: a stray one moves no zone', () => {
    const it = sensor({ median: 3 })
    reads(it, 20, 85, 21, 20.5, 85, 22)
    expect(it.full().map(({ value }) => value)).toEqual([20, 20, 21, 21, 21, 22])
  })
})

describe('a sensor that fails', () => {
  test('keeps its value, with its time, until it failed too often', () => {
    const it = sensor()
    reads(it, 20)
    const { readAt } = it.context
    for (let i = 0; i < 2; i++) {
      it.pass(60_000 - 1)
      fails(it)
      expect(it.context).toMatchObject({ value: 20, readAt })
    }
    fails(it)
    expect(it.context).toMatchObject({ value: null, readAt: null, fault: { message: 'Input/output error' } })
    expect(it.state).toBe('ready.stale')
    expect(zones(it)).toEqual(['fault'])
  })

  test('is a fault once, is asked on, and says when it reads again', () => {
    const it = sensor()
    for (let i = 0; i < 6; i++) fails(it, `try ${i}`)
    expect(it.context.fault).toMatchObject({ message: 'try 5' })
    it.ports()
    it.pass(60_000)
    expect(it.ports()).toEqual(['read'])
    reads(it, 20)
    expect(it.news()).toEqual(['fault', 'found', 'reading'])
    expect(it.context).toMatchObject({ fault: null, value: 20, misreads: 0 })
  })

  test('now and then is none: good readings forgive', () => {
    const it = sensor()
    for (let i = 0; i < 10; i++) {
      fails(it)
      fails(it)
      reads(it, 20)
    }
    expect(zones(it)).toEqual([])
  })

  test('to answer at all is stale', () => {
    const it = sensor()
    reads(it, 20)
    it.pass(179_999)
    expect(it.context.value).toBe(20)
    it.pass(1)
    expect(it.context.value).toBe(null)
    expect(it.full().at(-1)).toMatchObject({ type: 'fault', error: { message: 'no good reading for 180 s' } })
  })

  test('and is lost then is no second fault', () => {
    const it = sensor({ failures: 1 })
    fails(it)
    it.lose()
    it.pass(1_000)
    it.found()
    reads(it, 20)
    expect(zones(it)).toEqual(['fault', 'found'])
  })

  test('that is not there is one fault, however often it is looked for', () => {
    const it = sensor()
    const pauses: number[] = []
    for (let i = 0; i < 4; i++) {
      it.lose('there is no DHT')
      let ms = 0
      for (; it.state === 'faulty'; ms += 1_000) it.pass(1_000)
      pauses.push(ms)
      it.found()
      expect(it.context.fault).toMatchObject({ message: 'there is no DHT' })
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000])
    reads(it, 20)
    expect(zones(it)).toEqual(['fault', 'found'])
    it.lose()
    expect(it.context.retryMs).toBe(1_000)
  })
})

test('the median is the one in the middle, and the zone is that of a plain reference', () => {
  const number = fc.integer({ min: -50, max: 120 })
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 15 }), number, (values, before) => {
      const median = medianOf(values, before)
      expect(values).toContain(median)
      const lower = values.filter((value) => value < median).length
      const upper = values.filter((value) => value > median).length
      expect(Math.max(lower, upper)).toBeLessThanOrEqual(values.length / 2)
    }),
  )
  fc.assert(
    fc.property(fc.array(number, { maxLength: 40 }), (values) => {
      let zone: Zone = 'normal'
      for (const value of values) {
        const was: Zone = zone
        zone = zoneOf(value, was, ABOVE, BELOW)
        if (value >= 30) expect(zone).toBe('above')
        else if (value <= 5) expect(zone).toBe('below')
        else if (value >= 7 && value <= 28) expect(zone).toBe('normal')
        else expect(['normal', value > 20 ? 'above' : 'below']).toContain(zone)
        if (value > 28 && value < 30) expect(zone).toBe(was === 'above' ? 'above' : 'normal')
      }
    }),
  )
})
