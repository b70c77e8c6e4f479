/** A browser before the built daemon: the page as people have it, and what it says, asks for and looks like. */
import { existsSync, mkdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, expect, onTestFinished } from 'vitest'
import { type Board, board } from '../api/board.js'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const ARTEFACTS = fileURLToPath(new URL('../../.artifacts/page/', import.meta.url))
const CONFIG = fileURLToPath(new URL('board.config.mjs', import.meta.url))

export const LIGHT = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' } as const
export const DARK = { ...LIGHT, colorScheme: 'dark' } as const
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  colorScheme: 'light',
  isMobile: true,
  hasTouch: true,
} as const

let started: Promise<Browser> | undefined

/** Debian's, as apt-get installs it; one for all tests of a file. */
export function browser(): Promise<Browser> {
  started ??= launched()
  return started
}

async function launched(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('there is no chromium here: apt-get install chromium')
  mkdirSync(ARTEFACTS, { recursive: true })
  const made = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  afterAll(() => made.close())
  return made
}

/** A daemon with something of everything. */
export function seen(api: Parameters<typeof board>[0] = {}, options: Parameters<typeof board>[1] = {}): Promise<Board> {
  return board(api, { ...options, config: CONFIG })
}

/** A port that leads to a socket, as `ssh -L 8080:/run/portal/holdfast.sock board` makes one. */
export async function forwarded(socket: string, end: (undo: () => void) => void = onTestFinished): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((from) => {
    const to = connect(socket)
    for (const side of [from, to]) {
      open.add(side)
      side.on('error', () => undefined)
      side.on('close', () => {
        open.delete(side)
        from.destroy()
        to.destroy()
      })
    }
    from.pipe(to).pipe(from)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  end(() => {
    server.close()
    for (const side of open) side.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a page did that it should not have. */
export interface Watched {
  readonly page: Page
  /** Errors of its scripts and of its policy; that a daemon is away is none. */
  readonly faults: string[]
  /** Requests to any other origin. */
  readonly strangers: string[]
}

export async function opened(origin: string, options: BrowserContextOptions = LIGHT): Promise<Watched> {
  const context = await (await browser()).newContext({ ...options, locale: 'en-GB', timezoneId: 'UTC' })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults: string[] = []
  const strangers: string[] = []
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection to/.test(text)) faults.push(text)
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.host !== new URL(origin).host && url.protocol !== 'blob:') strangers.push(request.url())
  })
  return { page, faults, strangers }
}

/** Goes to a view and waits until it hears the daemon. */
export async function visit({ page }: Watched, origin: string, view: string): Promise<void> {
  await page.goto(`${origin}/#/${view}`)
  await page.locator('[data-link="live"]').waitFor()
  await page.locator('main h1').waitFor()
}

/** A picture for people, under .artifacts. */
export async function shot({ page }: Watched, name: string): Promise<void> {
  await page.screenshot({ path: `${ARTEFACTS}${name}.png` })
}

/** What axe finds against WCAG 2.2 AA, a line each. */
export async function violations({ page }: Watched): Promise<string[]> {
  // As the page's own policy lets no script in, the browser is asked to run it.
  await page.evaluate(axe.source)
  const found = (await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  )) as { passes: object[]; violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }
  // It looked, and found something to look at.
  expect(found.passes.length).toBeGreaterThan(10)
  return found.violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 240)}`),
  )
}

/** It did nothing that it should not have. */
export function clean({ faults, strangers }: Watched): void {
  expect(faults).toEqual([])
  expect(strangers).toEqual([])
}
