import { describe, expect, it } from 'vitest'
import { type Size, sizeBytes } from '../../../src/model/size.js'

describe('a size', () => {
  it.each<[Size, number]>([
    [0, 0],
    [1234.4, 1234],
    ['1500', 1500],
    ['12B', 12],
    ['500kB', 500_000],
    ['50MB', 50_000_000],
    ['50 mb', 50_000_000],
    ['50M', 50_000_000],
    ['1.5GB', 1_500_000_000],
    ['200 KiB', 204_800],
    ['64MiB', 67_108_864],
    ['2Gi', 2 ** 31],
    ['1TiB', 2 ** 40],
  ])('%j has %d bytes', (size, bytes) => {
    expect(sizeBytes(size, 'limit')).toBe(bytes)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '', 'MB', '-1MB', '1iB', '5 parsecs', '1e3', null, {}])(
    '%j is none, and the error names the option',
    (size) => {
      expect(() => sizeBytes(size as never, 'wear.bytesPerDay')).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('wear.bytesPerDay') }),
      )
    },
  )
})
