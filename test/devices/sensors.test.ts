import { expect, test } from 'vitest'
import { SimulatedSources } from '../../src/devices/sources/simulated.js'
import { cpuTemperature, device, dht, sysfs } from '../../src/index.js'
import { refusal } from '../runtime/lab.js'
import { deviceBoard, runtimeOn } from './board.js'

const room = (more: object = {}) => dht({ quantity: 'temperature', interval: '1m', ...more })

test('a sensor is read every so often, and a reading costs no commit', async () => {
  const board = await deviceBoard({ devices: { room: room() } })
  await board.simulate('room', { value: 21.5 })
  await board.advance('1m')
  expect(await board.see('room')).toMatchObject({ value: 21.5, unit: '°C', state: 'normal', link: 'ready' })
  const commits = board.commits
  for (let minute = 0; minute < 60; minute++) {
    await board.simulate('room', { value: 20 + minute / 60 })
    await board.advance('1m')
  }
  expect(board.commits).toBe(commits)
  expect((await board.see('room')).value).toBeCloseTo(20 + 59 / 60)
})

test('a threshold is told once, with hysteresis, and no restart tells it again', async () => {
  const board = await deviceBoard({
    devices: { room: room({ above: { at: 30, clear: 28 }, onAbove: { kind: 'note' }, onNormal: { kind: 'note' } }) },
  })
  for (const value of [25, 30, 29, 31, 28.5, 30.5]) {
    await board.simulate('room', { value })
    await board.advance('1m')
  }
  expect(await board.types()).toEqual(['above'])
  await board.crash()
  await board.restart({ off: '10m' })
  await board.advance('5m')
  expect(await board.types()).toEqual(['above'])
  await board.simulate('room', { value: 27 })
  await board.advance('1m')
  expect(await board.types()).toEqual(['above', 'normal'])
  const [above] = await board.heard()
  expect(above).toMatchObject({ device: 'room', type: 'above', value: 30 })
})

test('a reading that fails is a fault, and never the value before', async () => {
  const board = await deviceBoard({
    devices: { room: room({ failures: 3, onFault: { kind: 'note' }, onFound: { kind: 'note' } }) },
  })
  await board.simulate('room', { value: 21 })
  await board.advance('1m')
  await board.simulate('room', { fault: 'the cable is broken' })
  await board.advance('10m')
  const broken = await board.see('room')
  expect(broken).toMatchObject({ value: null, fault: { code: 'ERR_READING' } })
  expect(broken.fault?.message).toContain('the cable is broken')
  expect(broken.counts.misreads).toBeGreaterThanOrEqual(3)
  expect(await refusal(board.runtime.devices.read('room'))).toMatchObject({ code: 'ERR_READING' })
  await board.simulate('room', { fault: null, value: 22 })
  await board.advance('10m')
  expect(await board.see('room')).toMatchObject({ value: 22 })
  expect(await board.types()).toEqual(['fault', 'found'])
})

test('one spike does not pass a median', async () => {
  const board = await deviceBoard({
    devices: { room: room({ median: 3, above: { at: 30, clear: 28 }, onAbove: { kind: 'note' } }) },
  })
  for (const value of [21, 21, 85, 21, 21]) {
    await board.simulate('room', { value })
    await board.advance('1m')
  }
  expect(await board.types()).toEqual([])
})

test('read() takes a fresh reading', async () => {
  const board = await deviceBoard({ devices: { cpu: cpuTemperature({ interval: '1h' }) } })
  await board.simulate('cpu', { value: 61 })
  expect(await board.runtime.devices.read('cpu')).toMatchObject({ value: 61 })
})

test('a gate opens and closes with its device', async () => {
  const board = await deviceBoard({
    devices: {
      tank: sysfs({
        file: '/sys/bus/iio/devices/iio:device0/in_voltage0_raw',
        unit: '%',
        interval: '1m',
        below: { at: 10, clear: 20 },
      }),
    },
    gates: { full: device('tank', { is: ['normal', 'above'] }) },
    routes: { default: { gates: ['full'] } },
  })
  await board.simulate('tank', { value: 5 })
  await board.advance('1m')
  const { id } = await board.runtime.enqueue('note')
  await board.advance('10m')
  await board.assertState(id, 'QUEUED')
  expect((await board.runtime.gates.list())[0]).toMatchObject({ name: 'full', open: false, reason: 'tank is below' })
  await board.simulate('tank', { value: 50 })
  await board.advance('1m')
  await board.assertState(id, 'FINISHED')
})

test('who waits for a reading that never comes is told so when the runtime stops', async () => {
  const asked: AbortSignal[] = []
  const silentSensor = { read: (signal: AbortSignal) => new Promise<number>(() => void asked.push(signal)), close() {} }
  const sources = Object.assign(new SimulatedSources(), { source: () => silentSensor })
  const runtime = runtimeOn({ cpu: cpuTemperature() }, () => sources)
  await runtime.start()
  const told = refusal(runtime.devices.read('cpu'))
  await runtime.stop()
  expect(await told).toMatchObject({ code: 'ERR_DEVICE_FAULTY' })
  expect(asked.map(({ aborted }) => aborted)).toEqual([true])
})
