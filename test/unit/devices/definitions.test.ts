/** Devices as users write them: what becomes of the options, and how a wrong one is refused. */
import { describe, expect, test } from 'vitest'
import { checkDevices, type DeviceDefinitions } from '../../../src/devices/definitions.js'
import { contact, dht, HoldfastError, input, interlock, pwm, relay, sysfs, underVoltage } from '../../../src/index.js'

/** Given as data: users of JavaScript and JSON may write anything. */
const one = (given: object, name = 'it') => {
  const checked = checkDevices({ [name]: given } as DeviceDefinitions).get(name)
  if (!checked) throw new Error('not checked')
  return checked
}
const refused = (devices: unknown) => {
  try {
    checkDevices(devices as DeviceDefinitions)
  } catch (error) {
    if (error instanceof HoldfastError) return `${error.code} ${error.message} | ${error.hint}`
    throw error
  }
  return 'accepted'
}
const line = 'GPIO17'
const task = { kind: 'note' }

describe('a definition', () => {
  test('is plain data with a type, so a config in JSON says the same', () => {
    const made = contact({ line, bias: 'pull-up', debounce: '20ms', onRise: { kind: 'snapshot' } })
    expect(made).toEqual({ type: 'contact', line, bias: 'pull-up', debounce: '20ms', onRise: { kind: 'snapshot' } })
    expect(one(JSON.parse(JSON.stringify(made)))).toEqual(one(made))
  })

  test('of an input says what the kernel is asked for', () => {
    expect(one({ type: 'input', line, debounce: '0.5s', activeLow: true }, 'meter')).toMatchObject({
      lines: {
        addresses: [line],
        direction: 'input',
        debounceUs: 500_000,
        edges: true,
        activeLow: true,
        bias: 'as-is',
        consumer: 'holdfast:meter',
      },
      floodLimit: 2_000,
      optional: false,
    })
    expect(one(input({ line })).lines).toMatchObject({ debounceUs: 25_000 })
    expect(one(input({ line, debounce: 0 })).lines).toMatchObject({ debounceUs: 0 })
  })

  test('has a consumer that fits into the kernel’s 31 bytes', () => {
    expect(one(input({ line }), 'a'.repeat(60)).lines?.consumer).toHaveLength(31)
  })

  test('of a contact knows the level at which it is closed by its bias', () => {
    const closed = (more: object) => one({ type: 'contact', line, ...more }).options.closed
    expect(closed({})).toBe('low')
    expect(closed({ bias: 'pull-up' })).toBe('low')
    expect(closed({ bias: 'pull-down' })).toBe('high')
    expect(closed({ bias: 'pull-up', activeLow: true })).toBe('high')
    expect(closed({ bias: 'pull-down', activeLow: true })).toBe('low')
    expect(closed({ bias: 'pull-up', closed: 'high' })).toBe('high')
  })

  test('of a button to ground is active low, and waits for double clicks where they are bound', () => {
    expect(one({ type: 'button', line, bias: 'pull-up' })).toMatchObject({
      lines: { activeLow: true },
      options: { holdMs: 1_000, repeatMs: null, doubleClickMs: null },
    })
    expect(one({ type: 'button', line, bias: 'pull-up', activeLow: false }).lines?.activeLow).toBe(false)
    expect(one({ type: 'button', line, onDoubleClick: task }).options.doubleClickMs).toBe(300)
    expect(one({ type: 'button', line, hold: false }).options.holdMs).toBe(null)
  })

  test('of an output begins in off and ends in off', () => {
    expect(one(relay({ line, maxOn: '10m' }))).toMatchObject({
      lines: { direction: 'output', drive: 'push-pull' },
      options: { initial: 'off', onStop: 'safe', maxOnMs: 600_000 },
    })
  })

  test('of an interlock has its lines in the order of its outputs', () => {
    expect(one(interlock({ outputs: { up: 'GPIO5', down: { chip: 'pinctrl-rp1', offset: 6 } } }))).toMatchObject({
      lines: { addresses: ['GPIO5', { chip: 'pinctrl-rp1', offset: 6 }], options: ['outputs.up', 'outputs.down'] },
      options: { outputs: ['up', 'down'], waitMs: 500, maxOnMs: null },
    })
  })

  test('of a PWM has a period, and of a sensor a source, a unit and limits', () => {
    expect(one(pwm({ channel: 2, frequency: 2_000 })).dial).toEqual({
      dial: 'pwm', channel: 2, periodNs: 500_000, inverted: false,
    }) // biome-ignore format: a record
    expect(one(dht({ quantity: 'humidity', interval: '10s' }))).toMatchObject({
      unit: '%',
      source: { source: 'dht', quantity: 'humidity' },
      options: { intervalMs: 10_000, staleMs: 30_000, median: 1, failures: 3, above: null, below: null },
    })
    expect(one(sysfs({ file: 'class/x/y', scale: 0.001, unit: 'V' }))).toMatchObject({
      unit: 'V',
      source: { source: 'file', path: 'class/x/y', scale: 0.001, offset: 0 },
    })
    expect(one(underVoltage({ onAbove: task })).options.above).toEqual({ at: 1, clear: 0 })
  })

  test('has its bindings as lists, with functions as they are', () => {
    const wordy = (news: { at: string }) => news.at
    const { bindings } = one(
      contact({ line, onOpen: task, onHold: [task, { kind: 'mail', input: wordy }], hold: '1m' }),
    )
    expect(bindings).toEqual([
      { option: 'onOpen', tasks: [task] },
      { option: 'onHold', tasks: [task, { kind: 'mail', input: wordy }] },
    ])
  })
})

/** What is wrong, and what is said of it. */
const REFUSALS: [string, unknown, RegExp][] = [
  ['no device at all', { it: 'GPIO17' }, /ERR_INVALID_DEVICE devices\.it: expected a device.*"GPIO17"/],
  ['devices in a list', [contact({ line })], /devices: expected devices by their names/],
  ['an unknown type', { it: { type: 'relais', line } }, /devices\.it\.type: .*"relais" \| Did you mean 'relay'\?/],
  ['a name that is none', { 'the door': contact({ line }) }, /ERR_INVALID_ID devices\.the door/],
  ['a misspelt option', { it: { type: 'contact', line, debounc: 5 } }, /devices\.it\.debounc: .*'debounce'\?/],
  [
    'a binding that it does not have',
    { it: { type: 'relay', line, onOpen: task } },
    /devices\.it\.onOpen: a relay has no/,
  ],
  ['debounce on an output', { it: { type: 'relay', line, debounce: 5 } }, /devices\.it\.debounce: a relay has no/],
  ['a drive on an input', { it: { type: 'button', line, drive: 'push-pull' } }, /devices\.it\.drive: a button has no/],
  ['no line', { it: { type: 'led' } }, /devices\.it\.line: expected the name of a line .*undefined/],
  [
    'the number of a chip',
    { it: { type: 'led', line: { chip: 'gpiochip0', offset: 1 } } },
    /is no label of a chip \| .*change/,
  ],
  [
    'an offset that is none',
    { it: { type: 'led', line: { chip: 'x', offset: -1 } } },
    /devices\.it\.line\.offset: .* -1/,
  ],
  ['a duration that is none', { it: { type: 'input', line, debounce: 'soon' } }, /devices\.it\.debounce: .*"soon"/],
  ['a debounce without an end', { it: { type: 'input', line, debounce: '1m' } }, /devices\.it\.debounce: .* 10 s/],
  ['a bias that is none', { it: { type: 'input', line, bias: 'up' } }, /devices\.it\.bias: expected 'as-is' or .*"up"/],
  [
    'a flag that is none',
    { it: { type: 'input', line, activeLow: 1 } },
    /devices\.it\.activeLow: expected true or false/,
  ],
  ['a long consumer', { it: { type: 'input', line, consumer: 'x'.repeat(32) } }, /devices\.it\.consumer: .* 31/],
  ['a hold without a length', { it: { type: 'contact', line, hold: true } }, /devices\.it\.hold: expected a duration/],
  ['onHold without a hold', { it: { type: 'contact', line, onHold: task } }, /devices\.it\.onHold: needs `hold`/],
  ['a repeat without a hold', { it: { type: 'contact', line, repeat: '1s' } }, /devices\.it\.repeat: needs `hold`/],
  [
    'onRepeat without a repeat',
    { it: { type: 'button', line, onRepeat: task } },
    /devices\.it\.onRepeat: needs `repeat`/,
  ],
  [
    'onDoubleClick without a wait',
    { it: { type: 'button', line, doubleClick: false, onDoubleClick: task } },
    /devices\.it\.onDoubleClick: needs `doubleClick`/,
  ],
  ['a single output', { it: { type: 'interlock', outputs: { a: line } } }, /devices\.it\.outputs: expected 2 to 8/],
  [
    'outputs of two chips',
    { it: { type: 'interlock', outputs: { a: { chip: 'x', offset: 1 }, b: { chip: 'y', offset: 1 } } } },
    /devices\.it\.outputs: the lines are on one chip/,
  ],
  [
    'a line used twice',
    { a: contact({ line }), b: relay({ line }) },
    /devices\.b\.line: devices\.a\.line has 'GPIO17' already/,
  ],
  [
    'a line used twice within an interlock',
    { it: { type: 'interlock', outputs: { a: { chip: 'x', offset: 1 }, b: { chip: 'x', offset: 1 } } } },
    /devices\.it\.outputs\.b: devices\.it\.outputs\.a has line 1 of chip 'x' already/,
  ],
  [
    'a channel used twice',
    { a: pwm({ channel: 0 }), b: pwm({ channel: 0 }) },
    /devices\.b\.channel: .* channel 0 already/,
  ],
  ['no channel', { it: { type: 'pwm' } }, /devices\.it\.channel: expected a whole number/],
  ['a DHT without a quantity', { it: { type: 'dht' } }, /devices\.it\.quantity: expected 'temperature'/],
  ['a DHT that is hurried', { it: dht({ quantity: 'humidity', interval: '1s' }) }, /devices\.it\.interval: .* 2000 ms/],
  ['an even median', { it: underVoltage({ median: 2 }) }, /devices\.it\.median: expected an odd number/],
  [
    'a threshold without hysteresis',
    { it: sysfs({ file: 'x', above: { at: 5, clear: 5 } }) },
    /devices\.it\.above: .*less than/,
  ],
  [
    'one the wrong way round',
    { it: sysfs({ file: 'x', below: { at: 5, clear: 4 } }) },
    /devices\.it\.below: .*more than/,
  ],
  [
    'a threshold as a number',
    { it: { type: 'sysfs', file: 'x', above: 5 } },
    /devices\.it\.above: expected \{ at, clear \}/,
  ],
  [
    'thresholds that overlap',
    { it: sysfs({ file: 'x', above: { at: 30, clear: 10 }, below: { at: 5, clear: 20 } }) },
    /devices\.it\.below: its `clear` \(20\)/,
  ],
  ['onAbove without a threshold', { it: sysfs({ file: 'x', onAbove: task }) }, /devices\.it\.onAbove: needs `above`/],
  [
    'onNormal without any',
    { it: sysfs({ file: 'x', onNormal: task }) },
    /devices\.it\.onNormal: needs `above` or `below`/,
  ],
  ['a file elsewhere', { it: sysfs({ file: '../etc/passwd' }) }, /devices\.it\.file: expected a file below \/sys/],
  ['an id that is none', { it: { type: 'ds18b20', id: '28' } }, /devices\.it\.id: expected one like/],
  [
    'no task',
    { it: { type: 'contact', line, onOpen: 'snapshot' } },
    /devices\.it\.onOpen: expected a task.*"snapshot"/,
  ],
  ['no tasks', { it: { type: 'contact', line, onOpen: [] } }, /devices\.it\.onOpen: expected a task, or 1 to 10/],
  [
    'an option that tasks of bindings do not have',
    { it: { type: 'contact', line, onOpen: [task, { ...task, id: 'x' }] } },
    /devices\.it\.onOpen\[1\]: unknown option 'id'/,
  ],
  [
    'an input that is not JSON',
    { it: contact({ line, onOpen: { ...task, input: [1n] } }) },
    /devices\.it\.onOpen\.input/,
  ],
]

describe('refused, with its device and its option, is', () => {
  for (const [what, devices, expected] of REFUSALS) {
    test(what, () => {
      expect(refused(devices)).toMatch(expected)
    })
  }
})
