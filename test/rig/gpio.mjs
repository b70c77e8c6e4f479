/**
 * Boots the machine and lets the package use GPIO lines that its kernel simulates: real devices, real edges, real refusals.
 *
 *   node test/rig/gpio.mjs [--dist dist] [--only TEXT]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { format } from './disk.mjs'
import { isForbidden, prepareKernel, skip } from './kernel.mjs'
import { DIED, Machine } from './machine.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const LIMIT_MS = 110_000

const options = { dist: { type: 'string', default: `${root}dist` }, only: { type: 'string', default: '' } }
const { dist, only } = parseArgs({ options }).values
prepareKernel()

mkdirSync(`${root}.rig`, { recursive: true })
const work = mkdtempSync(`${root}.rig/gpio-`)
const [disk, witness] = [`${work}/disk.img`, `${work}/said`]
format(disk, 'ext4', 16)
writeFileSync(witness, '')
const filter = only === '' ? '' : `--test-name-pattern=${JSON.stringify(only)}`
const command = `node --expose-gc --test-reporter=spec ${filter} ${here}gpio-guest.mjs ${dist}`
const machine = new Machine({ disk, fileSystem: 'ext4', witness, command, limitMs: LIMIT_MS })
const status = await machine.ended
const said = readFileSync(witness, 'utf8')
rmSync(work, { recursive: true })
if (status === DIED && said === '' && isForbidden(machine.complaint)) skip(machine.complaint)

console.log(said)
if (machine.complaint) console.error(machine.complaint)
const counted = (word) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(said)?.[1] ?? Number.NaN)
const [passed, failed] = [counted('pass'), counted('fail') + counted('cancelled')]
// A machine that died on the way has passed nothing: its last line was never said.
const ok = status === 0 && passed > 0 && failed === 0
console.log(`${passed || 0} passed, ${ok ? 0 : failed || 1} failed`)
process.exit(ok ? 0 : 1)
