/**
 * The control of the rig: LevelDB alone, without holdfast. `write synced` must lose nothing; `write unsynced` must
 * lose something, or the rig would not see a loss at all.
 *
 *   bare.mjs write synced|unsynced STORE BOOT      bare.mjs check STORE WITNESS
 */
import { readFileSync, writeSync } from 'node:fs'
import { ClassicLevel } from 'classic-level'

const say = (line) => writeSync(1, `${line}\n`)

async function write(how, path, boot) {
  say('OPENING')
  const store = new ClassicLevel(path)
  const started = performance.now()
  await store.open()
  if (how === 'synced') await store.put(`open:${boot}`, '', { sync: true })
  say(`OPEN ${(performance.now() - started).toFixed(1)}`)
  for (let n = 0; ; n++) {
    await store.put(`${boot}-${n}`, 'x'.repeat(200), { sync: how === 'synced' })
    say(`ACK ${boot}-${n}`)
  }
}

async function check(path, witness) {
  const store = new ClassicLevel(path)
  const started = performance.now()
  await store.open()
  const openMs = performance.now() - started
  const told = readFileSync(witness, 'utf8').matchAll(/^ACK (\S+)$/gm)
  const acked = [...told].map(([, id]) => id)
  const found = await store.getMany(acked)
  const missing = acked.filter((_, index) => found[index] === undefined)
  if (missing.length > 0) say(`BAD ${missing.length} acknowledged puts are gone, the first is ${missing[0]}`)
  await store.close()
  say(`CHECKED ${JSON.stringify({ openMs, acked: acked.length, lost: missing.length })}`)
}

const [, , verb, ...rest] = process.argv
await (verb === 'write' ? write(...rest) : check(...rest))
