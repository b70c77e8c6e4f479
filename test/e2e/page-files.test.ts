/** The files of the page, as they were built: what they weigh, and whom they name. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const BUILT = fileURLToPath(new URL('../../dist/page/', import.meta.url))
const MOST_BYTES = 300 * 1024

test('all of it is less than 300 KB, compressed; and it names no other host', () => {
  const files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(html|js|css|svg)$/.test(name),
  )
  const sizeOf = (name: string, ending: string) => {
    const compressed = statSync(BUILT + name + ending, { throwIfNoEntry: false })
    return (compressed ?? statSync(BUILT + name)).size
  }
  const sum = (ending: string) => files.reduce((bytes, name) => bytes + sizeOf(name, ending), 0)
  console.log(`the page: ${files.length} files, ${sum('.br')} bytes as brotli, ${sum('.gz')} as gzip`)
  expect(sum('.gz')).toBeLessThan(MOST_BYTES)
  const addresses = files.flatMap((name) => readFileSync(BUILT + name, 'utf8').match(/\bhttps?:\/\/[\w.-]+/g) ?? [])
  // Names of XML and of React are no addresses: nobody goes there.
  expect([...new Set(addresses)].filter((each) => !/w3\.org$/.test(each))).toEqual([])
})
