/** What is wrong with devices is said at once, by the name of the device and of the option. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Sysfs } from '../../src/devices/sources/sysfs.js'
import {
  button,
  clockSynced,
  contact,
  createRuntime,
  device,
  dht,
  every,
  input,
  interlock,
  led,
  pwm,
  relay,
  sysfs,
} from '../../src/index.js'
import { testRuntime } from '../../src/testing/index.js'
import { facts, refusal, silent, temporaryDirectory } from '../runtime/lab.js'
import { deviceBoard, note, runtimeOn } from './board.js'

type Options = Parameters<typeof testRuntime>[0]

/** What a start with these options is refused with. */
const refused = (options: Omit<Options, 'tasks'>) =>
  refusal(testRuntime({ tasks: [note], ...options } as Options).then((board) => board.close()))
const of = (devices: object) => refused({ devices: devices as never })
/** Options that TypeScript would not take. */
const wrong = (options: object) => options as never

test.each([
  ['a line that there is none of', { door: contact({ line: 'GPIO99' }) }, 'devices.door.line', "'GPIO9'"],
  ['a line that is misspelt', { door: contact({ line: 'gpio17' }) }, 'devices.door.line', "'GPIO17'"],
  ['the number of a chip', { door: contact({ line: { chip: 'gpiochip0', offset: 1 } }) }, 'devices.door.line', 'label'],
  ['an offset out of range', { door: contact({ line: { chip: 'hat', offset: 64 } }) }, 'devices.door.line', '0 to 63'],
  [
    'an offset that is none',
    { door: contact({ line: { chip: 'hat', offset: -1 } }) },
    'devices.door.line.offset',
    '-1',
  ],
  [
    'a line of an interlock',
    { way: interlock({ outputs: { up: 'GPIO5', down: 'GPIO77' } }) },
    'devices.way.outputs.down',
    'GPIO77',
  ],
  [
    'one line twice by its name',
    { a: contact({ line: 'GPIO17' }), b: relay({ line: 'GPIO17' }) },
    'devices.b.line',
    'devices.a.line',
  ],
  [
    'one line twice by its place',
    { a: led({ line: 'GPIO17' }), b: input({ line: { chip: 'simulated', offset: 17 } }) },
    'devices.b.line',
    'devices.a.line',
  ],
  [
    'one line twice in one device',
    { a: interlock({ outputs: { up: 'GPIO5', down: 'GPIO5' } }) },
    'devices.a.outputs.down',
    'devices.a.outputs.up',
  ],
  ['one channel twice', { a: pwm({ channel: 0 }), b: pwm({ channel: 0 }) }, 'devices.b.channel', 'devices.a.channel'],
  [
    'an input that is driven',
    { door: contact(wrong({ line: 'GPIO17', drive: 'open-drain' })) },
    'devices.door.drive',
    'no such option',
  ],
  [
    'an input with a level of its own',
    { bell: button(wrong({ line: 'GPIO17', initial: 'on' })) },
    'devices.bell.initial',
    'no such option',
  ],
  [
    'an output that is debounced',
    { pump: relay(wrong({ line: 'GPIO17', debounce: '5ms' })) },
    'devices.pump.debounce',
    'no such option',
  ],
  [
    'a binding to what an output never does',
    { pump: relay(wrong({ line: 'GPIO17', onRise: { kind: 'note' } })) },
    'devices.pump.onRise',
    'no such option',
  ],
  [
    'a debounce that is too long',
    { door: contact({ line: 'GPIO17', debounce: '11s' }) },
    'devices.door.debounce',
    '10 s',
  ],
  [
    'a threshold without hysteresis',
    { room: dht({ quantity: 'temperature', above: { at: 30, clear: 30 } }) },
    'devices.room.above',
    '`clear` less than `at`',
  ],
  [
    'a threshold that is upside down',
    { room: dht({ quantity: 'temperature', below: { at: 5, clear: 4 } }) },
    'devices.room.below',
    '`clear` more than `at`',
  ],
  [
    'a threshold that is a number',
    { room: dht(wrong({ quantity: 'temperature', above: 30 })) },
    'devices.room.above',
    '{ at, clear }',
  ],
  [
    'a binding without its threshold',
    { room: dht({ quantity: 'humidity', onAbove: { kind: 'note' } }) },
    'devices.room.onAbove',
    '`above`',
  ],
  ['an even median', { room: dht({ quantity: 'humidity', median: 4 }) }, 'devices.room.median', 'odd'],
  ['a file outside of /sys', { tank: sysfs({ file: '../etc/passwd' }) }, 'devices.tank.file', 'below /sys'],
  [
    'a task of an unknown kind',
    { door: contact({ line: 'GPIO17', onOpen: { kind: 'notes' } }) },
    'devices.door.onOpen',
    'notes',
  ],
  [
    'a task with an option that there is none of',
    { door: contact({ line: 'GPIO17', onOpen: wrong({ kind: 'note', prio: 1 }) }) },
    'devices.door.onOpen',
    'prio',
  ],
  [
    'an option that is misspelt',
    { door: contact(wrong({ line: 'GPIO17', onOpened: { kind: 'note' } })) },
    'devices.door.onOpened',
    'no such option',
  ],
  ['a type that there is none of', { door: { type: 'contcat', line: 'GPIO17' } }, 'devices.door.type', "'contact'"],
  ['what is no device', { door: 'GPIO17' }, 'devices.door', 'expected a device'],
])('%s', async (_, devices, where, what) => {
  const error = await of(devices)
  expect(error.code).toBe('ERR_INVALID_DEVICE')
  expect(error.message.startsWith(`${where}:`), error.message).toBe(true)
  expect(`${error.message} ${error.hint}`).toContain(what)
})

test('a gate of a device that there is none of names the gate and the device', async () => {
  const error = await refused({
    devices: { door: contact({ line: 'GPIO17' }) },
    gates: { shut: device('dor', { is: 'closed' }) },
  })
  expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION', message: /^gates\.shut: .*'dor'/ })
})

test('a gate of a device on a runtime without devices is refused, too, and one within another gate', async () => {
  const shut = every(device('door', { is: 'closed' }), clockSynced())
  const where = { code: 'ERR_INVALID_OPTION', message: /^gates\.shut: .*'door'/ }
  expect(await refused({ gates: { shut } })).toMatchObject(where)
  const path = await temporaryDirectory()
  const made = async () => createRuntime({ path, tasks: [note], gates: { shut } })
  expect(await refusal(made())).toMatchObject(where)
})

test('the lines of the kernel, and nothing else, on a machine that has none', async () => {
  const dev = await temporaryDirectory()
  const runtime = createRuntime({
    path: await temporaryDirectory(),
    tasks: [note],
    devices: { door: contact({ line: 'GPIO17' }) },
    gpio: { backend: 'chardev', dev },
    log: silent,
  })
  expect(await refusal(runtime.start())).toMatchObject({ code: 'ERR_NO_LINES', message: new RegExp(`${dev}/gpiochip`) })
})

test.each([
  [{ backend: 'sysfs' }, 'gpio.backend'],
  [{ sysfs: 'sys' }, 'gpio.sysfs'],
  [{ dev: 7 }, 'gpio.dev'],
  [{ simulated: { wires: [['GPIO5']] } }, 'gpio.simulated.wires'],
  [{ chip: 'x' }, 'gpio'],
])('gpio: %j', async (gpio, where) => {
  const error = await refused({ devices: { door: contact({ line: 'GPIO17' }) }, gpio: gpio as never })
  expect(error.code).toMatch(/ERR_INVALID_OPTION/)
  expect(error.message).toContain(where)
})

test.each([
  ['garbage', 'ok\n'],
  ['nothing', ''],
  ['a number and more', '21500 mC\n'],
])('a file with %s in it is a fault that names the file, and never a value', async (_, text) => {
  const root = await temporaryDirectory()
  await mkdir(join(root, 'class/tank'), { recursive: true })
  await writeFile(join(root, 'class/tank/level'), text)
  const devices = { tank: sysfs({ file: 'class/tank/level', interval: '100ms', failures: 1 }) }
  const runtime = runtimeOn(devices, (clock) => new Sysfs({ root, clock }))
  const news = facts('device.news')
  await runtime.start()
  await news.first(({ type }) => type === 'fault')
  expect(await runtime.devices.list()).toMatchObject([{ value: null, fault: { message: /class\/tank\/level/ } }])
})

test('what is told to a device that is not there is refused, and it is found again by itself', async () => {
  const board = await deviceBoard({ devices: { door: contact({ line: 'GPIO17' }) } })
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

test('a fault is told once, and its end once, whoever restarts in between', async () => {
  const note = { kind: 'note' }
  const board = await deviceBoard({
    devices: { siren: relay({ line: 'GPIO27', optional: true, onFault: note, onFound: note }) },
  })
  board.gpio.unplug('simulated')
  await board.settled()
  for (let life = 0; life < 3; life++) {
    await board.crash()
    await board.restart({ off: '1m' })
    expect(await board.see('siren')).toMatchObject({ link: 'faulty', fault: { since: '2026-01-01T00:00:00.000Z' } })
  }
  expect(await board.types()).toEqual(['fault'])
  await board.crash()
  board.gpio.plug('simulated')
  await board.restart({ off: '1m' })
  expect(await board.types()).toEqual(['fault', 'found'])
  await board.restart()
  expect(await board.types()).toEqual(['fault', 'found'])
})
