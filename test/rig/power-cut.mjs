/**
 * Pulls the plug of a running holdfast, again and again, and checks from outside that nothing it said was untrue.
 *
 *   node test/rig/power-cut.mjs [--cuts 20] [--seed N] [--first 5] [--fs ext4|f2fs] [--workload holdfast|daemon]
 *     [--kinds full,dead] [--machine uml|arm64] [--dist dist]
 */
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FILE_SYSTEMS } from './disk.mjs'
import { isForbidden, skip } from './kernel.mjs'
import { MACHINES } from './machines.mjs'
import { kindsOf, plan } from './plan.mjs'
import { Rig } from './rig.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const STORE = '/run/disk/store'
const BUSY_MS = 2500
/** A disk with more than that is not used again: each of them is asked for. */
const MOST_ACKED = { daemon: 800, others: 8000 }
const WORKLOADS = ['holdfast', 'daemon', 'store', 'synced', 'unsynced']

function readOptions() {
  const text = (value) => ({ type: 'string', default: value })
  const seed = String(Date.now() % 1_000_000)
  const options = { cuts: text('20'), seed: text(seed), first: text('5'), fs: text('ext4'), workload: text('holdfast') }
  options.kinds = text('')
  options.machine = text('uml')
  options.dist = text(fileURLToPath(new URL('../../dist', import.meta.url)))
  const { values } = parseArgs({ options })
  const numbers = [values.cuts, values.seed, values.first].map(Number)
  const kinds = values.kinds.split(',').filter(Boolean)
  const { fs, workload, machine } = values
  const known = FILE_SYSTEMS.includes(fs) && WORKLOADS.includes(workload) && Object.hasOwn(MACHINES, machine)
  if (numbers.every(Number.isSafeInteger) && known && kinds.every((kind) => kindsOf(workload).includes(kind))) {
    const [cuts, number, first] = numbers
    return { ...values, cuts, seed: number, first, kinds, Machine: MACHINES[machine] }
  }
  console.error(`--cuts, --seed, --first: whole numbers; --fs: ${FILE_SYSTEMS}; --workload: ${WORKLOADS}`)
  console.error(`--kinds: ${kindsOf('daemon')} of the daemon, ${kindsOf('holdfast')} of the others`)
  console.error(`--machine: ${Object.keys(MACHINES)}`)
  process.exit(2)
}

/** What runs on the machine: holdfast in a program, its daemon with a client, or storage alone as a control. */
function install(rig, workload, built) {
  // A copy: a build that runs beside this one must not change what is under test between two cuts.
  const dist = rig.Machine.hasOwnBuild ? built : `${rig.work}/dist`
  if (dist !== built) cpSync(built, dist, { recursive: true })
  const [writer, checker] = {
    holdfast: ['writer.mjs', 'checker.mjs'],
    daemon: ['daemon-writer.mjs', 'daemon-checker.mjs'],
  }[workload] ?? [`bare.mjs write ${workload}`, `bare.mjs check ${workload}`]
  rig.write = (boot, fault = '', point = '') => `node ${here}${writer} ${dist} ${STORE} ${boot} '${fault}' '${point}'`
  rig.check = (witness) => `node ${here}${checker} ${dist} ${STORE} ${witness}`
}

/** The cuts of one case: after which word of the writer, and how long after. An open is cut from before to after it. */
function cutsOf({ kind, opening, busy, again, point }, openMs, reopenMs, fs) {
  // From the first acknowledgement: on a loaded host a cut sooner would find nothing that can be lost.
  const whileBusy = { word: 'ACK', delayMs: busy * BUSY_MS }
  const whileOpening = { word: 'OPENING', delayMs: opening * reopenMs * 1.2 }
  if (kind === 'busy') return [whileBusy]
  if (kind === 'recovery') return [whileBusy, whileOpening]
  // What it was writing when it stood still may go on: LevelDB has threads of its own.
  if (kind === 'point') return [{ word: 'POINT', delayMs: busy * 20, point }]
  if (kind !== 'first') return [faultOf(kind, busy, again, fs)]
  const first = { word: 'OPENING', delayMs: busy * openMs * 1.5 }
  return again < 0.5 ? [first, whileOpening] : [first]
}

/** The cut while the disk is broken, while the daemon takes the mended one up, or after that. */
function faultOf(kind, busy, again, fs) {
  // f2fs has its own records among the data: when a write of those fails it gives up until it is mounted again.
  const fault = kind === 'failing' && fs === 'f2fs' ? 'dead' : kind
  const [word, latestMs] =
    fault === 'dead' || again < 0.4 ? ['FAULT', 900] : again < 0.7 ? ['HEALED', 1500] : ['BACK', 800]
  return { word, delayMs: busy * latestMs, fault }
}

const row = (number, kind, cuts, ...figures) =>
  `${String(number).padStart(4)}  ${kind.padEnd(9)}  ${cuts.padEnd(25)}${figures.map((figure) => String(figure).padStart(10)).join('')}`

const { cuts, seed, first, fs, workload, kinds, Machine, dist } = readOptions()
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
for (const item of plan(seed, cuts, first, workload, kinds)) {
  if (item.kind === 'first' || !usable) {
    rig.freshDisk()
    reopenMs = openMs
  }
  const blows = cutsOf(item, openMs, reopenMs, fs)
  const results = []
  for (const blow of blows) results.push(await rig.cutAt(blow))
  const { bad, figures } = await rig.judge()
  bad.unshift(...results.flatMap((result) => result.bad))
  const { acked = '?', lost = '?', runs = '-', cutOff = '-' } = figures
  reopenMs = figures.openMs ?? reopenMs
  const where = blows.map(({ word, delayMs, point = word }) => `${point}+${delayMs.toFixed(1)}`).join(' ')
  const bootMs = results.at(-1).bootMs.toFixed(0)
  const verdict = bad.length === 0 ? 'ok' : 'FAILED'
  console.log(
    row(
      item.number,
      blows[0].fault ?? item.kind,
      where,
      bootMs,
      acked,
      lost,
      runs,
      cutOff,
      figures.openMs?.toFixed(0) ?? '?',
      verdict,
    ),
  )
  for (const line of bad) console.log(`        ${line}`)
  usable = bad.length === 0 && acked < (MOST_ACKED[workload] ?? MOST_ACKED.others)
  if (bad.length === 0) passed += 1
  else rig.keepEvidence(item.number)
}

if (passed === cuts) rig.clear()
else
  console.log(`kept in ${rig.work}: the disks as the failed cuts left them, and the witnesses; again: --seed ${seed}`)
console.log(`${passed} passed, ${cuts - passed} failed`)
process.exit(passed === cuts ? 0 : 1)
