/**
 * Boots an arm64 machine and lets the built package run on it: before a release, for the boards are arm64 and every other
 * suite is not. Each instruction is emulated, so it takes its time.
 *
 *   node test/rig/arm64.mjs [--part lines|board|cuts] [--only TEXT] [--cuts 4] [--pages 4k|16k] [--node 20|22|24]
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = fileURLToPath(new URL('.', import.meta.url))
const text = (value) => ({ type: 'string', default: value })
const options = { part: text(''), only: text(''), cuts: text('4'), pages: text('4k'), node: text('20') }
const { part, only, cuts, pages, node } = parseArgs({ options }).values
const dist = fileURLToPath(new URL('../../dist', import.meta.url))

// Read by the machine, in this process and in those of the parts.
process.env.RIG_PAGES = pages
process.env.RIG_NODE = node
const { Arm64Machine } = await import('./arm64-machine.mjs')
const { runTests } = await import('./run-tests.mjs')

const LIMIT_MS = 400_000
/** One at a time: two emulated machines would take longer than one after the other. */
const PARTS = {
  lines: () => runTests(Arm64Machine, 'gpio-guest.mjs', { dist, only, limitMs: LIMIT_MS }),
  board: () => runTests(Arm64Machine, 'arm64-guest.mjs', { dist, only, megabytes: 256, limitMs: LIMIT_MS }),
  cuts: () => cutPower(),
}
if ((part !== '' && !Object.hasOwn(PARTS, part)) || !['4k', '16k'].includes(pages)) {
  console.error(`--part: ${Object.keys(PARTS).join(', ')}; --pages: 4k, 16k`)
  process.exit(2)
}

/** The power-cut rig, on this machine: a cut is the death of qemu. */
function cutPower() {
  const args = [`${here}power-cut.mjs`, '--machine', 'arm64', '--cuts', cuts, '--first', '1']
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  console.log(stdout)
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [undefined, 0, 1]
  return [Number(passed), Number(failed)]
}

Arm64Machine.prepare()
const rows = []
let [passed, failed] = [0, 0]
for (const [name, run] of Object.entries(PARTS)) {
  if (part !== '' && part !== name) continue
  const begun = performance.now()
  const [well, badly] = await run()
  rows.push(`${name.padEnd(6)} ${well} passed, ${badly} failed, ${((performance.now() - begun) / 1_000).toFixed(0)} s`)
  passed += well
  failed += badly
}
console.log(rows.join('\n'))
console.log(`arm64, Node ${node}, pages of ${pages}: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
