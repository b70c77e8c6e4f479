/** A hundred thousand tasks: the list goes through them, and what is done to many says first what it will touch. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Board, byHand } from '../api/board.js'
import { clean, forwarded, opened, PHONE, seen, shot, visit } from './page.js'

const MANY = 100_000
const COMMIT = 10_000
let b: Board
let origin: string
const undo: (() => void)[] = []

beforeAll(async () => {
  b = await seen({ limits: { body: 8 * 1024 * 1024 } }, { end: byHand })
  origin = await forwarded(b.socket, (end) => undo.push(end))
  for (let from = 0; from < MANY; from += COMMIT) {
    const tasks = Array.from({ length: COMMIT }, (_, i) => ({
      kind: 'echo',
      id: `t${String(from + i).padStart(6, '0')}`,
      in: '1d',
      group: i < 10 ? `page${from / COMMIT}` : 'rest',
    }))
    expect((await b.post('/v1/tasks', { tasks })).status).toBe(201)
  }
}, 180_000)
afterAll(async () => {
  for (const end of undo) end()
  await b.end()
})

test('pages are read as somebody scrolls, and few rows are there at a time', async () => {
  const watched = await opened(origin)
  const { page } = watched
  await visit(watched, origin, 'tasks')
  await page.locator('tr[data-id="t000000"]').waitFor()
  await page.getByRole('button', { name: 'Count them' }).click()
  await page.getByText('100,000 tasks').waitFor()
  // To the end of what is known, again and again: each time the next page comes.
  const known = async () => Number(await page.locator('.window table').getAttribute('aria-rowcount'))
  for (let before = 0; before < 1_500; ) {
    before = await known()
    await page.evaluate("document.querySelector('.window').scrollTop = 1e9")
    await expect.poll(known).toBeGreaterThan(before)
  }
  expect(await page.locator('tr[data-id]').count()).toBeLessThan(80)
  // And back: what was let go is read again.
  await page.evaluate("document.querySelector('.window').scrollTop = 0")
  await page.locator('tr[data-id="t000000"]').waitFor()
  clean(watched)
})

test('of all that a filter lets through it says how many will be touched, and which; then they are', async () => {
  const watched = await opened(origin)
  const { page } = watched
  await visit(watched, origin, 'tasks?group=page1')
  await page.locator('tr[data-id]').first().waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  expect(await page.locator('[data-touched]').getAttribute('data-touched')).toBe('10')
  expect(await page.locator('dialog .sample').textContent()).toContain('t010000')
  // Nothing is done yet.
  expect((await b.get('/v1/tasks?group=page1&state=SPOOLED&count=true')).json.count).toBe(10)
  await shot(watched, 'bulk')
  await page.getByRole('button', { name: 'Cancel 10 tasks' }).click()
  await page.getByText('Cancel: done').waitFor()
  expect((await b.get('/v1/tasks?group=page1&state=TERMINATED&count=true')).json.count).toBe(10)
  expect((await b.get('/v1/tasks?state=TERMINATED&count=true')).json.count).toBe(10)
  clean(watched)
})

test('of those that are chosen by hand, only they are touched', async () => {
  const watched = await opened(origin)
  const { page } = watched
  await visit(watched, origin, 'tasks?group=page2')
  await page.getByLabel('Choose t020003').check()
  await page.getByLabel('Choose t020004').check()
  await page.getByText('2 tasks chosen').waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Pause 2 tasks' }).click()
  await page.getByText('Pause: done').waitFor()
  expect((await b.get('/v1/tasks?paused=true&count=true')).json.count).toBe(2)
  // Who was chosen and cannot be is left out of the count.
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('None of these tasks can be paused.').waitFor()
  clean(watched)
})

test('on a phone, too', async () => {
  const watched = await opened(origin, PHONE)
  const { page } = watched
  await visit(watched, origin, 'tasks')
  await page.locator('tr[data-id="t000000"]').waitFor()
  await page.getByRole('link', { name: 'Care' }).tap()
  await page.getByText('Nothing has failed.').waitFor()
  await page.getByRole('link', { name: 'Overview', exact: true }).tap()
  await page.locator('[data-count="SPOOLED"]', { hasText: '100K' }).waitFor()
  clean(watched)
})
