/** What happens at the daemon is seen without anybody asking: over its death, too. */
import { expect, test } from 'vitest'
import { clean, forwarded, opened, seen, shot, violations, visit } from './page.js'

test('a task is followed from NONE to FINISHED', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  const state = (name: string) => page.locator(`[data-state="${name}"]`).waitFor()
  await b.post('/v1/routes/cards/pause', undefined)
  await visit(watched, origin, 'tasks/t1')
  await state('NONE')
  await b.post('/v1/tasks', { kind: 'archive', id: 't1', input: { file: 'a.jpg' }, paused: true })
  await state('SPOOLED')
  await page.locator('.holdfast-chart .active').waitFor()
  await b.post('/v1/tasks/t1/resume', undefined)
  await state('QUEUED')
  await b.post('/v1/routes/cards/resume', undefined)
  await state('FINISHED')
  await page.getByText('archived').waitFor()
  expect(await page.locator('.timeline li').allTextContents()).toEqual(
    ['NONE', 'SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'].map((each) => expect.stringContaining(each)),
  )
  // Nothing can be cancelled any more, and nothing offers it.
  expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0)
  clean(watched)
})

test('an event is sent to a machine, and what it changed is seen', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  await b.post('/v1/tasks', { kind: 'visit', id: 'v1', input: {} })
  await visit(watched, origin, 'tasks/v1')
  await page.getByRole('button', { name: 'ring' }).click()
  expect(await violations(watched)).toEqual([])
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.locator('.change.changed').getByText('rings').waitFor()
  await page.locator('[aria-label="Timers"]').getByText('after patience').waitFor()
  await page.locator('.holdfast-chart .within').first().waitFor()
  await page.getByRole('button', { name: /^open/ }).click()
  await page.getByLabel('What else is in it, as JSON').fill('{ "known": true, "name": "Ada" ')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('It is no JSON').waitFor()
  await page.getByLabel('What else is in it, as JSON').fill('{ "known": true, "name": "Ada" }')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.locator('.change').getByText('Ada').first().waitFor()
  await shot(watched, 'task-with-steps')
  clean(watched)
})

test('a daemon that is killed and comes back is said so calmly, and the page goes on', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  await b.post('/v1/tasks', { kind: 'visit', id: 'v1', input: {} })
  await visit(watched, origin, 'tasks/v1')
  await page.locator('.holdfast-chart .active').first().waitFor()
  await b.life.kill('SIGKILL')
  await page.locator('[data-link="away"]').waitFor()
  await page.getByText(/Away for/).waitFor()
  // What was known stays.
  await page.locator('.holdfast-chart .active').first().waitFor()
  await shot(watched, 'away')
  await b.start()
  await page.locator('[data-link="live"]').waitFor()
  await b.post('/v1/tasks/v1/events', { type: 'lamp' })
  await page.locator('.change, .steps').first().waitFor()
  await page.getByText('lamp: on').first().waitFor()
  clean(watched)
})

test('who sent what to whom is drawn as it happens', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  await b.post('/v1/tasks', { kind: 'visit', id: 'v1', input: {} })
  await visit(watched, origin, 'sequence?task=v1')
  await b.post('/v1/tasks/v1/events', { type: 'ring' })
  await page.locator('.message').getByText('ring').first().waitFor()
  await b.post('/v1/tasks/v1/events', { type: 'look', at: 'the door' })
  await page.locator('.message').getByText('look').first().click()
  await page.locator('.json').getByText('the door').waitFor()
  await shot(watched, 'sequence')
  expect(await violations(watched)).toEqual([])
  await page.getByRole('textbox', { name: 'Event' }).fill('look')
  await page.locator('.message').getByText('ring').first().waitFor({ state: 'detached' })
  clean(watched)
})

test('the counts on a statechart move with the tasks', async () => {
  const b = await seen()
  const origin = await forwarded(b.socket)
  const watched = await opened(origin)
  const { page } = watched
  await b.post('/v1/tasks', { tasks: ['v1', 'v2', 'v3'].map((id) => ({ kind: 'visit', id, input: {} })) })
  await visit(watched, origin, 'machines/visit')
  const count = (text: string) =>
    page.locator('[aria-label="How many are in each state"]').getByText(text).waitFor({ state: 'attached' })
  await count('door.shut: 3')
  await b.post('/v1/tasks/v2/events', { type: 'ring' })
  await count('door.shut: 2')
  await count('door.waiting: 1')
  clean(watched)
})
