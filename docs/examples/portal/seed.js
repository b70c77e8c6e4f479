/** Drops sample files into the inbox: `node docs/examples/portal/seed.js [how many]`. */
import { randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makePlaces, places } from './places.js'

const many = Number(process.argv[2] ?? 12)
if (!Number.isInteger(many) || many < 1) {
  console.error('usage: node docs/examples/portal/seed.js [how many]')
  process.exit(2)
}
await makePlaces()
for (let n = 1; n <= many; n++) {
  const path = join(places.inbox, `sample-${Date.now().toString(36)}-${n}.txt`)
  const text = `${randomBytes(32).toString('hex')}\n`.repeat(100 * n)
  await writeFile(`${path}.part`, text)
  await rename(`${path}.part`, path)
}
console.log(`${many} files in ${places.inbox}`)
