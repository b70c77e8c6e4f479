/** device.read, device.write and device.pulse: a machine and the board around it. */
import { expect, onTestFinished, test } from 'vitest'
import { type AnyActorLogic, setup } from 'xstate'
import { cpuTemperature, defineTask, interlock, pwm, relay } from '../../src/index.js'
import { type StandardName, standardLogic } from '../../src/standard/index.js'
import { testRuntime } from '../../src/testing/index.js'
import { asking, type End } from './played.js'

/** It pulses, and waits for a minute in the state that it pulsed from: a restart finds it there. */
const alarm = setup({ actors: standardLogic() as unknown as Record<string, AnyActorLogic> }).createMachine({
  type: 'parallel',
  states: {
    pulsing: {
      initial: 'asking',
      states: {
        asking: { invoke: { src: 'device.pulse', input: { device: 'siren', for: '10s' }, onDone: 'over' } },
        over: {},
      },
    },
    waiting: { after: { 60_000: undefined as never } },
  },
})

async function ward(name: StandardName) {
  const board = await testRuntime({
    tasks: [defineTask({ kind: 'ask', machine: asking(name) }), defineTask({ kind: 'alarm', machine: alarm })],
    devices: {
      siren: relay({ line: 'GPIO27', initial: 'restore' }),
      gate: interlock({ outputs: { open: 'GPIO5', close: 'GPIO6' } }),
      lamp: pwm({ channel: 0, frequency: 1000 }),
      room: cpuTemperature({ interval: '1h' }),
    },
  })
  onTestFinished(() => board.close())
  const ask = async (input: unknown) => (await (await board.runtime.enqueue('ask', input as never)).finished()) as End
  return { board, ask }
}
