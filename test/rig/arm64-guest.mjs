/**
 * What runs on an arm64 machine: what is native is of that machine, and a daemon does there what it does elsewhere.
 * `arm64-guest.mjs DIST`
 */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync, watch } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SimulatedChip } from './gpio-sim.mjs'
import { patience } from './patience.mjs'
import { Witness } from './witness.mjs'

const [, , dist] = process.argv
const here = fileURLToPath(new URL('.', import.meta.url))
const main = `${dist}/src/cli/main.js`
const house = `${here}arm64-house.mjs`
const timeout = 120_000 * patience
const env = { ...process.env, STORE: '/run/disk/house/store', NOTIFY_SOCKET: '/dev/log' }
/** In auxv, by which the kernel tells a process where it is: pairs of words, a number and what it stands for. */
const PAGE_SIZE = 6n
/** So many tasks are acknowledged before the process is killed. */
const ACKED = 60

const children = new Set()
after(() => {
  for (const child of children) child.kill('SIGKILL')
})

function start(file, args, options) {
  const child = spawn(file, args, { env, ...options })
  child.ended = once(child, 'exit').finally(() => children.delete(child))
  children.add(child)
  return child
}

/** What the command line answers; the doctor does so with status 1 when something is wrong. */
async function holdfast(...args) {
  const answered = promisify(execFile)(process.execPath, [main, ...args], { env })
  const { stdout, stderr } = await answered.catch((error) => error)
  ok(stdout, `${args.join(' ')} says nothing but: ${stderr}`)
  return stdout
}
const answer = async (...args) => JSON.parse(await holdfast('--json', '--config', house, ...args))

/** Waits until something is so that shows in a directory. */
async function until(directory, isSo) {
  const watcher = watch(directory)
  try {
    for (;;) {
      const changed = once(watcher, 'change')
      if (isSo()) return
      await changed
    }
  } finally {
    watcher.close()
  }
}

test('the machine is an arm64 one, with pages of the size that was asked for', () => {
  const words = new BigUint64Array(new Uint8Array(readFileSync('/proc/self/auxv')).buffer)
  const pageBytes = words[words.findIndex((word, n) => n % 2 === 0 && word === PAGE_SIZE) + 1]
  console.log(`      Node ${process.version}, ${process.arch}, pages of ${pageBytes} bytes`)
  strictEqual(process.arch, 'arm64')
  strictEqual(`${pageBytes / 1024n}k`, process.env.RIG_PAGES)
})

test('the native parts are those of the machine', async () => {
  await import('classic-level')
  await import('koffi')
  const loaded = process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'))
  strictEqual(loaded.length, 2)
  for (const path of loaded) match(path, /linux.arm64/)
})

test('the command line says its version', { timeout }, async () => {
  const { version } = JSON.parse(readFileSync(`${here}../../package.json`, 'utf8'))
  strictEqual(await holdfast('--version'), `${version}\n`)
})

test('the command line lists the lines of a chip', { timeout }, async () => {
  const chip = new SimulatedChip('sim-arm64', { names: ['GPIO4'] })
  try {
    const lines = JSON.parse(await holdfast('--json', 'devices', 'lines'))
    strictEqual(lines.length, 8)
    deepStrictEqual([lines[0].chip, lines[0].name, lines[0].used], ['sim-arm64', 'GPIO4', false])
  } finally {
    chip.remove()
  }
})

test('killed in the middle of its work, three times, it has lost nothing and done nothing twice', {
  timeout,
}, async () => {
  const witness = new Witness('/run/disk/witness')
  const run = (program, last) =>
    start(process.execPath, [`${here}${program}`, dist, '/run/disk/store', last], {
      stdio: ['ignore', openSync(witness.path, 'a'), 'inherit'],
    })
  for (const boot of [1, 2, 3]) {
    const writer = run('writer.mjs', `${boot}`)
    for (let n = 0; n < ACKED; n++) ok(await witness.next('ACK', writer.ended), 'the writer ended by itself')
    writer.kill('SIGKILL')
    await writer.ended
    witness.mend(`CUT ${boot}`)
  }
  const before = witness.lines().length
  const [status] = await run('checker.mjs', witness.path).ended
  const said = witness.lines().slice(before)
  deepStrictEqual([status, said.filter(([word]) => word === 'BAD')], [0, []])
  const figures = JSON.parse(said.find(([word]) => word === 'CHECKED')[1])
  console.log(`      ${JSON.stringify(figures)}`)
  ok(figures.acked >= 3 * ACKED)
  strictEqual(figures.lost, 0)
})

test('a daemon tells systemd, is told by the command line, is killed, and goes on', { timeout }, async () => {
  // The log of a system is a socket for datagrams, as that of systemd is: busybox writes down what it hears there.
  start('syslogd', ['-n', '-O', '/run/heard'], { stdio: 'inherit' })
  await until('/dev', () => existsSync('/dev/log'))
  const heard = (count) => () =>
    existsSync('/run/heard') && readFileSync('/run/heard', 'utf8').split('READY=1').length > count
  const begin = async (count) => {
    const daemon = start(process.execPath, [main, 'start', house], { stdio: ['ignore', 'inherit', 'inherit'] })
    const dead = daemon.ended.then(([status]) => Promise.reject(new Error(`the daemon ended by itself: ${status}`)))
    await Promise.race([until('/run', heard(count)), dead])
    dead.catch(() => {})
    return daemon
  }
  const daemon = await begin(1)
  deepStrictEqual(await answer('enqueue', 'twice', '{"n":21}', '--wait'), { is: 42 })
  for (const kind of ['thread', 'process']) {
    const variables = await answer('enqueue', kind, '--wait')
    ok(variables.some((variable) => variable.startsWith('PATH=')))
  }
  await holdfast('--config', house, 'enqueue', 'twice', '{"n":1}', '--id', 'later', '--in', '1h')
  daemon.kill('SIGKILL')
  await daemon.ended

  const next = await begin(2)
  const { state, input } = await answer('show', 'later')
  deepStrictEqual([state, input], ['SPOOLED', { n: 1 }])
  const findings = await answer('doctor')
  // Like a board without a battery for its clock: it is 1970, and the doctor says so.
  deepStrictEqual(
    findings.filter(({ level }) => level === 'fault').map(({ check, says }) => [check, says]),
    [['clock', 'the clock says 1970-01-01']],
  )
  ok(findings.some(({ says }) => says.includes('arm64')))
  next.kill('SIGTERM')
  deepStrictEqual(await next.ended, [0, null])
})
