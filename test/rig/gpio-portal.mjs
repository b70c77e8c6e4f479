/** What runs on the machine: the portal, with real doors, a real siren and a real lamp. `gpio-portal.mjs DIST` */
import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SimulatedChip } from './gpio-sim.mjs'

const [, , dist] = process.argv
const { createClient } = await import(`${dist}/src/client/index.js`)

const CONFIG = fileURLToPath(new URL('../../docs/examples/portal/holdfast.config.js', import.meta.url))
/** In memory: the disk of the machine is too small for a portal, which leaves 50 MB of it alone. */
const HOME = '/run/portal'
const FRONT = 0
const SIREN = 3
const LAMP = 4
const NAMES = ['GPIO17', 'GPIO27', 'GPIO22', 'GPIO23', 'GPIO24']
const timeout = 60_000

/** Starts the portal; resolves when it takes commands. */
async function start() {
  const env = { ...process.env, HOLDFAST_PORTAL_DIR: HOME, HOLDFAST_PORTAL_GPIO: 'chardev' }
  const daemon = spawn(process.execPath, [`${dist}/src/cli/main.js`, 'start', CONFIG], { env, stdio: 'pipe' })
  let said = ''
  await new Promise((resolve, reject) => {
    for (const stream of [daemon.stdout, daemon.stderr])
      stream.on('data', (text) => {
        said += text
        if (said.includes('the inbox is')) resolve()
      })
    daemon.once('exit', () => reject(new Error(said)))
  })
  const client = createClient({ socket: `${HOME}/store/holdfast.sock` })
  const told = client.watch({ type: 'device' })
  await told.next()

  async function end(signal) {
    await told.return()
    client.close()
    daemon.kill(signal)
    const [status, by] = daemon.exitCode === null ? await once(daemon, 'exit') : [daemon.exitCode]
    return by ?? status
  }
  /** Resolves with what happened, when it has. */
  async function heard(device, type) {
    for await (const { news } of { [Symbol.asyncIterator]: () => ({ next: () => told.next() }) })
      if (news?.device === device && news.type === type) return news
  }
  return { client, heard, end }
}

const linesOf = (path) => {
  try {
    return readFileSync(`${HOME}/${path}`, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  } catch {
    return []
  }
}
const pictures = () => readdirSync(`${HOME}/archive/manifest`).filter((name) => name.endsWith('.json'))
const texts = () => linesOf('station/chat.jsonl').map(({ message }) => message.text)

/** Resolves when it is so; looked at whenever something in the places of the portal changed. */
async function until(fact) {
  const watchers = ['archive/manifest', 'station'].map((place) => watch(`${HOME}/${place}`))
  try {
    while (!fact()) await Promise.race(watchers.map((watcher) => once(watcher, 'change')))
  } finally {
    for (const watcher of watchers) watcher.close()
  }
}

test('the portal, on lines of the kernel', { timeout }, async () => {
  const chip = new SimulatedChip('portal', { names: NAMES })
  try {
    const first = await start()
    strictEqual((await first.client.devices.get('front')).simulated, false)
    // There is no DHT on this machine, and the lamp says so.
    strictEqual((await first.client.devices.get('room')).link, 'faulty')
    strictEqual((await first.client.devices.get('status')).state, 'blinking')

    chip.pull(FRONT, false)
    await first.heard('front', 'close')
    chip.pull(FRONT, true)
    await first.heard('front', 'open')
    await until(() => pictures().length === 1 && texts().length === 1)

    await first.client.devices.command('siren', { type: 'pulse', for: '1s' })
    ok(chip.level(SIREN))
    await first.heard('siren', 'off')
    ok(!chip.level(SIREN))

    chip.pull(FRONT, false)
    await first.heard('front', 'close')
    strictEqual(await first.end('SIGKILL'), 'SIGKILL')

    // Its pull-up finds nothing that holds the door: somebody opened it meanwhile.
    const second = await start()
    await until(() => pictures().length === 2 && texts().length === 2)
    deepStrictEqual(texts(), ['the front door was opened', 'the front door was opened while nobody looked'])
    strictEqual(await second.end('SIGTERM'), 0)
    ok(!chip.level(LAMP))
  } finally {
    chip.remove()
    rmSync(HOME, { recursive: true, force: true })
  }
})
