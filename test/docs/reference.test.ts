/** The reference pages are what the code says, and every code of an error is met by a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { CODES } from '../../src/index.js'
import { POINTS } from '../../src/kernel/telemetry.js'

/** The generator runs without types. */
const { pages } = (await import(new URL('./generate.mjs', import.meta.url).href)) as {
  pages(): Promise<Record<string, string>>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const KINDS_OF_PROOF = [
  'api',
  'cli',
  'client',
  'conformance',
  'contract',
  'crash',
  'devices',
  'e2e',
  'property',
  'runtime',
  'testing',
  'unit',
]

function filesOf(folder: string, ends: RegExp): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && ends.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

const read = (paths: readonly string[]) => paths.map((path) => readFileSync(path, 'utf8')).join('\n')
/** Without the tables of the codes and of their statuses. */
const code = read(filesOf('src', /\.ts$/))
  .replace(/export const CODES = \{.*?\n\} as const/s, '')
  .replace(/export const STATUS: .*?\n\}/s, '')
const tests = read(KINDS_OF_PROOF.flatMap((folder) => filesOf(`test/${folder}`, /\.(ts|mts|mjs)$/)))

for (const [path, text] of Object.entries(await pages())) {
  test(`docs/reference/${basename(path)} is what the code says`, () => {
    expect(readFileSync(path, 'utf8'), 'node test/docs/generate.mjs --write').toBe(text)
  })
}

describe('every code of an error', () => {
  for (const name of Object.keys(CODES)) {
    test(`${name} is thrown somewhere, and met by a test`, () => {
      const whole = new RegExp(`\\b${name}\\b`)
      expect({ thrown: whole.test(code), tested: whole.test(tests) }).toEqual({ thrown: true, tested: true })
    })
  }
})

test('every code says what it means and what to do, in a line each', () => {
  for (const [name, [meaning, hint]] of Object.entries(CODES)) {
    expect(name).toMatch(/^ERR_[A-Z]+(_[A-Z]+)*$/)
    expect(meaning).toMatch(/^[^\n|]{10,120}[^.\n|]$/)
    expect(hint).toMatch(/^[A-Z`'a-z][^\n|]{10,200}\.$/)
  }
})

test('every telemetry point says its fact and the members of its data', () => {
  for (const [name, text] of Object.entries(POINTS)) {
    expect(name).toMatch(/^[a-z]+(\.[a-z]+)+$/)
    expect(text).toMatch(/^[^:]+: \{( [a-zA-Z]+\??(, [a-zA-Z]+\??)* )?\}$/)
  }
})
