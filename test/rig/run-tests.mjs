/** A program of tests on a machine of its own: what it said is printed, and counted. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format } from './disk.mjs'
import { isForbidden, skip } from './kernel.mjs'
import { DIED } from './machine.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

/** A directory for the files of a run, which the machine may see. */
export function workplace() {
  mkdirSync(`${root}.rig`, { recursive: true })
  return mkdtempSync(`${root}.rig/run-`)
}

/** Gives how many tests passed and failed. `only`: a part of their names; `kernel`: more arguments for it. */
export async function runTests(Machine, program, { dist, only = '', more = '', megabytes = 16, kernel, limitMs }) {
  const work = workplace()
  const [disk, witness] = [`${work}/disk.img`, `${work}/said`]
  format(disk, 'ext4', megabytes)
  writeFileSync(witness, '')
  const filter = only === '' ? '' : `--test-name-pattern=${JSON.stringify(only)}`
  const command = `node --expose-gc --test-reporter=spec ${filter} ${here}${program} ${dist} ${more}`
  const machine = new Machine({ disk, fileSystem: 'ext4', witness, command, kernel, limitMs })
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
