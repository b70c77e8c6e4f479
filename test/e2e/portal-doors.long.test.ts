/** The doors of the portal, killed again and again: each opening is one picture in the archive and one message, told once. */
import { rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../src/client/index.js'
import { freePort } from '../api/board.js'
import { chance, SEED } from '../support/chance.js'
import { daemon, killAll } from './daemon.js'
import { changesIn, until } from './facts.js'

let home: string
let env: NodeJS.ProcessEnv
/** Where something is written when a door opens. */
let places: string[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-doors-'))
  places = ['inbox', 'archive/manifest', 'archive/digests', 'station', 'store/db'].map((name) => join(home, name))
  for (const place of places) await mkdir(place, { recursive: true })
  env = {
    HOLDFAST_PORTAL_DIR: home,
    HOLDFAST_PORTAL_PORT: String(await freePort()),
    HOLDFAST_PORTAL_GPIO: 'simulated',
    HOLDFAST_PORTAL_PLAYER: 'off',
  }
})

afterEach(async () => {
  killAll()
  await rm(home, { recursive: true, force: true })
})

const goOffline = () => writeFileSync(join(home, 'offline'), '')
const comeBack = () => rmSync(join(home, 'offline'), { force: true })

async function portal() {
  const running = daemon(['start', 'docs/examples/portal/holdfast.config.js'], { env })
  await running.printed('the simulated devices are yours')
  return running
}

/** Somebody at the devices of a portal that runs. */
async function visitor() {
  const client = createClient({ socket: join(home, 'store/holdfast.sock'), retry: 0 })
  const told = client.watch({ type: 'device' })
  await told.next()

  /** Resolves when it has happened, and that is on disk. */
  async function heard(device: string, type: string): Promise<void> {
    for (;;) {
      const { value, done } = await told.next()
      if (done) throw new Error(`no ${type} of ${device}`)
      if (value.type === 'device' && value.news.device === device && value.news.type === type) return
    }
  }
  const move = (door: string, to: string) => client.devices.command(door, { type: 'simulate', to })
  return {
    client,
    heard,
    open: async (door: string) => (await move(door, 'open')) && heard(door, 'open'),
    close: async (door: string) => (await move(door, 'closed')) && heard(door, 'close'),
    /** Nobody waits for what comes of it. */
    push: (door: string) => void move(door, 'open').catch(() => undefined),
    leave: async () => {
      await told.return(undefined)
      client.close()
    },
  }
}

async function lines<Line>(name: string): Promise<Line[]> {
  const text = await readFile(join(home, 'station', name), 'utf8').catch(() => '')
  // The last line may be on its way, and a kill may have torn one.
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line]
    } catch {
      return []
    }
  })
}
const messages = () => lines<{ key: string; message: { text: string; at: string } }>('chat.jsonl')
const digests = () => lines<{ key: string; digest: { file: string } }>('received.jsonl')
const pictures = async () => (await readdir(join(home, 'archive/manifest'))).filter((name) => name.endsWith('.json'))

test('doors and kill -9 at any moment: each opening is one picture and one message, whether the station is there or not', async () => {
  console.log(`seed ${SEED} (HOLDFAST_SEED=${SEED} to have it again)`)
  const below = chance(SEED)
  const opened = { front: 0, back: 0 }
  const all = () => opened.front + opened.back
  const moments: string[] = []
  /** A world in memory goes with its process: a door that is not open on disk was never opened. */
  async function found({ client }: Awaited<ReturnType<typeof visitor>>) {
    for (const door of ['front', 'back'] as const) if ((await client.devices.get(door)).state !== 'open') opened[door]--
  }

  for (let kill = 0; kill < 5; kill++) {
    const turn = () => (below(2) === 0 ? goOffline() : comeBack())
    turn()
    const running = await portal()
    const somebody = await visitor()
    if (kill > 0) await found(somebody)
    for (const door of ['front', 'back'] as const) {
      if ((await somebody.client.devices.get(door)).state === 'open') await somebody.close(door)
      for (let visit = below(3); visit > 0; visit--) {
        await somebody.open(door)
        await somebody.close(door)
        opened[door]++
      }
    }
    const changes = changesIn(places)
    const moment = 1 + below(60)
    void changes.reached(below(moment)).then(turn)
    for (const door of ['front', 'back'] as const) {
      somebody.push(door)
      opened[door]++
    }
    const quiet = until(places, async () => ((await pictures()).length === all() ? true : undefined))
    await Promise.race([changes.reached(moment), quiet])
    expect((await running.kill('SIGKILL')).err).toBe('')
    await somebody.leave()
    changes.close()
    moments.push(`${all()}/${(await pictures()).length}/${(await messages()).length}`)
  }
  console.log(`killed with so many openings / pictures / messages: ${moments.join(' ')}`)

  comeBack()
  const last = await portal()
  const looking = await visitor()
  await found(looking)
  await until(places, async () => ((await pictures()).length >= all() ? true : undefined))
  await until(places, async () => ((await messages()).length >= all() ? true : undefined))
  await until(places, async () => ((await digests()).length >= all() ? true : undefined))
  const { client, leave } = looking
  const snapshots = await client.find({ kind: 'snapshot', limit: 500 })
  expect(snapshots.items.map(({ state }) => state)).toEqual(Array(all()).fill('FINISHED'))
  for (const kind of ['chat', 'archive', 'uplink']) expect([kind, await client.count({ kind })]).toEqual([kind, all()])
  await leave()
  expect(await last.kill('SIGINT')).toMatchObject({ code: 0, err: '' })

  const told = await messages()
  expect(new Set(told.map(({ key }) => key)).size).toBe(all())
  for (const door of ['front', 'back'] as const) {
    const texts = told.filter(({ message }) => message.text.startsWith(`the ${door} door was opened`))
    const seen = (await digests()).filter(({ digest }) => digest.file.startsWith(`${door}-`))
    expect([door, texts.length, seen.length]).toEqual([door, opened[door], opened[door]])
    expect(new Set(seen.map(({ digest }) => digest.file)).size).toBe(opened[door])
  }
  expect(told).toHaveLength(all())
  expect(await pictures()).toHaveLength(all())
})

test('the lamp blinks while the station is away, and a message from then comes when it is back', async () => {
  const running = await portal()
  const somebody = await visitor()
  expect(await somebody.client.devices.get('status')).toMatchObject({ state: 'on' })
  for (const door of ['front', 'back']) await somebody.close(door)
  goOffline()
  await somebody.open('front')
  await somebody.heard('status', 'blink')
  expect(await messages()).toEqual([])
  comeBack()
  await somebody.heard('status', 'on')
  await until(places, async () => ((await messages()).length === 1 ? true : undefined))
  await somebody.leave()
  expect(await running.kill('SIGINT')).toMatchObject({ code: 0, err: '' })
})
