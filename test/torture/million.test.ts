/** A million tasks in a daemon, and a browser before it: what it asks for is counted, and what it draws. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Board, byHand } from '../api/board.js'
import { clean, forwarded, opened, seen, visit, type Watched } from '../browser/page.js'

const MANY = Number(process.env.MANY ?? 1_000_000)
const COMMIT = 10_000
/** Every so many is of another kind. */
const RARE = 100_000
const idOf = (n: number) => `t${String(n).padStart(7, '0')}`
let b: Board
let origin: string
const undo: (() => void)[] = []

beforeAll(async () => {
  b = await seen({ limits: { body: 8 * 1024 * 1024 } }, { end: byHand })
  origin = await forwarded(b.socket, (end) => undo.push(end))
  for (let from = 0; from < MANY; from += COMMIT) {
    const tasks = Array.from({ length: COMMIT }, (_, i) => ({
      kind: (from + i) % RARE === RARE - 1 ? 'archive' : 'echo',
      id: idOf(from + i),
      in: '30d',
    }))
    expect((await b.post('/v1/tasks', { tasks })).status).toBe(201)
  }
}, 900_000)
afterAll(async () => {
  for (const end of undo) end()
  await b.end()
})

/** Requests for pages of tasks, with what was asked and how many came. */
function requests({ page }: Watched) {
  const asked: { readonly url: URL; readonly ms: number; readonly items: number }[] = []
  page.on('response', async (response) => {
    const url = new URL(response.url())
    if (url.pathname !== '/v1/tasks' || url.searchParams.has('count')) return
    const { items } = (await response.json().catch(() => ({ items: [] }))) as { items: object[] }
    asked.push({ url, ms: response.request().timing().responseEnd, items: items.length })
  })
  return asked
}
const middle = (values: readonly number[]) => [...values].sort((x, y) => x - y)[values.length >> 1] as number
const rows = ({ page }: Watched) => page.locator('tr[data-id]').count()

test('fifty pages are fifty requests of a hundred tasks each, and few rows are there at a time', async () => {
  const watched = await opened(origin)
  const { page } = watched
  const asked = requests(watched)
  await visit(watched, origin, 'tasks')
  await page.locator(`tr[data-id="${idOf(0)}"]`).waitFor()
  const known = async () => Number(await page.locator('.window table').getAttribute('aria-rowcount'))
  while ((await known()) < 5_000) {
    const before = await known()
    await page.evaluate("document.querySelector('.window').scrollTop = 1e9")
    await expect.poll(known, { timeout: 20_000 }).toBeGreaterThan(before)
    expect(await rows(watched)).toBeLessThan(80)
  }
  const fresh = new Set(asked.map(({ url }) => url.searchParams.get('cursor')))
  expect(fresh.size).toBeLessThan(5_000 / 100 + 5)
  for (const { items } of asked) expect(items).toBe(100)
  console.log(
    `${fresh.size} pages, ${asked.length} requests, a page in ${Math.round(middle(asked.map(({ ms }) => ms)))} ms`,
  )
  clean(watched)
})

test('the few of a kind are found by answers of bounded reading, while the daemon answers others', async () => {
  const watched = await opened(origin)
  const { page } = watched
  const asked = requests(watched)
  await page.goto(`${origin}/#/tasks?kind=archive`)
  let longest = 0
  let over = false
  const others = (async () => {
    while (!over) {
      const begun = performance.now()
      expect((await b.get(`/v1/tasks/${idOf(7)}`)).status).toBe(200)
      longest = Math.max(longest, performance.now() - begun)
    }
  })()
  await page.getByText(`${MANY / RARE} tasks, all of them`).waitFor({ timeout: 180_000 })
  over = true
  await others
  expect(await rows(watched)).toBe(MANY / RARE)
  // Each read ten thousand; nothing was read twice.
  const cursors = asked.map(({ url }) => url.searchParams.get('cursor'))
  expect(new Set(cursors).size).toBeLessThanOrEqual(MANY / 10_000 + 2)
  for (const { url } of asked) expect(url.searchParams.get('look')).toBe('10000')
  const ms = asked.map((each) => each.ms)
  console.log(`${asked.length} requests, ${Math.round(middle(ms))} ms each, ${Math.round(Math.max(...ms))} at most`)
  console.log(`meanwhile another was answered within ${Math.round(longest)} ms`)
  clean(watched)
})

test('a state that nobody is in is said to be empty, and a task is opened by its id', async () => {
  const watched = await opened(origin)
  const { page } = watched
  await visit(watched, origin, 'tasks?state=FAILED')
  await page.getByText('No task is like that.').waitFor({ timeout: 180_000 })
  const asked = requests(watched)
  const search = page.getByLabel('Open a task by its id')
  await search.fill(idOf(MANY - 2))
  await search.press('Enter')
  await page.locator('.view-head [data-state="SPOOLED"]').waitFor()
  // What it led to, and no list.
  for (const { url } of asked) expect(url.searchParams.get('cause')).toBe(idOf(MANY - 2))
  clean(watched)
})
