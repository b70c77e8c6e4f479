/** fs.*, with real files, links and disks. */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { StandardName } from '../../src/standard/index.js'
import { temporaryDirectory } from '../runtime/lab.js'
import { playing } from './played.js'

/** A root, a folder beside it, and an actor that may work in the root alone. */
async function ground(name: StandardName, more: readonly string[] = []) {
  const base = await temporaryDirectory()
  const root = join(base, 'root')
  const outside = join(base, 'outside')
  await mkdir(root)
  await mkdir(outside)
  await writeFile(join(outside, 'secret'), 'secret')
  const { ask } = await playing(name, { roots: [root, ...more] })
  return { root, outside, ask, inRoot: (path: string) => join(root, path) }
}

test('a file is written whole, and nothing is left beside it', async () => {
  const { root, ask, inRoot } = await ground('fs.write')
  await writeFile(inRoot('a.txt'), 'the old one, which is longer')
  expect(await ask({ path: 'a.txt', content: 'the new' })).toEqual({ output: { path: inRoot('a.txt'), size: 7 } })
  await ask({ path: inRoot('b.json'), content: { b: [1, null] }, as: 'json' })
  await ask({ path: 'c.bin', content: 'AAH/', as: 'base64' })
  expect(await readFile(inRoot('a.txt'), 'utf8')).toBe('the new')
  expect(await readFile(inRoot('b.json'), 'utf8')).toBe('{"b":[1,null]}\n')
  expect(await readFile(inRoot('c.bin'))).toEqual(Buffer.from([0, 1, 255]))
  expect((await readdir(root)).sort()).toEqual(['a.txt', 'b.json', 'c.bin'])
  expect(await ask({ path: 'a.txt', content: { no: 'text' } })).toMatchObject({ code: 'ERR_INVALID_INPUT' })
  expect(await ask({ path: 'no/such/folder', content: '' })).toMatchObject({ code: 'ENOENT' })
})

test('a link where a file is written is replaced, and what it leads to is left', async () => {
  const { outside, ask, inRoot } = await ground('fs.write')
  await symlink(join(outside, 'secret'), inRoot('link'))
  expect(await ask({ path: 'link', content: 'mine' })).toMatchObject({ output: { size: 4 } })
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
  expect(await readFile(inRoot('link'), 'utf8')).toBe('mine')
})

test('a file is read as text, JSON and bytes, to a bound', async () => {
  const { ask, inRoot } = await ground('fs.read')
  await writeFile(inRoot('a'), '{"grüß":1}')
  await writeFile(inRoot('no-text'), Buffer.from([0xc3, 0x28]))
  await symlink('a', inRoot('link'))
  expect(await ask({ path: 'a' })).toEqual({ output: { path: inRoot('a'), size: 12, content: '{"grüß":1}' } })
  expect(await ask({ path: 'link', as: 'json' })).toMatchObject({ output: { content: { grüß: 1 } } })
  expect(await ask({ path: 'no-text', as: 'base64' })).toMatchObject({ output: { content: 'wyg=' } })
  expect(await ask({ path: 'no-text' })).toMatchObject({ code: 'ERR_FS_CONTENT' })
  expect(await ask({ path: 'a', maxBytes: 12 })).toMatchObject({ output: { size: 12 } })
  expect(await ask({ path: 'a', maxBytes: 11 })).toMatchObject({ code: 'ERR_TOO_LARGE' })
  expect(await ask({ path: 'none' })).toMatchObject({ code: 'ENOENT' })
})

test('what is no file is not waited for', async () => {
  const { ask, inRoot } = await ground('fs.read')
  await mkdir(inRoot('folder'))
  execFileSync('mkfifo', [inRoot('pipe')])
  for (const path of ['folder', 'pipe']) expect(await ask({ path })).toMatchObject({ code: 'ERR_FS_KIND' })
})

test('what is added once is added once, and does not go on in a torn line', async () => {
  const { ask, inRoot } = await ground('fs.append')
  const line = (id: number) => `{"id":${id}}\n`
  expect(await ask({ path: 'log', content: line(1) })).toMatchObject({ output: { appended: true } })
  expect(await ask({ path: 'log', content: line(1) })).toMatchObject({ output: { appended: true } })
  expect(await ask({ path: 'log', content: line(2), once: true })).toMatchObject({ output: { appended: true } })
  expect(await ask({ path: 'log', content: line(2), once: true })).toMatchObject({ output: { appended: false } })
  await writeFile(inRoot('log'), '{"id":3', { flag: 'a' })
  expect(await ask({ path: 'log', content: line(3), once: true })).toMatchObject({ output: { appended: true } })
  expect(await readFile(inRoot('log'), 'utf8')).toBe('{"id":1}\n{"id":1}\n{"id":2}\n{"id":3\n{"id":3}\n')
})

test('a move over what is there, and again after it was done', async () => {
  const { ask, inRoot } = await ground('fs.move')
  await writeFile(inRoot('a'), 'new')
  await writeFile(inRoot('b'), 'old')
  expect(await ask({ from: 'a', to: 'b' })).toEqual({ output: { path: inRoot('b'), moved: true } })
  expect(await ask({ from: 'a', to: 'b' })).toEqual({ output: { path: inRoot('b'), moved: false } })
  expect(await readFile(inRoot('b'), 'utf8')).toBe('new')
  expect(await ask({ from: 'a', to: 'c' })).toMatchObject({ code: 'ENOENT' })
})

const MEMORY = '/dev/shm'

test('a move to another disk is a copy that is whole before the first one goes', async () => {
  const other = await mkdtemp(join(MEMORY, 'holdfast-'))
  onTestFinished(() => rm(other, { recursive: true }))
  const { root, ask, inRoot } = await ground('fs.move', [other])
  expect(statSync(other).dev).not.toBe(statSync(root).dev)
  const content = Buffer.alloc(3_000_001, 'x')
  await writeFile(inRoot('a'), content, { mode: 0o640 })
  expect(await ask({ from: 'a', to: join(other, 'a') })).toMatchObject({ output: { moved: true } })
  expect((await readFile(join(other, 'a'))).equals(content)).toBe(true)
  expect((await stat(join(other, 'a'))).mode & 0o777).toBe(0o640)
  expect([await readdir(root), await readdir(other)]).toEqual([[], ['a']])
})

test('a file is removed, a link and not what it leads to, and no folder', async () => {
  const { outside, ask, inRoot } = await ground('fs.remove')
  await writeFile(inRoot('a'), '')
  await symlink(join(outside, 'secret'), inRoot('link'))
  await mkdir(inRoot('folder'))
  expect(await ask({ path: 'a' })).toEqual({ output: { path: inRoot('a'), removed: true } })
  expect(await ask({ path: 'a' })).toMatchObject({ output: { removed: false } })
  expect(await ask({ path: 'link' })).toMatchObject({ output: { removed: true } })
  expect(await ask({ path: 'folder' })).toMatchObject({ code: 'ERR_FS_KIND' })
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
})

/** Ways out, as a path in the root; each is prepared in the root by links. */
const WAYS_OUT = [
  '../outside/secret',
  'folder/../../outside/secret',
  '/etc/passwd',
  '/etc/no-such-file',
  '/proc/self/environ',
  'to-outside/secret',
  'to-secret',
  'to-to-secret',
  'to-nothing-outside',
  'folder/up/outside/secret',
  '.',
  '..',
  '/',
  'a\0b',
  '../root-beside/secret',
]

test.for(WAYS_OUT)('%j leads nowhere', async (path) => {
  for (const name of ['fs.read', 'fs.append', 'fs.write', 'fs.remove'] as const) {
    const { root, outside, ask, inRoot } = await ground(name)
    await mkdir(`${root}-beside`)
    await writeFile(`${root}-beside/secret`, 'secret')
    await mkdir(inRoot('folder'))
    await symlink(outside, inRoot('to-outside'))
    await symlink(join(outside, 'secret'), inRoot('to-secret'))
    await symlink('to-secret', inRoot('to-to-secret'))
    await symlink(join(outside, 'nothing'), inRoot('to-nothing-outside'))
    await symlink('../..', inRoot('folder/up'))
    // A link at the very end is replaced or removed itself.
    if ((name === 'fs.write' || name === 'fs.remove') && path.startsWith('to-') && !path.includes('/')) continue
    const input = name === 'fs.write' || name === 'fs.append' ? { path, content: 'mine' } : { path }
    expect({ name, ...(await ask(input)) }).toMatchObject({ name, code: 'ERR_FS_OUTSIDE' })
    expect(await readdir(outside)).toEqual(['secret'])
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
  }
})

test('a link that is swapped while it is followed leads nowhere', async () => {
  const { root, outside, ask, inRoot } = await ground('fs.append')
  await mkdir(inRoot('real'))
  let over = false
  const swapping = (async () => {
    for (let n = 0; !over; n++) {
      await symlink(n % 2 === 0 ? outside : inRoot('real'), join(root, `next-${n}`))
      await rename(join(root, `next-${n}`), inRoot('way'))
    }
  })()
  const ends = await Promise.all(Array.from({ length: 200 }, () => ask({ path: 'way/it', content: 'x' })))
  over = true
  await swapping
  const good = ends.filter(({ output }) => output !== undefined).length
  expect(ends.filter(({ code }) => code !== undefined && !/^(ERR_FS_OUTSIDE|ENOENT)$/.test(code))).toEqual([])
  expect(await readdir(outside)).toEqual(['secret'])
  const written = await readFile(inRoot('real/it'), 'utf8').catch(() => '')
  expect(written).toHaveLength(good)
})

test('without roots no file is allowed', async () => {
  const { ask } = await playing('fs.read')
  expect(await ask({ path: '/etc/hostname' })).toMatchObject({ code: 'ERR_FS_OUTSIDE' })
})
