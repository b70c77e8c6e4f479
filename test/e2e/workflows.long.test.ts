/** The example workflows as their pages say: `holdfast start` in a folder, and the commands beside it. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/stores.js'
import { feed, house, services, vendor, type World } from '../support/workflows.js'
import { daemon, killAll, ROOT } from './daemon.js'

let home: string
let env: NodeJS.ProcessEnv

beforeEach(async () => {
  home = await temporaryDirectory()
})
afterEach(killAll)

/** The daemon of an example, ready. */
async function started(example: string) {
  const config = join(ROOT, 'docs/examples/workflows', example, 'holdfast.config.js')
  env = { HOLDFAST_EXAMPLE_DIR: home, HOLDFAST_SOCKET: join(home, 'store/holdfast.sock') }
  const running = daemon(['start', config], { env, cwd: home })
  await running.printed('is ready')
  return running
}

/** A command that has to end well: what it printed. */
async function holdfast(...args: string[]): Promise<string> {
  const { code, out, err } = await daemon(args, { env, cwd: home }).closed
  expect({ args, code, err }).toMatchObject({ args, code: 0 })
  return out
}

function around({ url, server }: World): string {
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return url
}

test('a game is followed to its end', async () => {
  let asked = 0
  const url = around(await feed({ minute: () => 20 * asked++, shown: () => undefined }))
  await started('box-score')
  await holdfast('kinds', 'set', 'announce', `hall=${url}/hall`)
  await holdfast('kinds', 'set', 'box-score', `feed=${url}`, 'every=50ms')
  expect(await holdfast('enqueue', 'box-score', '{"game":"finals-7"}', '--wait')).toContain('9-5')
  expect(await holdfast('ls', '--kind', 'announce', '--count')).toBe('6\n')
})

test('a dark picture is published without its photo, which is withdrawn', async () => {
  const orders: string[] = []
  const socket = join(home, 'store/holdfast.sock')
  const url = around(await services({ socket, taken: (path) => orders.push(path) }))
  await started('photo-pipeline')
  await holdfast('kinds', 'set', 'publish', `services=${url}`)
  await holdfast('kinds', 'set', 'photo-pipeline', `services=${url}`, 'pause=50ms')
  const input = '{"picture":"dark.jpg","task":"dark"}'
  expect(await holdfast('enqueue', 'photo-pipeline', input, '--id', 'dark', '--wait')).toContain('This is dark.jpg.')
  expect(orders.filter((path) => path === '/photos')).toHaveLength(3)
  expect(orders).toContain('/photos/withdrawn')
})

test('an alarm goes on after kill -9, and is over when somebody says so', async () => {
  let louder = () => {}
  const loud = new Promise<void>((resolve) => {
    louder = resolve
  })
  const told: unknown[] = []
  const heard = (_: string, body: { loud?: boolean }) => {
    told.push(body.loud)
    if (body.loud) louder()
  }
  const url = around(await house({ heard }))
  const first = await started('door-alarm')
  await holdfast('kinds', 'set', 'door-alarm', `phones=${url}/phones`, `siren=${url}/siren`, 'patience=3s')
  await holdfast('enqueue', 'door-alarm', '{"door":"back"}', '--id', 'back', '--key', 'back')
  await first.kill('SIGKILL')
  await started('door-alarm')
  await loud
  await holdfast('kinds', 'set', 'door-alarm', 'patience=1h')
  await holdfast('send', 'back', 'ACK', '{"by":"Anna"}')
  expect(await holdfast('show', 'back')).toContain('Anna')
  expect(told.slice(0, 2)).toEqual([false, true])
})

test('a firmware that does not get well is taken back', async () => {
  const reports: unknown[] = []
  const url = around(await vendor({ folder: join(home, 'firmware'), heard: (report) => reports.push(report) }))
  await started('firmware-update')
  const at = ['releases', 'health', 'reports'].map((name) => `${name}=${url}/${name}`)
  await holdfast('kinds', 'set', 'firmware-update', ...at, 'pause=50ms')
  expect(await holdfast('enqueue', 'firmware-update', '{"version":"2"}', '--wait')).toContain('updated')
  expect(await holdfast('enqueue', 'firmware-update', '{"version":"3-bad"}', '--wait')).toContain('rolled back')
  expect(reports).toEqual([
    { version: '2', outcome: 'updated' },
    { version: '3-bad', outcome: 'rolled back' },
  ])
})
