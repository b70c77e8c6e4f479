/** What of the page comes over the wire, and when something is seen of it. */
import { test } from 'vitest'
import { forwarded, opened, seen } from './page.js'

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
