/** The portal example, killed again and again: every file is in the archive exactly once. */
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { daemon, killAll, ROOT } from './daemon.js'
import { chance, changesIn, until } from './facts.js'

interface Entry {
  readonly file: string
  readonly hash: string
  readonly bytes: number
  readonly path: string
}

let home: string
let inbox: string
let archive: string
let manifest: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-portal-'))
  inbox = join(home, 'inbox')
  archive = join(home, 'archive')
  manifest = join(archive, 'manifest')
  await mkdir(inbox)
  await mkdir(manifest, { recursive: true })
})

afterEach(async () => {
  killAll()
  await rm(home, { recursive: true, force: true })
})

const portal = () =>
  daemon(['start', 'docs/examples/portal/holdfast.config.js'], { env: { HOLDFAST_PORTAL_DIR: home } })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Drops a file as a good neighbour does: written beside, then named. Written long ago, unless it is `fresh`. */
async function drop(name: string, bytes: Buffer, { fresh = false } = {}): Promise<void> {
  const path = join(inbox, name)
  await writeFile(`${path}.part`, bytes)
  if (!fresh) await utimes(`${path}.part`, 1_000_000_000, 1_000_000_000)
  await rename(`${path}.part`, path)
}

const files = async (directory: string) => (await readdir(directory).catch(() => [])).sort()

async function entries(): Promise<Entry[]> {
  const names = (await files(manifest)).filter((name) => name.endsWith('.json'))
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(manifest, name), 'utf8')) as Entry))
}

const emptyInbox = () =>
  until([inbox], async () => ((await files(inbox)).every((name) => name.startsWith('.')) ? true : undefined))

/** Nothing missing, nothing double, nothing that is not what it says. */
async function expectArchived(dropped: ReadonlyMap<string, Buffer>): Promise<void> {
  const found = await entries()
  const expected = [...dropped].map(([file, bytes]) => `${file} ${sha256(bytes)}`).sort()
  expect(found.map(({ file, hash }) => `${file} ${hash}`).sort()).toEqual(expected)
  for (const { hash, bytes, path } of found) {
    const content = gunzipSync(await readFile(join(archive, path)))
    expect([sha256(content), content.length]).toEqual([hash, bytes])
  }
  const days = (await files(archive)).filter((name) => name !== 'manifest')
  expect(days.filter((name) => !/^\d{4}-\d\d-\d\d$/.test(name))).toEqual([])
  expect(await files(manifest)).toHaveLength(found.length)
  const stored = (
    await Promise.all(days.map(async (day) => (await files(join(archive, day))).map((name) => join(day, name))))
  ).flat()
  expect(stored.sort()).toEqual([...new Set(found.map(({ path }) => path))].sort())
}

test('forty files and kill -9 at any moment: each file is in the archive exactly once, the inbox is empty', async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed} (SEED=${seed} to have it again)`)
  const below = chance(seed)
  const dropped = new Map<string, Buffer>()
  const same = randomBytes(40_000)
  for (let n = 0; n < 40; n++) {
    const name = `${['photo', 'ein brief über alles', "o'clock; $HOME", '-v'][n % 4]}.${n}`
    dropped.set(name, n % 10 === 9 ? same : randomBytes(1 + below(400_000)))
  }
  const all = [...dropped]
  await writeFile(join(inbox, '.hidden'), 'not ours')

  const KILLS = 6
  const moments: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const changes = changesIn([archive, manifest])
    const running = portal()
    for (const [name, bytes] of all.splice(0, kill === KILLS - 1 ? all.length : 8)) {
      await drop(name, bytes, { fresh: below(10) === 0 })
    }
    // A moment is a number of changes in the archive: somewhere between two steps of some file.
    await Promise.race([changes.reached(1 + below(250)), emptyInbox()])
    const { signal, err } = await running.kill('SIGKILL')
    expect([signal, err]).toEqual(['SIGKILL', ''])
    changes.close()
    const half = [...(await files(archive)), ...(await files(manifest))].filter((name) => name.endsWith('.part'))
    moments.push(`${(await files(inbox)).length - 1}/${half.length}`)
  }
  console.log(`killed with so many files in the inbox / half written: ${moments.join(' ')}`)

  const last = portal()
  await emptyInbox()
  await until([manifest], async () => ((await entries()).length >= dropped.size ? true : undefined))
  await last.printed(' 0 waiting')
  const end = await last.kill('SIGINT')
  expect({ code: end.code, err: end.err }).toEqual({ code: 0, err: '' })
  await expectArchived(dropped)
  expect(await files(inbox)).toEqual(['.hidden'])
})

test('a file that is written to while it is archived is archived whole, once', async () => {
  const running = portal()
  await running.printed('the inbox is')
  // A time to come is no sign of quiet: the file is taken at once, and found changed when it was read.
  const bytes = randomBytes(30_000_000)
  const path = join(inbox, 'grows.bin')
  await writeFile(`${path}.part`, bytes)
  await utimes(`${path}.part`, 4_000_000_000, 4_000_000_000)
  const reading = until([archive], async () => (await files(archive)).find((name) => name.endsWith('.part')))
  await rename(`${path}.part`, path)
  await reading
  appendFileSync(path, 'the end')
  await emptyInbox()
  await running.kill('SIGTERM')
  await expectArchived(new Map([['grows.bin', Buffer.concat([bytes, Buffer.from('the end')])]]))
})

test('the readings go on after a kill, one after the other', async () => {
  const readings = join(home, 'readings')
  await mkdir(readings)
  const lines = async () => {
    const [day] = await files(readings)
    return day === undefined ? [] : (await readFile(join(readings, day), 'utf8')).trim().split('\n')
  }
  const first = portal()
  await until([readings], async () => ((await lines()).length >= 1 ? true : undefined))
  await first.kill('SIGKILL')
  const second = portal()
  const all = await until([readings], async () => ((await lines()).length >= 3 ? lines() : undefined))
  expect((await second.kill('SIGINT')).code).toBe(0)
  const times = all.map((line) => Date.parse((JSON.parse(line) as { at: string }).at))
  // The second reading may come at once, for the first run may not have been committed; then every five seconds.
  expect((times[2] as number) - (times[1] as number)).toBeGreaterThan(4_000)
  for (const line of all) expect(Object.keys(JSON.parse(line) as object)).toContain('diskFreeMiB')
})

test('the repository starts the portal by one command', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
  expect(scripts.start).toContain('dist/src/cli/main.js start docs/examples/portal/holdfast.config.js')
})
