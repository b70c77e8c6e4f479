/** The packed package: what users get, installed where nothing of this repository is near. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from './daemon.js'

const run = promisify(execFile)
const tool = (name: string) => join(ROOT, 'node_modules/.bin', name)

let place: string
let tarball: string

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-package-'))
  await run('npm', ['pack', '--pack-destination', place], { cwd: ROOT })
  tarball = join(place, (await readdir(place)).find((name) => name.endsWith('.tgz')) as string)
})

afterAll(() => rm(place, { recursive: true, force: true }))

/** A program of its own that has installed the tarball. */
async function installed(name: string): Promise<string> {
  const home = join(place, name)
  await run('mkdir', [home])
  await writeFile(join(home, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: home })
  return home
}

test('the tarball is what publint calls a good package', async () => {
  const { stdout } = await run(tool('publint'), ['run', tarball, '--strict'])
  expect(stdout).toContain('All good!')
})

test('the tarball has the types its modules promise', async () => {
  // It ends with 1 when there is a problem; what only CommonJS would miss is left out by the profile.
  const { stdout } = await run(tool('attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color'])
  for (const path of ['holdfast/client', 'holdfast/machines']) expect(stdout).toContain(path)
})

test('the tarball holds what is built and documented, and no sources or tests', async () => {
  const { stdout } = await run('tar', ['-tzf', tarball])
  const paths = stdout.trim().split('\n')
  for (const path of [
    'dist/src/index.js',
    'dist/src/client/index.d.ts',
    'dist/src/cli/main.js',
    'dist/machines/index.d.ts',
    'dist/src/runtime/isolation-entry.js',
    'dist/src/runtime/processor.d.ts',
    'dist/src/testing/index.js',
    'README.md',
    'LICENSE',
  ]) {
    expect(paths).toContain(`package/${path}`)
  }
  expect(paths.filter((path) => /^package\/(src|test|machines|node_modules)\//.test(path))).toEqual([])
})

test('installed, it runs modules in threads and processes', async () => {
  const home = await installed('isolated')
  await run('cp', ['-r', join(ROOT, 'docs/examples/heavy.mjs'), join(ROOT, 'docs/examples/heavy'), home])
  const { stdout } = await run(process.execPath, ['heavy.mjs'], { cwd: home })
  expect(stdout).toContain('17984 primes\nexit ERR_PROCESSOR_EXITED\n')
})

test('installed, its command says its version and the example of the README runs', async () => {
  const home = await installed('user')
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const command = await run(join(home, 'node_modules/.bin/holdfast'), ['--version'], { cwd: home })
  expect(command.stdout).toBe(`${version}\n`)
  // The example of the README, word for word.
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, block]) => block)
  await writeFile(join(home, 'try.js'), blocks.find((block) => block?.includes('sha256')) ?? '')
  const { stdout } = await run(process.execPath, ['try.js'], { cwd: home })
  const sha256 = createHash('sha256')
    .update(await readFile(join(home, 'package.json')))
    .digest('hex')
  expect(stdout).toContain(sha256)
  await writeFile(
    join(home, 'machines.js'),
    `import * as all from 'holdfast/machines'; console.log(all.taskMachine.id)`,
  )
  expect((await run(process.execPath, ['machines.js'], { cwd: home })).stdout).toBe('task\n')
  await writeFile(
    join(home, 'testing.js'),
    `import { testRuntime } from 'holdfast/testing'; console.log((await testRuntime({ tasks: [] })).now)`,
  )
  expect((await run(process.execPath, ['testing.js'], { cwd: home })).stdout).toBe('2026-01-01T00:00:00.000Z\n')
})
