/** The portal example, killed again and again: every file is archived exactly once, and told to the station exactly once. */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScheduleView, TaskView } from '../../src/index.js'
import { freePort } from '../api/board.js'
import { chance, SEED } from '../support/chance.js'
import { daemon, killAll, ROOT } from './daemon.js'
import { changesIn, until } from './facts.js'

interface Entry {
  readonly file: string
  readonly hash: string
  readonly bytes: number
  readonly path: string
}

/** A line of the station's book. */
interface Received {
  readonly key: string
  readonly digest: { readonly file: string; readonly hash: string; readonly bytes: number }
}

const LOOK = fileURLToPath(new URL('portal-look.mjs', import.meta.url))

let home: string
let inbox: string
let archive: string
let manifest: string
let digests: string
let station: string
let env: NodeJS.ProcessEnv

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-portal-'))
  inbox = join(home, 'inbox')
  archive = join(home, 'archive')
  manifest = join(archive, 'manifest')
  digests = join(archive, 'digests')
  station = join(home, 'station')
  for (const place of [inbox, manifest, digests, station]) await mkdir(place, { recursive: true })
  env = {
    HOLDFAST_PORTAL_DIR: home,
    HOLDFAST_PORTAL_PORT: String(await freePort()),
    HOLDFAST_PORTAL_GPIO: 'simulated',
    // The doors stay as they are: what they make has a suite of its own.
    HOLDFAST_PORTAL_PLAYER: 'off',
  }
})

afterEach(async () => {
  killAll()
  await rm(home, { recursive: true, force: true })
})

const portal = () => daemon(['start', 'docs/examples/portal/holdfast.config.js'], { env })

/** What is in the store of a portal that has ended. */
async function look(): Promise<{ uplinks: TaskView[]; schedules: ScheduleView[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, [LOOK], { env: { ...process.env, ...env } })
  return JSON.parse(stdout) as { uplinks: TaskView[]; schedules: ScheduleView[] }
}

// At once, so that none of it is on its way when the next thing happens.
const goOffline = () => writeFileSync(join(home, 'offline'), '')
const comeBack = () => rmSync(join(home, 'offline'), { force: true })

async function received(): Promise<Received[]> {
  const text = await readFile(join(station, 'received.jsonl'), 'utf8').catch(() => '')
  // The last line may be on its way.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Received)
}

const told = (count: number) => until([station], async () => ((await received()).length >= count ? true : undefined))
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

/** Nothing more will come of what is there: all is archived, and told unless the station is away. */
const quiet = () =>
  until([home, inbox, station], async () => {
    if ((await files(inbox)).some((name) => !name.startsWith('.'))) return undefined
    const offline = (await files(home)).includes('offline')
    return offline || (await received()).length === (await entries()).length ? true : undefined
  })

/** Nothing missing, nothing double, nothing that is not what it says. */
async function expectArchived(dropped: ReadonlyMap<string, Buffer>): Promise<void> {
  const found = await entries()
  const expected = [...dropped].map(([file, bytes]) => `${file} ${sha256(bytes)}`).sort()
  expect(found.map(({ file, hash }) => `${file} ${hash}`).sort()).toEqual(expected)
  for (const { hash, bytes, path } of found) {
    const content = gunzipSync(await readFile(join(archive, path)))
    expect([sha256(content), content.length]).toEqual([hash, bytes])
  }
  const days = (await files(archive)).filter((name) => name !== 'manifest' && name !== 'digests')
  expect(days.filter((name) => !/^\d{4}-\d\d-\d\d$/.test(name))).toEqual([])
  expect(await files(manifest)).toHaveLength(found.length)
  const stored = (
    await Promise.all(days.map(async (day) => (await files(join(archive, day))).map((name) => join(day, name))))
  ).flat()
  expect(stored.sort()).toEqual([...new Set(found.map(({ path }) => path))].sort())
}

/** One line for each entry of the archive, and each says what its entry does. */
async function expectTold(): Promise<void> {
  const lines = await received()
  expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length)
  const inWords = ({ file, hash, bytes }: Received['digest']) => `${file} ${hash} ${bytes}`
  expect(lines.map(({ digest }) => inWords(digest)).sort()).toEqual((await entries()).map(inWords).sort())
  const names = (await files(manifest)).map((name) => name.replace(/\.json$/, ''))
  expect(lines.map(({ key }) => key).sort()).toEqual(names.map((name) => `uplink:${name}`))
}

test('forty files and kill -9 at any moment: each is archived exactly once, and told to the station exactly once', async () => {
  console.log(`seed ${SEED} (HOLDFAST_SEED=${SEED} to have it again)`)
  const below = chance(SEED)
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
    const changes = changesIn([archive, manifest, digests, station])
    // Sometimes the station is away, and goes or comes while the daemon lives.
    const turn = () => (below(3) === 0 ? goOffline() : comeBack())
    turn()
    const running = portal()
    for (const [name, bytes] of all.splice(0, kill === KILLS - 1 ? all.length : 8)) {
      await drop(name, bytes, { fresh: below(10) === 0 })
    }
    // A moment is a number of changes on disk: somewhere between two steps of some file.
    const moment = 1 + below(350)
    void changes.reached(below(moment)).then(turn)
    await Promise.race([changes.reached(moment), quiet()])
    const { signal, err } = await running.kill('SIGKILL')
    expect([signal, err]).toEqual(['SIGKILL', ''])
    changes.close()
    const half = [...(await files(archive)), ...(await files(manifest))].filter((name) => name.endsWith('.part'))
    moments.push(`${(await files(inbox)).length - 1}/${half.length}/${(await received()).length}`)
  }
  console.log(`killed with so many files in the inbox / half written / told: ${moments.join(' ')}`)

  comeBack()
  const last = portal()
  await emptyInbox()
  await until([manifest], async () => ((await entries()).length >= dropped.size ? true : undefined))
  await last.printed(' 0 waiting')
  await told(dropped.size)
  const end = await last.kill('SIGINT')
  expect({ code: end.code, err: end.err }).toEqual({ code: 0, err: '' })
  await expectArchived(dropped)
  await expectTold()
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

test('while the station is away nothing is sent and no attempt is spent; when it comes back everything is sent, once', async () => {
  goOffline()
  const first = portal()
  await first.printed('the inbox is')
  for (let n = 0; n < 6; n++) await drop(`picture.${n}`, randomBytes(1_000))
  await until([digests], async () =>
    (await files(digests)).filter((name) => name.endsWith('.json')).length === 6 ? true : undefined,
  )
  await first.printed('6 archived · 0 waiting · 0 sent · 0 failed · the station is away')
  expect((await first.kill('SIGINT')).err).toBe('')
  expect(await received()).toEqual([])
  const waiting = (await look()).uplinks
  // What follows a digest that ended while the portal was stopping has not been to its queue yet.
  const unspent = Array(6).fill(expect.stringMatching(/^(SPOOLED|QUEUED) 0$/))
  expect(waiting.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(unspent)

  const second = portal()
  await second.printed('the station is away')
  comeBack()
  await told(6)
  await second.printed('0 waiting · 6 sent · 0 failed\n')
  expect((await second.kill('SIGINT')).err).toBe('')
  await expectTold()
  const sent = (await look()).uplinks
  expect(sent.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array(6).fill('FINISHED 1'))
})

test('the readings come by their schedule and go on after a kill; the report waits for the night', async () => {
  const readings = join(home, 'readings')
  await mkdir(readings)
  const lines = async () => {
    const text = await Promise.all((await files(readings)).map((day) => readFile(join(readings, day), 'utf8')))
    return text.join('').split('\n').slice(0, -1)
  }
  const reached = (count: number) =>
    until([readings], async () => ((await lines()).length >= count ? lines() : undefined))
  const first = portal()
  await reached(1)
  await first.kill('SIGKILL')
  const before = (await lines()).length
  const second = portal()
  const all = await reached(before + 2)
  expect((await second.kill('SIGINT')).code).toBe(0)
  const times = all.map((line) => Date.parse((JSON.parse(line) as { at: string }).at))
  for (const line of all) expect(Object.keys(JSON.parse(line) as object)).toContain('diskFreeMiB')

  const { schedules } = await look()
  const [reading, report] = schedules
  expect(reading).toMatchObject({ id: 'reading', every: 5_000, state: 'active', source: 'code' })
  expect(report).toMatchObject({ id: 'report', cron: '0 0 * * *', state: 'active', source: 'code' })
  // It did not begin anew with the second start.
  expect(Date.parse(reading?.createdAt as string)).toBeLessThanOrEqual(times[0] as number)
})

test('a port that is taken is an error that says what to do', async () => {
  const other = createServer().listen(Number(env.HOLDFAST_PORTAL_PORT), '127.0.0.1')
  await once(other, 'listening')
  const { code, err } = await portal().closed
  other.close()
  expect(code).toBe(1)
  expect(err).toMatch(
    /^error ERR_INVALID_OPTION: the station cannot listen at 127\.0\.0\.1:\d+\nhint: .*HOLDFAST_PORTAL_PORT=/,
  )
  expect(err).toContain('cause: EADDRINUSE')
})

test('the repository starts the portal by one command', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
  expect(scripts.start).toContain('dist/src/cli/main.js start docs/examples/portal/holdfast.config.js')
})
