/** device.read, device.write and device.pulse: a machine and the board around it. */
import { expect, onTestFinished, test } from 'vitest'
import { cpuTemperature, defineTask, interlock, pwm, relay } from '../../src/index.js'
import type { StandardName } from '../../src/standard/index.js'
import { fakeActors, testRuntime } from '../../src/testing/index.js'
import { asking, type End, playing } from './played.js'

async function ward(name: StandardName) {
  const board = await testRuntime({
    tasks: [defineTask({ kind: 'ask', machine: asking(name) })],
    devices: {
      siren: relay({ line: 'GPIO27', initial: 'restore' }),
      gate: interlock({ outputs: { open: 'GPIO5', close: 'GPIO6' } }),
      lamp: pwm({ channel: 0, frequency: 1000 }),
      room: cpuTemperature({ interval: '1h' }),
    },
  })
  onTestFinished(() => board.close())
  const ask = async (input: unknown, id?: string) => {
    const task = await board.runtime.enqueue('ask', input as never, id === undefined ? {} : { id })
    return (await task.finished()) as End
  }
  return { board, ask, see: (id: string) => board.runtime.devices.get(id) }
}

test('a sensor is read now, and what fails is an error to branch on', async () => {
  const { board, ask } = await ward('device.read')
  await board.simulate('room', { value: 51.5 })
  expect((await ask({ device: 'room' })).output).toMatchObject({ device: 'room', value: 51.5, unit: '°C' })
  expect((await ask({ device: 'siren' })).output).toMatchObject({ device: 'siren', state: 'off', value: false })
  await board.simulate('room', { fault: 'the cable' })
  expect(await ask({ device: 'room' })).toMatchObject({
    code: 'ERR_READING',
    message: expect.stringContaining('the cable'),
  })
})

test.for([
  [
    { device: 'siren', value: true },
    { state: 'on', value: true },
  ],
  [
    { device: 'siren', value: false },
    { state: 'off', value: false },
  ],
  [{ device: 'siren', command: { type: 'blink', on: '1s', count: 3 } }, { state: 'blinking' }],
  [{ device: 'lamp', value: 0.5 }, { value: 0.5 }],
  [{ device: 'gate', value: 'open' }, { value: 'open' }],
] as const)('a device is told %j', async ([input, output]) => {
  const { board, ask } = await ward('device.write')
  // An interlock begins with its pause.
  await board.advance('1s')
  expect((await ask(input)).output).toMatchObject({ device: input.device, ...output })
})

test('a pulse has begun when it ends, and goes on without it', async () => {
  const { board, ask, see } = await ward('device.pulse')
  expect((await ask({ device: 'siren', for: '10s' })).output).toMatchObject({ state: 'on', value: true })
  await board.advance('9999ms')
  expect(await see('siren')).toMatchObject({ state: 'on' })
  await board.advance('1ms')
  expect(await see('siren')).toMatchObject({ state: 'off' })
})

test.for([
  ['device.write', { device: 'nobody', value: true }, 'ERR_NOT_FOUND'],
  ['device.write', { device: 'siren' }, 'ERR_INVALID_COMMAND'],
  ['device.write', { device: 'siren', value: 0.5 }, 'ERR_INVALID_COMMAND'],
  ['device.write', { device: 'siren', command: { type: 'explode' } }, 'ERR_INVALID_COMMAND'],
  ['device.write', { device: 'siren', value: null }, 'ERR_INVALID_INPUT'],
  ['device.pulse', { device: 'siren' }, 'ERR_INVALID_INPUT'],
  ['device.pulse', { device: 'siren', for: 'ever' }, 'ERR_INVALID_COMMAND'],
  ['device.read', {}, 'ERR_INVALID_INPUT'],
] as const)('%s of %j is refused', async ([name, input, code]) => {
  const { ask } = await ward(name)
  expect(await ask(input)).toMatchObject({ code })
})

test('where there are no devices there is none to be told', async () => {
  const { ask } = await playing('device.write')
  expect(await ask({ device: 'siren', value: true })).toMatchObject({ code: 'ERR_NOT_FOUND' })
})

test.for([1, 2, 3])('it switches once, though the power goes at commit %i', async (commit) => {
  const { board, see } = await ward('device.write')
  const crash = board.crash({ commit })
  const made = board.runtime.enqueue('ask', { device: 'siren', command: { type: 'toggle' } } as never, { id: 'it' })
  made.catch(() => undefined)
  await crash
  await board.restart()
  expect(await board.runtime.get('it')).toMatchObject({ state: 'FINISHED', result: { output: { device: 'siren' } } })
  expect(await see('siren')).toMatchObject({ state: 'on' })
  expect((await see('siren')).news.filter(({ reason }) => reason === 'command')).toHaveLength(1)
})

test('a fake stands for a device', async () => {
  const { task, fakes } = fakeActors(defineTask({ kind: 'ask', machine: asking('device.pulse') }), {
    it: { device: 'siren', state: 'on', value: true },
  })
  const board = await testRuntime({ tasks: [task] })
  onTestFinished(() => board.close())
  await (await board.runtime.enqueue('ask', { device: 'siren', for: '1s' } as never)).finished()
  expect(fakes.it.calls).toMatchObject([{ input: { device: 'siren', for: '1s' } }])
})
