import { expect, test } from 'vitest'
import { contact, interlock, led, pwm, relay } from '../../src/index.js'
import { refusal } from '../runtime/lab.js'
import { deviceBoard } from './board.js'

test('a relay is switched when that is on disk, and is so after a restart if it is to be', async () => {
  const board = await deviceBoard({
    devices: { heater: relay({ line: 'GPIO27', initial: 'restore' }), siren: relay({ line: 'GPIO22' }) },
  })
  expect(await board.tell('heater', 'on')).toMatchObject({ state: 'on', value: true })
  await board.tell('siren', 'on')
  await board.crash()
  await board.restart({ off: '1m' })
  expect(await board.see('heater')).toMatchObject({ state: 'on', value: true })
  expect(await board.see('siren')).toMatchObject({ state: 'off', value: false })
})

test('a pulse ends by itself, and in off when the power went within it', async () => {
  const board = await deviceBoard({ devices: { lock: relay({ line: 'GPIO27', initial: 'restore' }) } })
  await board.tell('lock', 'pulse', { for: '2s' })
  expect(await board.see('lock')).toMatchObject({ state: 'on' })
  await board.advance('3s')
  expect(await board.see('lock')).toMatchObject({ state: 'off' })
  await board.tell('lock', 'pulse', { for: '2s' })
  await board.crash()
  await board.restart()
  expect(await board.see('lock')).toMatchObject({ state: 'off' })
})

test('a relay that must not stay on goes off by itself, over restarts', async () => {
  const board = await deviceBoard({ devices: { pump: relay({ line: 'GPIO27', initial: 'restore', maxOn: '10m' }) } })
  await board.tell('pump', 'on')
  await board.advance('6m')
  await board.crash()
  await board.restart({ off: '1m' })
  expect(await board.see('pump')).toMatchObject({ state: 'on' })
  await board.advance('2m')
  expect(await board.see('pump')).toMatchObject({ state: 'on' })
  await board.advance('2m')
  expect(await board.see('pump')).toMatchObject({ state: 'off' })
})

test('a lamp blinks without a commit for each flash', async () => {
  const board = await deviceBoard({ devices: { lamp: led({ line: 'GPIO18' }) } })
  await board.tell('lamp', 'blink', { on: '100ms', off: '100ms' })
  const commits = board.commits
  await board.advance('1m')
  expect(board.commits).toBe(commits)
  await board.tell('lamp', 'off')
  expect(await board.see('lamp')).toMatchObject({ state: 'off' })
})

test('of an interlock never two are on', async () => {
  const board = await deviceBoard({
    devices: { shutter: interlock({ outputs: { up: 'GPIO5', down: 'GPIO6' }, wait: '500ms' }) },
  })
  await board.tell('shutter', 'on', { output: 'up' })
  await board.advance('1s')
  expect(await board.see('shutter')).toMatchObject({ value: 'up' })
  await board.tell('shutter', 'on', { output: 'down' })
  expect((await board.see('shutter')).value).toBeNull()
  await board.advance('1s')
  expect(await board.see('shutter')).toMatchObject({ value: 'down' })
})

test('a dimmer fades', async () => {
  const board = await deviceBoard({ devices: { lamp: pwm({ channel: 0, frequency: 1000 }) } })
  await board.tell('lamp', 'set', { duty: 0.25 })
  expect(await board.see('lamp')).toMatchObject({ value: 0.25 })
  await board.tell('lamp', 'fade', { to: 1, over: '2s' })
  await board.advance('3s')
  expect(await board.see('lamp')).toMatchObject({ value: 1 })
})

test('what a device does not take is refused, and nothing moves', async () => {
  const board = await deviceBoard({
    devices: { door: contact({ line: 'GPIO17' }), siren: relay({ line: 'GPIO27' }) },
  })
  expect(await refusal(board.tell('door', 'on'))).toMatchObject({
    code: 'ERR_INVALID_COMMAND',
    message: /takes no commands/,
  })
  expect(await refusal(board.tell('siren', 'explode'))).toMatchObject({
    code: 'ERR_INVALID_COMMAND',
    message: /takes on, off/,
  })
  expect(await refusal(board.tell('siren', 'pulse'))).toMatchObject({ code: 'ERR_INVALID_COMMAND' })
  expect(await refusal(board.tell('siren', 'pulse', { for: '1s', ever: true }))).toMatchObject({
    code: 'ERR_INVALID_COMMAND',
  })
  expect(await refusal(board.tell('sirene', 'on'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await board.see('siren')).toMatchObject({ state: 'off' })
})

test('of commands with one key one is done, over a restart too', async () => {
  const board = await deviceBoard({ devices: { lock: relay({ line: 'GPIO27', onOn: { kind: 'note' } }) } })
  const pulse = () => board.runtime.devices.command('lock', { type: 'pulse', for: '1s' }, { key: 'visit-7' })
  await pulse()
  await board.advance('5s')
  await pulse()
  await board.crash()
  await board.restart()
  await pulse()
  expect(await board.types()).toEqual(['on'])
  const other = board.runtime.devices.command('lock', { type: 'on' }, { key: 'visit-7' })
  expect(await refusal(other)).toMatchObject({ code: 'ERR_KEY_REUSED' })
})

test('device.write, device.read and device.pulse are kinds', async () => {
  const board = await deviceBoard({ devices: { siren: relay({ line: 'GPIO27' }) } })
  const enqueue = (kind: string, input: unknown) => board.runtime.enqueue(kind as never, input as never)
  const on = await enqueue('device.write', { device: 'siren', value: true })
  expect(await on.finished()).toMatchObject({ device: 'siren', state: 'on', value: true })
  const off = await enqueue('device.write', { device: 'siren', command: { type: 'off' } })
  await off.finished()
  const pulse = await enqueue('device.pulse', { device: 'siren', for: '2s' })
  expect(await pulse.finished()).toMatchObject({ state: 'on' })
  await board.advance('3s')
  const read = await enqueue('device.read', { device: 'siren' })
  expect(await read.finished()).toMatchObject({ state: 'off', value: false })
})

test('a stop leaves outputs off, or as they are where that was asked for', async () => {
  const board = await deviceBoard({
    devices: { siren: relay({ line: 'GPIO27' }), fan: relay({ line: 'GPIO22', onStop: 'keep' }) },
    gpio: {
      simulated: {
        wires: [
          ['GPIO27', 'GPIO5'],
          ['GPIO22', 'GPIO6'],
        ],
      },
    },
  })
  await board.tell('siren', 'on')
  await board.tell('fan', 'on')
  await board.restart({
    options: {
      tasks: [],
      devices: { siren: contact({ line: 'GPIO5', closed: 'high' }), fan: contact({ line: 'GPIO6', closed: 'high' }) },
    },
  })
  expect(await board.see('siren')).toMatchObject({ state: 'open' })
  expect(await board.see('fan')).toMatchObject({ state: 'closed' })
})
