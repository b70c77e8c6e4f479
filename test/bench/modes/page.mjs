import { existsSync, readdirSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { percentile } from '../statistics.mjs'
import { chunks } from './inputs.mjs'

const BUILT = fileURLToPath(new URL('../../../dist/page/', import.meta.url))
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Bytes of all files as they are sent: those that are not compressed go as they are. */
function weight(ending) {
  const files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' })
  const names = files.filter((name) => /\.(html|js|css|svg)$/.test(name))
  const sizeOf = (name) => statSync(existsSync(BUILT + name + ending) ? BUILT + name + ending : BUILT + name).size
  return names.reduce((sum, name) => sum + sizeOf(name), 0)
}

/** A port that leads to the socket: a browser knows none. */
async function forwarded(socket) {
  const server = createServer((from) => {
    const to = connect(socket)
    for (const side of [from, to]) side.on('error', () => {}).on('close', () => void [from.destroy(), to.destroy()])
    from.pipe(to).pipe(from)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${server.address().port}`
}

/** One load by a browser that was never here. */
async function load(browser, origin) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const bodies = []
  page.on('requestfinished', (request) => {
    if (!new URL(request.url()).pathname.startsWith('/v1/')) bodies.push(request.sizes())
  })
  await page.goto(`${origin}/#/overview`)
  await page.locator('[data-count="FINISHED"]').waitFor()
  const figures = await page.evaluate(`({
    shownMs: performance.now(),
    paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  })`)
  const sizes = await Promise.all(bodies)
  await context.close()
  return { ...figures, firstBytes: sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0) }
}

/** The page of a daemon with tasks: what it weighs, and when something is seen of it. */
export async function page({ open, tasks, loads, directory }) {
  const figures = { brotliBytes: weight('.br'), gzipBytes: weight('.gz') }
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path))
  if (executablePath === undefined) {
    console.error('page: there is no Chromium here (apt-get install chromium), so nothing is painted')
    return figures
  }
  const socket = join(directory, 'run', 's')
  const driver = await open(() => null, { runtime: { api: { socket } } })
  for (const chunk of chunks(tasks)) await driver.addMany(chunk)
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  const origin = await forwarded(socket)
  const seen = []
  // The first load is of a daemon that has served none.
  for (let n = 0; n < loads; n += 1) seen.push(await load(browser, origin))
  await browser.close()
  const middle = (name) => percentile(seen.map((each) => each[name]), 0.5) // biome-ignore format: one line reads better
  return { ...figures, firstBytes: middle('firstBytes'), paintMs: middle('paintMs'), shownMs: middle('shownMs') }
}
