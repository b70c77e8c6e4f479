/**
 * Five hundred power cuts: the runtime in a program and the daemon, on both file systems, and the controls.
 *
 *   node test/rig/torture.mjs [--seed N]
 *
 * Each part prints its seed, and goes on when another has failed.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const PROGRAM = fileURLToPath(new URL('power-cut.mjs', import.meta.url))
const PARTS = [
  ['holdfast', 'ext4', 130],
  ['holdfast', 'f2fs', 80],
  ['daemon', 'ext4', 160],
  ['daemon', 'f2fs', 100],
  ['store', 'ext4', 15],
  ['store', 'f2fs', 15],
]

const { values } = parseArgs({ options: { seed: { type: 'string', default: String(Date.now() % 1_000_000) } } })
const failed = PARTS.filter(([workload, fs, cuts], part) => {
  const seed = Number(values.seed) + part
  const args = { '--workload': workload, '--fs': fs, '--cuts': cuts, '--first': Math.ceil(cuts / 10), '--seed': seed }
  const { status } = spawnSync(process.execPath, [PROGRAM, ...Object.entries(args).flat().map(String)], {
    stdio: 'inherit',
  })
  return status !== 0
})
for (const [workload, fs] of failed) console.log(`FAILED: ${workload} on ${fs}`)
console.log(
  `${PARTS.reduce((sum, [, , cuts]) => sum + cuts, 0)} power cuts, ${failed.length} of ${PARTS.length} parts failed`,
)
process.exit(failed.length === 0 ? 0 : 1)
