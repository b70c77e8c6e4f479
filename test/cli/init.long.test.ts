/** A new daemon: made by a command, and running at once. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemon, ROOT } from '../e2e/daemon.js'
import { holdfast } from './typed.js'

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-init-'))
  // What `npm install` would put there; test/e2e/package.long.test.ts installs the packed package.
  await mkdir(join(place, 'node_modules'))
  await symlink(ROOT, join(place, 'node_modules/holdfast'))
  await symlink(join(ROOT, 'node_modules/xstate'), join(place, 'node_modules/xstate'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

test('it runs at once, and does what its README says', async () => {
  const made = await holdfast(['init', 'My Porch'], { cwd: place })
  expect(made).toMatchObject({
    code: 0,
    out: expect.stringContaining('cd My Porch\n  npm install\n  npx holdfast start\n'),
  })
  expect(made.out).toMatch(/not in the npm registry.*\n\n {2}npm install PATH\/holdfast-[\d.]+\.tgz {3}#/)
  const cwd = join(place, 'My Porch')
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  expect(JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'))).toMatchObject({
    name: 'my-porch',
    dependencies: { holdfast: `^${version}`, xstate: expect.any(String) },
  })
  expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toContain('data/')
  const running = daemon(['start'], { cwd })
  await running.printed('holdfast is ready')
  const readme = await readFile(join(cwd, 'README.md'), 'utf8')
  const commands = [...readme.matchAll(/^npx holdfast ([^#\n]+)/gm)].map(([, line]) => line?.trim() as string)
  expect(commands.length).toBeGreaterThan(5)
  for (const command of commands.filter((line) => line !== 'start')) {
    const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? (bare as string))
    expect(await holdfast(args, { cwd })).toMatchObject({ code: 0, err: expect.not.stringContaining('error') })
  }
  expect(JSON.parse((await holdfast(['show', 'porch', '--json'], { cwd })).out).machine).toMatchObject({
    value: 'on',
    context: { moved: 1 },
  })
  expect((await running.kill('SIGTERM')).code).toBe(0)
})

test('nothing of anybody is overwritten', async () => {
  const cwd = join(place, 'mine')
  await mkdir(cwd)
  await writeFile(join(cwd, 'diary.txt'), 'dear diary')
  expect(await holdfast(['init'], { cwd })).toMatchObject({ code: 2, err: expect.stringContaining('diary.txt') })
  expect(await readdir(cwd)).toEqual(['diary.txt'])
})
