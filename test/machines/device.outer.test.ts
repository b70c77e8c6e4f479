/** What all devices have in common: they seek, are lost, and are found again. */
import { describe, expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import * as machines from '../../machines/index.js'
import { Played } from './device.play.js'

const DEVICES: Record<string, { machine: AnyStateMachine; options: object }> = {
  contact: { machine: machines.contactMachine, options: { closed: 'low', holdMs: null, repeatMs: null } },
  button: { machine: machines.buttonMachine, options: { holdMs: 1_000, repeatMs: null, doubleClickMs: null } },
  motion: { machine: machines.motionMachine, options: { offDelayMs: 30_000 } },
  input: { machine: machines.inputMachine, options: { holdMs: null, repeatMs: null } },
  output: { machine: machines.outputMachine, options: { initial: 'off', onStop: 'safe', maxOnMs: null } },
  interlock: {
    machine: machines.interlockMachine,
    options: { outputs: ['a', 'b'], waitMs: 500, maxOnMs: null, initial: 'off', onStop: 'safe' },
  },
  dimmer: { machine: machines.dimmerMachine, options: { initial: 'off', onStop: 'safe' } },
  sensor: {
    machine: machines.sensorMachine,
    options: { intervalMs: 60_000, median: 1, failures: 3, staleMs: 180_000, above: null, below: null },
  },
}

for (const [name, { machine, options }] of Object.entries(DEVICES)) {
  describe(`a device (${name})`, () => {
    const device = () => new Played(machine, options)

    test('seeks when it starts, and is ready when it is found', () => {
      const it = device()
      expect(it.state).toBe('seeking')
      expect(it.ports().map((port) => port.split(' ')[0])).toEqual(['seek'])
      it.found(false)
      expect(it.state).toMatch(/^ready\./)
      expect(it.news()).toEqual([])
    })

    test('that is not there is a fault, once, and is looked for ever more rarely', () => {
      const it = device()
      const pauses: number[] = []
      for (let i = 0; i < 11; i++) {
        it.lose()
        expect(it.state).toBe('faulty')
        it.asked.length = 0
        let ms = 0
        for (; it.state === 'faulty'; ms += 1_000) it.pass(1_000)
        pauses.push(ms)
      }
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((s) => s * 1_000))
      expect(it.news()).toEqual(['fault'])
    })

    test('that comes back says so, and a second spell begins anew', () => {
      const it = device()
      it.lose('no such line')
      expect(it.context.fault).toMatchObject({ message: 'no such line' })
      it.pass(1_000)
      it.found(false)
      // A sensor is there when it answers.
      if (name === 'sensor') it.send('reading', { value: 20, at: it.now.wall })
      expect(it.full().slice(0, 2)).toMatchObject([{ type: 'fault' }, { type: 'found', forMs: 1_000 }])
      expect(it.context).toMatchObject({ fault: null, faultSince: null, tries: 0 })
      it.lose()
      expect(it.news()).toEqual(['fault'])
      expect(it.context.retryMs).toBe(1_000)
    })

    test('that is faulty lets go, and looks at once when something appears', () => {
      const it = device()
      it.found(false)
      it.ports()
      it.lose()
      expect(it.ports()).toEqual(['release'])
      it.send('appeared')
      expect(it.state).toBe('seeking')
    })

    test('takes no command while it is not ready', () => {
      const it = device()
      for (const type of ['on', 'off', 'toggle', 'read']) expect(it.can({ type })).toBe(false)
      it.found(false)
      expect(it.can({ type: 'no such command' })).toBe(false)
    })

    test('that is stopped lets go, wherever it was', () => {
      const stories: ((it: Played) => void)[] = [() => undefined, (it) => it.lose(), (it) => it.found(false)]
      for (const story of stories) {
        const it = device()
        story(it)
        it.send('stop')
        expect(it.state).toBe('stopped')
        expect(it.ports().at(-1)).toBe('release')
      }
    })
  })
}
