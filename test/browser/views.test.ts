/** Every view, light and dark and on a phone: it shows what there is, anybody can use it, and it asks nobody else. */
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Board } from '../api/board.js'
import { byHand } from '../api/board.js'
import { clean, DARK, forwarded, LIGHT, opened, PHONE, seen, shot, violations, visit } from './page.js'

let b: Board
let origin: string
const undo: (() => void)[] = []

beforeAll(async () => {
  b = await seen({}, { end: byHand })
  origin = await forwarded(b.socket, (end) => undo.push(end))
  const many = (kind: string, count: number, more: object = {}) =>
    Array.from({ length: count }, (_, i) => ({ kind, input: { n: i }, ...more }))
  const tasks = [
    ...many('echo', 40),
    ...many('hold', 5, { group: 'door' }),
    ...many('fail', 3),
    ...many('again', 1),
    { kind: 'echo', id: 'later', in: '1h', paused: true },
    { kind: 'echo', id: 'gated', route: 'gated' },
    { kind: 'fail', id: 'broken' },
    { kind: 'parent', id: 'parent', onSuccess: [{ kind: 'echo', input: 'then' }, { kind: 'hold' }] },
    ...['v1', 'v2', 'v3'].map((id) => ({ kind: 'visit', id, input: { note: id } })),
  ]
  expect((await b.post('/v1/tasks', { tasks })).status).toBe(201)
  for (const [id, type] of [
    ['v1', 'ring'],
    ['v1', 'lamp'],
    ['v2', 'ring'],
    ['v2', 'look'],
  ]) {
    expect((await b.post(`/v1/tasks/${id}/events`, { type })).status).toBe(202)
  }
  await b.get('/v1/tasks/parent?wait=30s')
})
afterAll(async () => {
  for (const end of undo) end()
  await b.end()
})

/** By the view: what is to be seen in it before it is looked at. */
const VIEWS: readonly (readonly [view: string, shows: string])[] = [
  ['overview', '[data-count="FAILED"]:has-text("5")'],
  ['tasks', 'tr[data-id]'],
  ['tasks/v1', '.holdfast-chart .active'],
  ['tasks/broken', '.failure pre:has-text("board.config.mjs")'],
  ['tasks/parent', '.relations li'],
  ['devices', '.device .level[data-state="normal"]'],
  ['devices/door', '.holdfast-chart .active'],
  ['machines/visit', '.holdfast-chart .count'],
  ['machines/holdfast:task', '.holdfast-chart .count'],
  ['sequence?supervisors=true', 'main h1'],
  ['schedules', '.axis-tick'],
  ['care', '.rows li'],
]
const LOOKS: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['light', LIGHT],
  ['dark', DARK],
  ['phone', PHONE],
]

describe.each(LOOKS)('%s', (look, options) => {
  test.each(VIEWS)('%s is whole, and accessible', async (view, shows) => {
    const watched = await opened(origin, options)
    await visit(watched, origin, view)
    await watched.page.locator(shows).first().waitFor()
    await shot(watched, `${look}-${view.replace(/\W+/g, '-')}`)
    expect(await violations(watched)).toEqual([])
    // Nothing is wider than what it is looked at with.
    const width = await watched.page.evaluate('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(options.viewport?.width ?? 0)
    clean(watched)
  })
})

test('a view can be shared: its address, loaded anew, shows the same', async () => {
  const watched = await opened(origin)
  await visit(watched, origin, 'tasks?state=FAILED&kind=fail')
  const { page } = watched
  await page.locator('tr[data-id]').first().waitFor()
  expect(await page.locator('tr[data-id]').count()).toBe(4)
  await page.getByRole('button', { name: 'QUEUED' }).click()
  expect(new URL(page.url()).hash).toBe('#/tasks?state=FAILED%2CQUEUED&kind=fail')
  await page.reload()
  await page.locator('tr[data-id]').first().waitFor()
  expect(await page.getByRole('button', { name: 'QUEUED' }).getAttribute('aria-pressed')).toBe('true')
  clean(watched)
})

test('by keyboard alone: from the top of the page to a task', async () => {
  const watched = await opened(origin)
  await visit(watched, origin, 'tasks?kind=visit')
  const { page } = watched
  await page.locator('tr[data-id="v1"]').waitFor()
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to the content')
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('main')
  await page.locator('tr[data-id="v1"] a').focus()
  await page.keyboard.press('Enter')
  await page.locator('[data-state="RUNNING"]').waitFor()
  clean(watched)
})

test('who chooses a theme keeps it', async () => {
  const watched = await opened(origin)
  const { page } = watched
  await visit(watched, origin, 'care')
  const theme = () => page.evaluate('document.documentElement.dataset.theme')
  expect(await theme()).toBe('light')
  await page.getByRole('button', { name: 'Use the dark theme' }).click()
  expect(await theme()).toBe('dark')
  await page.reload()
  await page.getByRole('button', { name: 'Use the light theme' }).waitFor()
  expect(await theme()).toBe('dark')
})
