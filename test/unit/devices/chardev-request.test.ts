/** Chips that refuse, which no simulated one does: here the kernel's side of the calls is played. */
import { openSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { InputRequest, OutputRequest } from '../../../src/devices/backend.js'
import { chipOf } from '../../../src/devices/chardev-chip.js'
import type { Port } from '../../../src/devices/chardev-port.js'
import { requestLines } from '../../../src/devices/chardev-request.js'

const chip = { fd: 9, path: '/dev/gpiochip3', name: 'gpiochip3', label: 'expander', lineCount: 8 }
const door: InputRequest = {
  ...{ chip: 'expander', offsets: [5], direction: 'input', consumer: 'door', activeLow: false, bias: 'pull-up' },
  ...{ debounceUs: 25_000, edges: true },
}
const lamp: OutputRequest = {
  ...{ chip: 'expander', offsets: [5], direction: 'output', consumer: 'lamp', activeLow: false, bias: 'as-is' },
  ...{ drive: 'push-pull', levels: [true] },
}

interface Asked {
  readonly pullUp: boolean
  readonly edges: boolean
  readonly debounced: boolean
}

/** A kernel that says `code` to whatever its chip cannot do, and gives a descriptor otherwise. */
function kernel(code: string, cannot: (asked: Asked) => boolean): Port & { asked: number } {
  return {
    asked: 0,
    ioctl(_, __, buffer) {
      this.asked++
      const flags = buffer.readUInt32LE(288)
      const asked = { pullUp: (flags & 0x100) !== 0, edges: (flags & 0x30) !== 0, debounced: buffer[296] === 1 }
      if (cannot(asked)) throw Object.assign(new Error(code), { code })
      buffer.writeInt32LE(openSync('/dev/null', 'r'), 588)
    },
    poll: () => ({ close: () => {} }),
  }
}

function refusalOf(port: Port, request: InputRequest | OutputRequest) {
  try {
    requestLines(port, chip, request)
  } catch (error) {
    return error
  }
  throw new Error('it was not refused')
}

test.each([
  ['debounce', 'EINVAL', ({ debounced }: Asked) => debounced],
  ['bias', 'EINVAL', ({ pullUp }: Asked) => pullUp],
  ['edges', 'ENXIO', ({ edges, debounced }: Asked) => edges || debounced],
  ['debounce', 'Unknown system error -524', ({ debounced }: Asked) => debounced],
])('a chip that cannot do %s (%s): the option is named', (option, code, cannot) => {
  expect(refusalOf(kernel(code, cannot), door)).toMatchObject({
    code: 'ERR_LINE_UNSUPPORTED',
    message: `expander cannot do \`${option}\` for line 5: the kernel says ${code}`,
  })
})

test('a chip that can do none of it, or an output, is not asked twice for what has an effect', () => {
  expect(
    refusalOf(
      kernel('EINVAL', () => true),
      door,
    ),
  ).toMatchObject({ code: 'ERR_LINE_UNSUPPORTED' })
  const port = kernel('EINVAL', () => true)
  expect(refusalOf(port, lamp)).toMatchObject({ code: 'ERR_LINE_UNSUPPORTED', message: /refuses the request/ })
  expect(port.asked).toBe(1)
})

test.each([
  ['ENODEV', 'ERR_LINE_GONE'],
  ['EIO', 'ERR_LINE'],
  ['EMFILE', 'ERR_LINE'],
])('%s is %s, and says what the kernel said', (said, code) => {
  expect(
    refusalOf(
      kernel(said, () => true),
      lamp,
    ),
  ).toMatchObject({ code, cause: { code: said } })
})

test('of a line that somebody has the holder is named, and of a nameless one that he is', () => {
  const held = (consumer: string): Port => ({
    ioctl(_, request, buffer) {
      if (request === 0xc250_b407) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' })
      buffer[72] = buffer.readUInt32LE(64) === 5 ? 1 : 0
      buffer.write('GPIO5', 0)
      buffer.write(consumer, 32)
    },
    poll: () => ({ close: () => {} }),
  })
  expect(refusalOf(held('spi0 CS0'), door)).toMatchObject({
    code: 'ERR_LINE_BUSY',
    message: 'line 5 (GPIO5) of expander is held by "spi0 CS0"',
  })
  expect(refusalOf(held(''), lamp)).toMatchObject({ code: 'ERR_LINE_BUSY', message: /somebody who gives no name/ })
})

test('a chip is found by its label: none, two, and one without that line are unknown', () => {
  const twin = { ...chip, name: 'gpiochip4', path: '/dev/gpiochip4' }
  const found = (chips: readonly (typeof chip)[]) => ({ chips, refused: [] })
  expect(chipOf(found([chip]), door)).toBe(chip)
  expect(() => chipOf(found([{ ...chip, label: 'other' }]), door)).toThrow(/no chip expander; there are: other$/)
  expect(() => chipOf(found([chip, twin]), door)).toThrow(/two chips .* gpiochip3 and gpiochip4/)
  expect(() => chipOf(found([chip]), { ...door, offsets: [1, 8] })).toThrow(
    expect.objectContaining({ code: 'ERR_LINE_UNKNOWN', message: 'expander has no line 8: its lines are 0 to 7' }),
  )
})
