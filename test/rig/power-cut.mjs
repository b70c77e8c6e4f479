/**
 * Pulls the plug of a running holdfast, again and again, and checks from outside that nothing it said was untrue.
 *
 *   node test/rig/power-cut.mjs [--cuts 20] [--seed N] [--first 5] [--fs ext4|f2fs] [--workload holdfast]
 *                               [--machine uml|arm64] [--dist dist]
 */
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FILE_SYSTEMS } from './disk.mjs'
import { isForbidden, skip } from './kernel.mjs'
import { MACHINES } from './machines.mjs'
import { plan } from './plan.mjs'
import { Rig } from './rig.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const STORE = '/run/disk/store'
const BUSY_MS = 2500
const MOST_ACKED = 8000
const WORKLOADS = ['holdfast', 'store', 'synced', 'unsynced']

function readOptions() {
  const text = (value) => ({ type: 'string', default: value })
  const seed = String(Date.now() % 1_000_000)
  const options = { cuts: text('20'), seed: text(seed), first: text('5'), fs: text('ext4'), workload: text('holdfast') }
  options.machine = text('uml')
  options.dist = text(fileURLToPath(new URL('../../dist', import.meta.url)))
  const { values } = parseArgs({ options })
  const numbers = [values.cuts, values.seed, values.first].map(Number)
  const { fs, workload, machine } = values
  const isKnown = FILE_SYSTEMS.includes(fs) && WORKLOADS.includes(workload) && Object.hasOwn(MACHINES, machine)
  if (numbers.every(Number.isSafeInteger) && isKnown) {
    const [cuts, number, first] = numbers
    return { ...values, cuts, seed: number, first, Machine: MACHINES[machine] }
  }
  const machines = Object.keys(MACHINES)
  console.error(
    `--cuts, --seed, --first: whole numbers; --fs: ${FILE_SYSTEMS}; --workload: ${WORKLOADS}; --machine: ${machines}`,
  )
  process.exit(2)
}

/** What runs on the machine: holdfast, or storage alone as a control. */
function install(rig, workload, built) {
  // A copy: a build that runs beside this one must not change what is under test between two cuts.
  const dist = rig.Machine.hasOwnBuild ? built : `${rig.work}/dist`
  if (dist !== built) cpSync(built, dist, { recursive: true })
  const program = (holdfast, verb) => (workload === 'holdfast' ? holdfast : `bare.mjs ${verb} ${workload}`)
  rig.write = (boot) => `node ${here}${program('writer.mjs', 'write')} ${dist} ${STORE} ${boot}`
  rig.check = (witness) => `node ${here}${program('checker.mjs', 'check')} ${dist} ${STORE} ${witness}`
}

/** The cuts of one case: after which word of the writer, and how long after. An open is cut from before to after it. */
function cutsOf({ kind, opening, busy, again }, openMs, reopenMs) {
  // From the first acknowledgement: on a loaded host a cut sooner would find nothing that can be lost.
  const whileBusy = ['ACK', busy * BUSY_MS]
  const whileOpening = ['OPENING', opening * reopenMs * 1.2]
  if (kind === 'busy') return [whileBusy]
  if (kind === 'recovery') return [whileBusy, whileOpening]
  const first = ['OPENING', busy * openMs * 1.5]
  return again < 0.5 ? [first, whileOpening] : [first]
}

const row = (number, kind, cuts, ...figures) =>
  `${String(number).padStart(4)}  ${kind.padEnd(8)}  ${cuts.padEnd(25)}${figures.map((figure) => String(figure).padStart(10)).join('')}`

const { cuts, seed, first, fs, workload, Machine, dist } = readOptions()
Machine.prepare()

const rig = new Rig(fs, Machine)
install(rig, workload, dist)
const { openMs, booted, failed } = await rig.measureOpen()
if (failed) {
  if (!booted && isForbidden(failed)) skip(failed)
  console.error(`the writer did not open its store: ${failed}`)
  process.exit(1)
}
console.log(
  `${cuts} power cuts, seed ${seed}, ${fs}, ${workload}; an undisturbed first open takes ${openMs.toFixed(0)} ms`,
)
console.log(row('case', 'kind', 'cut (ms after)', 'boot ms', 'acked', 'lost', 'runs', 'cut off', 'open ms', 'verdict'))

let passed = 0
let reopenMs = openMs
let usable = false // a disk on which a case failed would fail the next ones too, and a full one takes long to check
for (const item of plan(seed, cuts, first)) {
  if (item.kind === 'first' || !usable) {
    rig.freshDisk()
    reopenMs = openMs
  }
  const blows = cutsOf(item, openMs, reopenMs)
  const results = []
  for (const [word, delayMs] of blows) results.push(await rig.cutAt(word, delayMs))
  const { bad, figures } = await rig.judge()
  bad.unshift(...results.flatMap((result) => result.bad))
  const { acked = '?', lost = '?', runs = '-', cutOff = '-' } = figures
  reopenMs = figures.openMs ?? reopenMs
  const where = blows.map(([word, delayMs]) => `${word}+${delayMs.toFixed(1)}`).join(' ')
  const bootMs = results.at(-1).bootMs.toFixed(0)
  const verdict = bad.length === 0 ? 'ok' : 'FAILED'
  console.log(
    row(item.number, item.kind, where, bootMs, acked, lost, runs, cutOff, figures.openMs?.toFixed(0) ?? '?', verdict),
  )
  for (const line of bad) console.log(`        ${line}`)
  usable = bad.length === 0 && acked < MOST_ACKED
  if (bad.length === 0) passed += 1
  else rig.keepEvidence(item.number)
}

if (passed === cuts) rig.clear()
else
  console.log(`kept in ${rig.work}: the disks as the failed cuts left them, and the witnesses; again: --seed ${seed}`)
console.log(`${passed} passed, ${cuts - passed} failed`)
process.exit(passed === cuts ? 0 : 1)
