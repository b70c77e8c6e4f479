/** The bytes are those that a C compiler made of the same values with <linux/gpio.h>. */
import { expect, test } from 'vitest'
import type { InputRequest, OutputRequest } from '../../../src/devices/backend.js'
import {
  emptyChipInfo,
  lineInfoOf,
  readChipInfo,
  readEdges,
  readFd,
  readLevels,
  readLineInfo,
  requestOf,
  valuesOf,
} from '../../../src/devices/chardev-layout.js'

/** `offset:byte` of what is not zero. */
function bytesOf(buffer: Buffer): string {
  return [...buffer.entries()]
    .filter(([, byte]) => byte !== 0)
    .map(([at, byte]) => `${at}:${byte.toString(16).padStart(2, '0')}`)
    .join(' ')
}

function bufferOf(size: number, bytes: string): Buffer {
  const buffer = Buffer.alloc(size)
  for (const each of bytes.split(' ')) {
    const [at, byte] = each.split(':') as [string, string]
    buffer[Number(at)] = Number.parseInt(byte, 16)
  }
  return buffer
}

const door: InputRequest = {
  chip: 'pinctrl-rp1',
  offsets: [17, 4],
  direction: 'input',
  consumer: 'door',
  activeLow: true,
  bias: 'pull-up',
  debounceUs: 25_000,
  edges: true,
}
const lamp: OutputRequest = {
  chip: 'pinctrl-rp1',
  offsets: [22, 23, 24],
  direction: 'output',
  consumer: 'lamp',
  activeLow: false,
  bias: 'disabled',
  drive: 'open-drain',
  levels: [true, false, true],
}

test('a request for inputs', () => {
  expect(bytesOf(requestOf(door))).toBe(
    '0:11 4:04 256:64 257:6f 258:6f 259:72 288:36 289:01 296:01 320:03 328:a8 329:61 336:03 560:02 565:02',
  )
  expect(requestOf(door)).toHaveLength(592)
})

test('a request for outputs', () => {
  expect(bytesOf(requestOf(lamp))).toBe(
    '0:16 4:17 8:18 256:6c 257:61 258:6d 259:70 288:48 289:04 296:01 320:02 328:05 336:07 560:03',
  )
})

test('an output as it is has no direction, no drive and no bias yet: the kernel refuses them without', () => {
  const { levels: _, ...asItIs } = lamp
  expect(bytesOf(requestOf({ ...asItIs, activeLow: true }))).toBe(
    '0:16 4:17 8:18 256:6c 257:61 258:6d 259:70 288:02 560:03',
  )
})

test('all 64 lines of a request, and no more edges than the kernel keeps', () => {
  const offsets = Array.from({ length: 64 }, (_, n) => n)
  const buffer = requestOf({ ...door, offsets })
  expect(buffer.readBigUInt64LE(288 + 32 + 16)).toBe(2n ** 64n - 1n)
  expect(buffer.readUInt32LE(564)).toBe(1024)
})

test('a name that is too long is cut between two characters', () => {
  const buffer = requestOf({ ...door, consumer: 'ä'.repeat(20) })
  expect(buffer.toString('utf8', 256, 288)).toBe(`${'ä'.repeat(15)}\0\0`)
})

test('values, set and read', () => {
  expect(bytesOf(valuesOf(3, [true, false, true]))).toBe('0:05 8:07')
  expect(readLevels(bufferOf(16, '0:05 8:07'), 3)).toEqual([true, false, true])
  const all = Array.from({ length: 64 }, (_, n) => n === 0 || n === 63)
  expect(readLevels(valuesOf(64, all), 64)).toEqual(all)
})

test('edges, as many as there are bytes', () => {
  const event = bufferOf(48, '0:08 1:07 2:06 3:05 4:04 5:03 6:02 7:01 8:02 12:04 16:09 20:03')
  const rising = Buffer.from(event)
  rising[8] = 1
  rising[12] = 17
  expect(readEdges(Buffer.concat([event, rising, event]), 96, [17, 4])).toEqual([
    { index: 1, level: false, atNs: 0x0102_0304_0506_0708n, seq: 3 },
    { index: 0, level: true, atNs: 0x0102_0304_0506_0708n, seq: 3 },
  ])
})

test('what is known of a line, and of a chip', () => {
  const consumer = Array.from({ length: 32 }, (_, n) => `${32 + n}:63`).join(' ')
  const line = bufferOf(256, `0:47 1:50 2:49 3:4f 4:31 5:37 ${consumer} 64:11 72:09`)
  expect(readLineInfo(line)).toEqual({
    offset: 17,
    name: 'GPIO17',
    direction: 'output',
    used: true,
    consumer: 'c'.repeat(32),
  })
  expect(bytesOf(lineInfoOf(17))).toBe('64:11')
  const chip = bufferOf(
    68,
    '0:67 1:70 2:69 3:6f 4:63 5:68 6:69 7:70 8:30 32:70 33:69 34:6e 35:63 36:74 37:72 38:6c 39:2d 40:72 41:70 42:31 64:36',
  )
  expect(readChipInfo(chip)).toEqual({ name: 'gpiochip0', label: 'pinctrl-rp1', lineCount: 54 })
  expect(emptyChipInfo()).toHaveLength(68)
})

test('the descriptor that the kernel gives', () => {
  expect(readFd(bufferOf(592, '588:2a'))).toBe(42)
})
