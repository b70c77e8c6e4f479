/**
 * The structures of version 2 of the kernel's GPIO interface, as bytes. Its source is include/uapi/linux/gpio.h; it is the
 * same on 32 and 64 bits, and everything that we run on is little-endian.
 */
import type { Edge, InputRequest, LineInfo, LineRequest, OutputRequest } from './backend.js'

/** The calls: direction, size of the structure, 0xB4 and a number, as <linux/ioctl.h> packs them. */
export const CALL = {
  chipInfo: 0x8044_b401,
  lineInfo: 0xc100_b405,
  getLines: 0xc250_b407,
  setConfig: 0xc110_b40d,
  getValues: 0xc010_b40e,
  setValues: 0xc010_b40f,
} as const

const NAME_BYTES = 32
const MOST_LINES = 64
const CHIP_BYTES = 68
const INFO_BYTES = 256
const REQUEST_BYTES = 592
const CONFIG_BYTES = 272
const VALUES_BYTES = 16
export const EVENT_BYTES = 48

/** Where something is in its structure. */
const CHIP = { name: 0, label: 32, lines: 64 } as const
const INFO = { name: 0, consumer: 32, offset: 64, flags: 72 } as const
const REQUEST = { offsets: 0, consumer: 256, config: 288, lines: 560, buffer: 564, fd: 588 } as const
const CONFIG = { flags: 0, attributeCount: 8, attributes: 32 } as const
const ATTRIBUTE = { id: 0, value: 8, mask: 16 } as const
const VALUES = { bits: 0, mask: 8 } as const
const EVENT = { atNs: 0, id: 8, offset: 12, lineSeq: 20 } as const

const FLAG = {
  used: 1n << 0n,
  activeLow: 1n << 1n,
  input: 1n << 2n,
  output: 1n << 3n,
  rising: 1n << 4n,
  falling: 1n << 5n,
} as const
const BIAS = { 'as-is': 0n, 'pull-up': 1n << 8n, 'pull-down': 1n << 9n, disabled: 1n << 10n } as const
const DRIVE = { 'push-pull': 0n, 'open-drain': 1n << 6n, 'open-source': 1n << 7n } as const
const OUTPUT_VALUES = 2
const DEBOUNCE = 3
const RISING = 1

/** The kernel keeps 16 edges a line unless it is asked for more, and drops the oldest; 1,024 of all lines is the most. */
const KEPT_EDGES = 256
const MOST_KEPT = 1024

export const emptyChipInfo = () => Buffer.alloc(CHIP_BYTES)

export function readChipInfo(buffer: Buffer): { name: string; label: string; lineCount: number } {
  return {
    name: nameAt(buffer, CHIP.name),
    label: nameAt(buffer, CHIP.label),
    lineCount: buffer.readUInt32LE(CHIP.lines),
  }
}

export function lineInfoOf(offset: number): Buffer {
  const buffer = Buffer.alloc(INFO_BYTES)
  buffer.writeUInt32LE(offset, INFO.offset)
  return buffer
}

export function readLineInfo(buffer: Buffer): LineInfo {
  const flags = buffer.readBigUInt64LE(INFO.flags)
  return {
    offset: buffer.readUInt32LE(INFO.offset),
    name: nameAt(buffer, INFO.name),
    direction: (flags & FLAG.output) === 0n ? 'input' : 'output',
    used: (flags & FLAG.used) !== 0n,
    consumer: nameAt(buffer, INFO.consumer),
  }
}

/** An output without levels is asked for as it is: only its config, once its levels are read, makes it one. */
export function requestOf(request: LineRequest): Buffer {
  const { offsets, consumer } = request
  const buffer = Buffer.alloc(REQUEST_BYTES)
  for (const [index, offset] of offsets.entries()) buffer.writeUInt32LE(offset, REQUEST.offsets + 4 * index)
  // A name that is too long is cut between two characters; the last byte ends it.
  buffer.write(consumer, REQUEST.consumer, NAME_BYTES - 1)
  configOf(request).copy(buffer, REQUEST.config)
  buffer.writeUInt32LE(offsets.length, REQUEST.lines)
  if (request.direction === 'input' && request.edges)
    buffer.writeUInt32LE(Math.min(KEPT_EDGES * offsets.length, MOST_KEPT), REQUEST.buffer)
  return buffer
}

export const readFd = (request: Buffer): number => request.readInt32LE(REQUEST.fd)

export function configOf(request: LineRequest): Buffer {
  return request.direction === 'input' ? inputConfig(request) : outputConfig(request)
}

function inputConfig({ offsets, activeLow, bias, edges, debounceUs }: InputRequest): Buffer {
  const flags = FLAG.input | BIAS[bias] | (activeLow ? FLAG.activeLow : 0n)
  const config = configWith(edges ? flags | FLAG.rising | FLAG.falling : flags)
  if (debounceUs > 0) setAttribute(config, DEBOUNCE, BigInt(debounceUs), allOf(offsets.length))
  return config
}

function outputConfig({ offsets, activeLow, bias, drive, levels }: OutputRequest): Buffer {
  const flags = activeLow ? FLAG.activeLow : 0n
  if (levels === undefined) return configWith(flags)
  const config = configWith(flags | FLAG.output | BIAS[bias] | DRIVE[drive])
  setAttribute(config, OUTPUT_VALUES, bitsOf(levels), allOf(offsets.length))
  return config
}

function configWith(flags: bigint): Buffer {
  const config = Buffer.alloc(CONFIG_BYTES)
  config.writeBigUInt64LE(flags, CONFIG.flags)
  return config
}

/** The one attribute that a config of ours has. */
function setAttribute(config: Buffer, id: number, value: bigint, mask: bigint): void {
  const at = CONFIG.attributes
  config.writeUInt32LE(1, CONFIG.attributeCount)
  config.writeUInt32LE(id, at + ATTRIBUTE.id)
  config.writeBigUInt64LE(value, at + ATTRIBUTE.value)
  config.writeBigUInt64LE(mask, at + ATTRIBUTE.mask)
}

/** Values to be read, or to be set: of all lines of a request. */
export function valuesOf(count: number, levels: readonly boolean[] = []): Buffer {
  const buffer = Buffer.alloc(VALUES_BYTES)
  buffer.writeBigUInt64LE(bitsOf(levels), VALUES.bits)
  buffer.writeBigUInt64LE(allOf(count), VALUES.mask)
  return buffer
}

export function readLevels(values: Buffer, count: number): boolean[] {
  const bits = values.readBigUInt64LE(VALUES.bits)
  return Array.from({ length: count }, (_, index) => ((bits >> BigInt(index)) & 1n) === 1n)
}

/** The edges in the first `bytes` of a buffer. */
export function readEdges(buffer: Buffer, bytes: number, offsets: readonly number[]): Edge[] {
  return Array.from({ length: Math.floor(bytes / EVENT_BYTES) }, (_, nth) => {
    const at = nth * EVENT_BYTES
    return {
      index: offsets.indexOf(buffer.readUInt32LE(at + EVENT.offset)),
      level: buffer.readUInt32LE(at + EVENT.id) === RISING,
      atNs: buffer.readBigUInt64LE(at + EVENT.atNs),
      seq: buffer.readUInt32LE(at + EVENT.lineSeq),
    }
  })
}

const allOf = (count: number) => (1n << BigInt(Math.min(count, MOST_LINES))) - 1n

const bitsOf = (levels: readonly boolean[]) =>
  levels.reduce((bits, level, index) => (level ? bits | (1n << BigInt(index)) : bits), 0n)

function nameAt(buffer: Buffer, at: number): string {
  const end = buffer.indexOf(0, at)
  return buffer.toString('utf8', at, end < 0 || end > at + NAME_BYTES ? at + NAME_BYTES : end)
}
