/** What tasks say is text and nothing else: no markup, no script, no trick with directions, and never too much of it. */
import { expect, test } from 'vitest'
import { clean, forwarded, opened, seen, shot, visit } from './page.js'

const MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
const NASTY = `${MARKUP}\u202Egnp.exe\u0000\u001b[31m\u200b‮${'\u{e0041}'}\ud800`

test('markup, controls and characters that turn text round are shown, not obeyed', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  const nasty = NASTY.replace('\ud800', '')
  const made = await b.post('/v1/tasks', {
    tasks: [
      { kind: 'fail', id: 'f1', input: { message: nasty } },
      { kind: 'echo', id: 'e1', input: { [nasty.slice(0, 60)]: nasty } },
      { kind: 'visit', id: 'v1', input: { note: nasty } },
    ],
  })
  expect(made.status).toBe(201)
  await b.get('/v1/tasks/f1?wait=30s')
  await b.post('/v1/tasks/v1/events', { type: nasty, payload: nasty })
  for (const view of [
    'overview',
    'tasks',
    'tasks/f1',
    'tasks/e1',
    'tasks/v1',
    'care',
    'sequence?task=v1',
    `tasks/${encodeURIComponent(nasty)}`,
  ]) {
    await visit(watched, origin, view)
    await page.locator('main .panel, main .window, main .sequence, main .empty').first().waitFor()
    expect(await page.evaluate('window.pwned'), view).toBeUndefined()
    expect(await page.locator('main img, main script').count(), view).toBe(0)
  }
  await visit(watched, origin, 'tasks/f1')
  const failure = page.locator('.failure')
  await failure.waitFor()
  const text = (await failure.textContent()) ?? ''
  for (const shown of ['<img src=x', 'U+202E', 'U+0000', 'U+001B', 'U+200B', 'U+E0041']) expect(text).toContain(shown)
  expect(text).not.toContain('\u202e')
  const direction = "getComputedStyle(document.querySelector('.failure bdi')).unicodeBidi"
  expect(await page.evaluate(direction)).toBe('isolate')
  await shot(watched, 'hostile')
  clean(watched)
})

test('a context of 200 KB is shown, and the page stays quick', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  const note = {
    list: Array.from({ length: 8_000 }, (_, i) => ({ n: i, of: 'many' })),
    deep: deep(30),
    long: 'x'.repeat(20_000),
  }
  expect((await b.post('/v1/tasks', { kind: 'visit', id: 'big', input: { note } })).status).toBe(201)
  await visit(watched, origin, 'tasks/big')
  await page.getByRole('button', { name: /note/ }).first().waitFor()
  for (let i = 0; i < 5; i++) await b.post('/v1/tasks/big/events', { type: i % 2 === 0 ? 'ring' : 'lamp' })
  await page.locator('[data-state="RUNNING"]').waitFor()
  // What is not opened is not drawn: of 8,000 entries a page is.
  const branch = page.getByRole('region', { name: 'Context' }).getByRole('button', { name: /^note/ })
  if ((await branch.getAttribute('aria-expanded')) === 'false') await branch.click()
  await page.getByRole('region', { name: 'Context' }).getByRole('button', { name: /^list/ }).click()
  await page.getByRole('button', { name: '7,950 more' }).waitFor()
  expect(await page.evaluate('document.querySelectorAll("main *").length')).toBeLessThan(3_000)
  // It answers the next frame.
  expect(await page.evaluate('new Promise((r) => requestAnimationFrame(() => r(true)))')).toBe(true)
  clean(watched)
})

function deep(levels: number): object {
  let value: object = {}
  for (let i = 0; i < levels; i++) value = { in: value }
  return value
}
