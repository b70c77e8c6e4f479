import { expect, test } from 'vitest'
import { contact, createRuntime, device, relay } from '../../src/index.js'
import { refusal } from '../runtime/lab.js'
import { deviceBoard, note } from './board.js'

const siren = relay({ line: 'GPIO27' })

test('a line that there is none of is refused at the start, with what it may have meant', async () => {
  expect(await refusal(deviceBoard({ devices: { door: contact({ line: 'GPIO177' }) } }))).toMatchObject({
    code: 'ERR_INVALID_DEVICE',
    message: /^devices\.door\.line: no line has the name 'GPIO177': 'GPIO17'\?/,
  })
})

test('one line under two names is found out', async () => {
  const devices = { door: contact({ line: 'GPIO17' }), gate: contact({ line: { chip: 'simulated', offset: 17 } }) }
  expect(await refusal(deviceBoard({ devices }))).toMatchObject({
    code: 'ERR_INVALID_DEVICE',
    message: /^devices\.gate\.line: devices\.door\.line has line 17 of chip 'simulated' already$/,
  })
})

test('a task that can never be made is refused at the start', async () => {
  const devices = { door: contact({ line: 'GPIO17', onOpen: { kind: 'nobody' } }) }
  expect(await refusal(deviceBoard({ devices }))).toMatchObject({
    code: 'ERR_INVALID_DEVICE',
    message: /^devices\.door\.onOpen: .*nobody/,
  })
})

test('a gate of a device that there is none of is refused', () => {
  const make = () =>
    createRuntime({
      path: '/nowhere',
      tasks: [note],
      devices: { siren },
      gates: { shut: device('dor', { is: 'closed' }) },
    })
  expect(make).toThrow(/gates\.shut: there is no device 'dor'/)
})

test('who insists on real lines is told when there are none', async () => {
  const { mkdtempSync, rmSync } = await import('node:fs')
  const path = mkdtempSync('/tmp/holdfast-no-lines-')
  try {
    const runtime = createRuntime({ path, tasks: [], devices: { siren }, gpio: { backend: 'chardev', dev: path } })
    expect(await refusal(runtime.start())).toMatchObject({ code: 'ERR_NO_LINES' })
  } finally {
    rmSync(path, { recursive: true })
  }
})

test('what is told to a device that is not there is refused, and it is found again by itself', async () => {
  const board = await deviceBoard({ devices: { door: contact({ line: 'GPIO17' }), siren } })
  await board.simulate('door', { fault: 'torn off' })
  await board.restart()
  expect(await board.see('door')).toMatchObject({ link: 'faulty', value: null, fault: { code: 'ERR_LINE' } })
  expect(await refusal(board.runtime.devices.read('door'))).toMatchObject({
    code: 'ERR_DEVICE_FAULTY',
    message: /torn off/,
  })
  await board.simulate('door', { fault: null })
  await board.advance('10m')
  expect(await board.see('door')).toMatchObject({ link: 'ready' })
})
