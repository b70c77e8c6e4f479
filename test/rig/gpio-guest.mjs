/** What runs on the machine: the lines of its kernel, first as every backend has to have them. `gpio-guest.mjs DIST` */
import { deepStrictEqual, match, ok, strictEqual, throws } from 'node:assert'
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, symlinkSync, unlinkSync } from 'node:fs'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { FAULTY, Holder } from './gpio-holder.mjs'
import { benchOf, openFiles, SimulatedChip } from './gpio-sim.mjs'
import { patience } from './patience.mjs'

const [, , dist] = process.argv
const { chardev } = await import(`${dist}/src/devices/chardev.js`)
const { lineConformance } = await import(`${dist}/src/testing/line-conformance.js`)
const { Ear } = await import(`${dist}/src/testing/conformance/lines.js`)

/** Longest time of a test: the machine shares its processor with whatever else runs on the host. */
const timeout = 30_000 * patience
const NOBODY = 65_534
const DIALOUT = 20

// Waits for lines that keep no process alive are to be waited for all the same.
const alive = setInterval(() => {}, 1_000)
after(() => clearInterval(alive))

let count = 0
const nextLabel = () => `sim-${++count}`
for (const { name, run } of lineConformance(async () => benchOf(await chardev(), nextLabel())))
  test(name, { timeout }, run)

const input = (chip, ...offsets) => ({
  ...{ chip, offsets, direction: 'input', consumer: 'holdfast:door', activeLow: false, bias: 'as-is' },
  ...{ debounceUs: 0, edges: true },
})
const output = (chip, ...offsets) => ({
  ...{ chip, offsets, direction: 'output', consumer: 'holdfast:lamp', activeLow: false, bias: 'as-is' },
  ...{ drive: 'push-pull', levels: offsets.map(() => true) },
})

/** A test with a chip and a backend, and nothing left of either. */
const onChip = (name, run) =>
  test(`kernel: ${name}`, { timeout }, async () => {
    const chip = new SimulatedChip(nextLabel(), { names: ['GPIO4', 'GPIO17'] })
    const backend = await chardev()
    try {
      await run({ chip, backend, label: chip.label })
    } finally {
      backend.close()
      chip.remove()
    }
  })

onChip('the command line lists the lines, and who has them', async ({ backend, label }) => {
  backend.request(output(label, 1), new Ear())
  const typed = async (...more) => {
    const args = [`${dist}/src/cli/main.js`, 'devices', 'lines', '--json', ...more]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return JSON.parse(stdout).filter(({ chip }) => chip === label)
  }
  const [first, second] = await typed()
  deepStrictEqual(first, { chip: label, offset: 0, name: 'GPIO4', direction: 'input', used: false, consumer: '' })
  deepStrictEqual(second, {
    ...{ chip: label, offset: 1, name: 'GPIO17', direction: 'output', used: true, consumer: 'holdfast:lamp' },
  })
  strictEqual(
    (await typed('--free')).some(({ offset }) => offset === 1),
    false,
  )
})

onChip(
  'a line is busy while another process has it, and free at once when that is killed',
  async ({ backend, label }) => {
    const holder = new Holder(dist)
    await holder.ask(input(label, 1))
    throws(() => backend.request(input(label, 1), new Ear()), {
      code: 'ERR_LINE_BUSY',
      message: `line 1 (GPIO17) of ${label} is held by "holdfast:door"`,
    })
    await holder.kill()
    backend.request(input(label, 1), new Ear())
  },
)

onChip(
  'the chip goes and comes while edges do, and each time the line is found again',
  async ({ chip, backend, label }) => {
    const before = openFiles()
    for (let turn = 0; turn < 10; turn++) {
      const ear = new Ear()
      const lines = backend.request(input(label, 0), ear)
      for (let n = 0; n < 5 + turn; n++) chip.pull(0, n % 2 === 0)
      chip.unplug()
      await ear.untilLost()
      strictEqual(ear.losses[0].code, 'ERR_LINE_GONE')
      lines.release()
      chip.plug()
    }
    strictEqual(openFiles(), before)
  },
)

onChip('an input is heard after the garbage is collected, whoever forgot it', async ({ chip, backend, label }) => {
  const ear = new Ear()
  backend.request(input(label, 0), ear)
  for (let n = 0; n < 5; n++) {
    await new Promise((resolve) => void setImmediate(resolve))
    globalThis.gc()
  }
  await chip.pullApart(0, true)
  await ear.until(1)
})

onChip('what a listener throws is seen at once, and does not wait for the next event', async ({ chip, label }) => {
  const holder = new Holder(dist)
  await holder.ask({ ...input(label, 0), faulty: true })
  chip.pull(0, true)
  strictEqual(await holder.ended, FAULTY)
})

onChip('a process that ends with lines and with edges nobody read ends well', async ({ chip, label }) => {
  const holder = new Holder(dist)
  await holder.ask(output(label, 2))
  await holder.ask(input(label, 0))
  await holder.ask({ deaf: true })
  for (let n = 0; n < 5; n++) await chip.pullApart(0, n % 2 === 0)
  strictEqual(await holder.leave(), 0)
  const other = new Holder(dist)
  await other.ask(output(label, 2))
  await other.ask({ unplugAtTheEnd: `${chip.config}/live` })
  strictEqual(await other.leave(), 0)
})

onChip('who may not open the device is told the group to join', async ({ chip, backend, label }) => {
  const path = `/dev/${chip.name}`
  chownSync(path, 0, DIALOUT)
  chmodSync(path, 0o660)
  const holder = new Holder(dist, NOBODY)
  const refused = await holder.ask(input(label, 0))
  strictEqual(refused.code, 'ERR_LINE_PERMISSION')
  match(refused.hint, /`sudo usermod -aG dialout nobody`/)
  await holder.kill()
  const told = new Promise((resolve) => {
    const leave = backend.watch(() => resolve(leave()))
  })
  chownSync(path, 0, NOBODY)
  await told
})

onChip('a chip is one chip, however many links lead to it', async ({ chip, backend, label }) => {
  const link = '/dev/gpiochip99'
  symlinkSync(chip.name, link)
  try {
    strictEqual(backend.chips().length, 1)
    backend.request(input(label, 0), new Ear())
  } finally {
    unlinkSync(link)
  }
})

onChip('of two chips of one label none is taken', async ({ backend, label }) => {
  const twin = new SimulatedChip(`${label}-twin`, { label })
  try {
    throws(() => backend.request(input(label, 0), new Ear()), { code: 'ERR_LINE_UNKNOWN', message: /two chips/ })
  } finally {
    twin.remove()
  }
})

onChip('a name that is too long is cut, and all 64 lines are had at once', async ({ backend }) => {
  const wide = new SimulatedChip(nextLabel(), { lines: 64 })
  try {
    const offsets = Array.from({ length: 64 }, (_, n) => 63 - n)
    const levels = offsets.map((offset) => offset % 3 === 0)
    const lines = backend.request(
      { ...output(wide.label, ...offsets), levels, consumer: `${'ä'.repeat(20)}` },
      new Ear(),
    )
    deepStrictEqual(lines.read(), levels)
    deepStrictEqual(
      offsets.map((offset) => wide.level(offset)),
      levels,
    )
    const chip = backend.chips().find(({ label }) => label === wide.label)
    strictEqual(chip.lines[5].consumer, 'ä'.repeat(15))
    lines.release()
  } finally {
    wide.remove()
  }
})

onChip('more than a thousand edges a second', async ({ chip, backend, label }) => {
  const ear = new Ear()
  backend.request(input(label, 0, 1, 2, 3, 4, 5, 6, 7), ear)
  const puller = new Holder(dist)
  const [cpu, begun] = [process.cpuUsage(), process.hrtime.bigint()]
  await puller.ask({ pull: chip.lines, seconds: 5 })
  const used = process.cpuUsage(cpu)
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9
  await puller.kill()
  const lost = [...Array(8).keys()].reduce((sum, index) => {
    const seqs = ear.heard.filter((edge) => edge.index === index).map(({ seq }) => seq)
    return sum + seqs.at(-1) - seqs.length
  }, 0)
  const share = ((used.user + used.system) / 1e4 / seconds).toFixed(1)
  console.log(
    `      ${(ear.heard.length / seconds).toFixed(0)} edges a second, ${lost} lost, ${share} % of a processor`,
  )
  ok(ear.heard.length > 1_000)
  strictEqual(lost, 0)
})
