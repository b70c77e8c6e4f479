/**
 * Boots the machine and lets the package use GPIO lines that its kernel simulates: real devices, real edges, real refusals.
 *
 *   node test/rig/gpio.mjs [--part lines|crash|cuts|portal|time] [--only TEXT] [--all] [--machine uml|arm64] [--dist dist]
 */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cuts } from './gpio-cuts.mjs'
import { MACHINES } from './machines.mjs'
import { runTests, workplace } from './run-tests.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Not how it ends, but how it says that something hangs: many may share the processors. */
const LIMIT_MS = 400_000
const LONG_MS = 900_000

/** What runs on the machine, each on one of its own, the longest first; cuts boots several. */
const PARTS = {
  time: { program: 'gpio-time.mjs', kernel: 'time-travel=inf-cpu' },
  crash: { program: 'gpio-crash.mjs' },
  cuts: {},
  lines: { program: 'gpio-guest.mjs' },
  portal: { program: 'gpio-portal.mjs' },
}

const text = (value) => ({ type: 'string', default: value })
const options = { dist: text(`${root}dist`), only: text(''), part: text(''), machine: text('uml') }
options.all = { type: 'boolean', default: false }
const { dist, only, part, all, machine } = parseArgs({ options }).values
if ((part !== '' && !Object.hasOwn(PARTS, part)) || !Object.hasOwn(MACHINES, machine)) {
  console.error(`--part: ${Object.keys(PARTS).join(', ')}; --machine: ${Object.keys(MACHINES).join(', ')}`)
  process.exit(2)
}
const Machine = MACHINES[machine]
Machine.prepare()

/** Boots the machine for one part; gives how many tests passed and failed. */
async function run({ program, kernel }) {
  const limitMs = all ? LONG_MS : LIMIT_MS
  if (program) return runTests(Machine, program, { dist, only, more: all ? '--all' : '', kernel, limitMs })
  const work = workplace()
  const [passed, failed] = await cuts(dist, work, Machine)
  if (failed === 0) rmSync(work, { recursive: true })
  return [passed, failed]
}

let [passed, failed] = [0, 0]
const names = Object.keys(PARTS).filter((name) => part === '' || part === name)
/** One part after the other; a machine has one processor, so two of them at once take as long as one. */
async function turns() {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const begunMs = performance.now()
    const [well, badly] = await run(PARTS[name])
    console.log(`${name}: ${((performance.now() - begunMs) / 1000).toFixed()} s`)
    passed += well
    failed += badly
  }
}
await Promise.all([turns(), turns()])
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
