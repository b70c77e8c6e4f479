/** Over TCP: a token is exchanged for a session, and who may only read has no buttons that would fail. */
import { expect, test } from 'vitest'
import { freePort } from '../api/board.js'
import { clean, DARK, opened, seen, shot, violations, visit } from './page.js'

async function open() {
  const port = await freePort()
  const b = await seen({ tcp: { port } })
  const token = async (scope: string) => (await b.post('/v1/tokens', { name: `for-${scope}`, scope })).json
  return { b, origin: `http://127.0.0.1:${port}`, token }
}

test('without a session there is a place to show a token, and nothing else', async () => {
  const { b, origin, token } = await open()
  const { token: secret } = await token('write')
  await b.post('/v1/tasks', { kind: 'visit', id: 'v1', input: {} })
  const watched = await opened(origin, DARK)
  const { page } = watched
  await page.goto(`${origin}/#/tasks/v1`)
  await page.getByLabel('Token').fill('a token that is none')
  expect(await violations(watched)).toEqual([])
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('The daemon does not know this token.').waitFor()
  await shot(watched, 'log-in')
  await page.getByLabel('Token').fill(secret)
  await page.getByRole('button', { name: 'Log in' }).click()
  // Where it was going.
  await page.getByRole('button', { name: 'Send an event' }).waitFor()
  await page.locator('[data-link="live"]').waitFor()
  // No script can read what it was given.
  expect(await page.evaluate('document.cookie')).toBe('')
  await page.getByRole('button', { name: 'ring' }).click()
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.locator('.change.changed').getByText('rings').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Send an event' }).waitFor()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('Token').waitFor()
  clean(watched)
})

test('who may only read is shown everything, and offered nothing', async () => {
  const { b, origin, token } = await open()
  const { token: secret } = await token('read')
  const tasks = [
    { kind: 'visit', id: 'v1', input: {} },
    { kind: 'fail', id: 'f1' },
  ]
  await b.post('/v1/tasks', { tasks })
  await b.get('/v1/tasks/f1?wait=30s')
  const watched = await opened(origin)
  const { page } = watched
  await page.goto(origin)
  await page.getByLabel('Token').fill(secret)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('read only').waitFor()
  const acts = /^(Pause|Resume|Cancel|Retry|Run now|Send.*|ring)$/
  for (const [view, shows] of [
    ['tasks', 'tr[data-id="v1"]'],
    ['tasks/v1', '.holdfast-chart .active'],
    ['tasks/f1', '.failure'],
    ['schedules', '.axis-tick'],
    ['care', '.rows li'],
  ] as const) {
    await visit(watched, origin, view)
    await page.locator(shows).first().waitFor()
    expect(await page.getByRole('button', { name: acts }).count(), view).toBe(0)
    expect(await page.getByRole('checkbox').count(), view).toBe(0)
  }
  await visit(watched, origin, 'tasks/f1')
  await page.getByText('Its stack is shown to a token with the scope admin.').waitFor()
  clean(watched)
})

test('a token that is revoked ends what was seen with it', async () => {
  const { b, origin, token } = await open()
  const { id, token: secret } = await token('read')
  const watched = await opened(origin)
  const { page } = watched
  await page.goto(origin)
  await page.getByLabel('Token').fill(secret)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.locator('[data-link="live"]').waitFor()
  expect((await b.call('DELETE', `/v1/tokens/${id}`)).status).toBe(204)
  await page.getByLabel('Token').waitFor()
})
