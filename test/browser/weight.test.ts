/** What the page weighs on its way, and when something is seen of it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { forwarded, opened, seen } from './page.js'

const BUILT = fileURLToPath(new URL('../../dist/page/', import.meta.url))
const MOST_BYTES = 300 * 1024

test('all of it is less than 300 KB, compressed; and it names no other host', async () => {
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

test('the first paint, of a cold page and of one that was here before', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  for (const name of ['cold', 'again']) {
    let bytes = 0
    page.on('response', async (response) => {
      // What comes out of the browser's own store has crossed nothing.
      const sizes = await response
        .request()
        .sizes()
        .catch(() => undefined)
      bytes += Math.max(0, sizes?.responseBodySize ?? 0)
    })
    await page.goto(`${origin}/#/overview`)
    await page.locator('.tile b').first().waitFor()
    await page.locator('[data-link="live"]').waitFor()
    const paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    console.log(`${name}: first paint after ${Math.round(Number(paint))} ms, ${bytes} bytes`)
    page.removeAllListeners('response')
    await page.goto('about:blank')
  }
})
