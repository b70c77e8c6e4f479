/**
 * Boots the machine and lets the package use GPIO lines that its kernel simulates: real devices, real edges, real refusals.
 *
 *   node test/rig/gpio.mjs [--part lines|crash|cuts|time] [--only TEXT] [--all] [--dist dist]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { format } from './disk.mjs'
import { cuts } from './gpio-cuts.mjs'
import { isForbidden, prepareKernel, skip } from './kernel.mjs'
import { DIED, Machine } from './machine.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
/** Not how it ends, but how it says that something hangs: many may share the processors. */
const LIMIT_MS = 400_000
const LONG_MS = 900_000

/** What runs on the machine, each on one of its own; cuts boots several. */
const PARTS = {
  lines: { program: 'gpio-guest.mjs' },
  crash: { program: 'gpio-crash.mjs' },
  cuts: {},
  portal: { program: 'gpio-portal.mjs' },
  time: { program: 'gpio-time.mjs', kernel: 'time-travel=inf-cpu' },
}

const text = (value) => ({ type: 'string', default: value })
const options = { dist: text(`${root}dist`), only: text(''), part: text('') }
options.all = { type: 'boolean', default: false }
const { dist, only, part, all } = parseArgs({ options }).values
if (part !== '' && !Object.hasOwn(PARTS, part)) {
  console.error(`--part: ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
prepareKernel()

/** Boots the machine for one part; gives how many tests passed and failed. */
async function run({ program, kernel }) {
  mkdirSync(`${root}.rig`, { recursive: true })
  const work = mkdtempSync(`${root}.rig/gpio-`)
  if (!program) {
    const [passed, failed] = await cuts(dist, work)
    if (failed === 0) rmSync(work, { recursive: true })
    return [passed, failed]
  }
  const [disk, witness] = [`${work}/disk.img`, `${work}/said`]
  format(disk, 'ext4', 16)
  writeFileSync(witness, '')
  const filter = only === '' ? '' : `--test-name-pattern=${JSON.stringify(only)}`
  const command = `node --expose-gc --test-reporter=spec ${filter} ${here}${program} ${dist} ${all ? '--all' : ''}`
  const machine = new Machine({ disk, fileSystem: 'ext4', witness, command, kernel, limitMs: all ? LONG_MS : LIMIT_MS })
  const status = await machine.ended
  const said = readFileSync(witness, 'utf8')
  rmSync(work, { recursive: true })
  if (status === DIED && said === '' && isForbidden(machine.complaint)) skip(machine.complaint)
  console.log(said)
  if (machine.complaint) console.error(machine.complaint)
  const counted = (word) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(said)?.[1] ?? Number.NaN)
  const [passed, failed] = [counted('pass'), counted('fail') + counted('cancelled')]
  // A machine that died on the way has passed nothing: its last line was never said.
  if (status === 0 && passed > 0 && failed === 0) return [passed, 0]
  return [passed || 0, failed || 1]
}

let [passed, failed] = [0, 0]
for (const [name, each] of Object.entries(PARTS)) {
  if (part !== '' && part !== name) continue
  const [well, badly] = await run(each)
  passed += well
  failed += badly
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
