/** Devices and lines as text, where what they say comes from elsewhere. */
import { expect, test } from 'vitest'
import { devicesText, deviceText, linesText, newsText } from '../../src/cli/device-text.js'
import { Terminal } from '../../src/cli/terminal.js'
import type { DeviceView } from '../../src/runtime/devices.js'

const terminal = new Terminal()
const hostile = 'a\u001b[2J\u009bm\nb'
const view: DeviceView = {
  id: 'door',
  type: 'contact',
  link: 'faulty',
  value: null,
  simulated: false,
  commands: [],
  lines: [{ name: 'GPIO17' }, { chip: hostile, offset: 4 }],
  fault: {
    code: 'ERR_LINE_BUSY',
    message: `held by ${hostile}`,
    hint: `End ${hostile}.`,
    since: '2026-01-01T00:00:00.000Z',
  },
  news: [
    {
      device: 'door',
      type: 'fault',
      at: '2026-01-01T00:00:00.000Z',
      error: { code: 'ERR_LINE_BUSY', message: hostile, hint: '' },
    },
    { device: 'door', type: 'open', at: '2026-01-01T00:00:00.000Z', edge: 'rise', whileAway: true, [hostile]: hostile },
  ],
  counts: { edges: 3, missed: 1, floods: 0, faults: 1, misreads: 2 },
}

test('no text of a device, a chip or a holder reaches the terminal as it is', () => {
  const lines = [
    { chip: hostile, offset: 0, name: hostile, direction: 'input', used: true, consumer: hostile },
    { chip: hostile, offset: 1, name: '', direction: 'output', used: false, consumer: '' },
  ] as const
  const all = [
    devicesText(terminal, [view]),
    deviceText(terminal, view),
    linesText(terminal, lines, undefined),
    ...view.news.map((news) => newsText(terminal, news, true)),
  ].join('\n')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(all).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  expect(devicesText(terminal, [view]).split('\n')).toHaveLength(2)
})

test('a device says why it is not there, and what to do', () => {
  const text = deviceText(terminal, { ...view, lines: [{ name: 'GPIO17', chip: 'pinctrl-rp1', offset: 17 }] })
  expect(text).toMatch(/^state +faulty$/m)
  expect(text).toMatch(/^lines +GPIO17 \(line 17 of pinctrl-rp1\)$/m)
  expect(text).toMatch(/^edges +3, 1 missed, 0 floods$/m)
  expect(text).toMatch(/^misreads +2$/m)
  expect(text).toMatch(/open {2}edge=rise {2}whileAway=true/)
  const quiet = { edges: 0, missed: 0, floods: 0, faults: 0, misreads: 0 }
  expect(deviceText(terminal, { ...view, counts: quiet })).not.toMatch(/^(edges|misreads|faults) /m)
})

test('a line is named as `line:` takes it', () => {
  const line = { direction: 'input', used: false, consumer: '' } as const
  const lines = [
    { ...line, chip: 'rp1', offset: 17, name: 'GPIO17' },
    { ...line, chip: 'rp1', offset: 18, name: 'LED', used: true, consumer: 'led0' },
    { ...line, chip: 'usb', offset: 3, name: 'LED', used: true },
    { ...line, chip: 'usb', offset: 4, name: '' },
  ]
  expect(
    linesText(terminal, lines, undefined)
      .split('\n')
      .map((row) => row.replaceAll(/ {2,}/g, ' | ')),
  ).toEqual([
    'LINE | CHIP | OFFSET | DIRECTION | HELD BY',
    'GPIO17 | rp1 | 17 | input',
    "{ chip: 'rp1', offset: 18 } | rp1 | 18 | input | led0",
    "{ chip: 'usb', offset: 3 } | usb | 3 | input | the kernel",
    "{ chip: 'usb', offset: 4 } | usb | 4 | input",
  ])
  expect(linesText(terminal, [], undefined)).toBe('no line is free')
  expect(linesText(terminal, [], '/dev')).toBe('no GPIO on this machine: there is no /dev/gpiochip*')
})
