/**
 * The controls of the rig: storage alone, without tasks.
 *
 *   store      the store of holdfast: loses nothing, tears no batch, and opens without a repair
 *   synced     LevelDB with fsync: loses nothing
 *   unsynced   LevelDB without: must lose something, or the rig would not see a loss at all
 *
 *   bare.mjs write ENGINE DIST PATH BOOT      bare.mjs check ENGINE DIST PATH WITNESS
 */
import { readFileSync, writeSync } from 'node:fs'
import { ClassicLevel } from 'classic-level'

const say = (line) => writeSync(1, `${line}\n`)

/** Batches from one entry to many, small values and some of a hundred kilobytes: logs rotate and tables are compacted. */
const SIZES = [1, 1, 3, 1, 20, 1, 7, 100]
const valueIn = (n) => 'x'.repeat(n % 97 === 0 ? 100_000 : 50 + (n % 13) * 40)

async function open(engine, dist, path) {
  if (engine === 'store') {
    const { diskStore } = await import(`${dist}/src/store/disk.js`)
    const store = diskStore(path)
    const { repaired } = await store.open()
    return { store, repaired, batch: (ops) => store.batch(ops, true) }
  }
  const store = new ClassicLevel(path)
  await store.open()
  return { store, repaired: undefined, batch: (ops) => store.batch(ops, { sync: engine === 'synced' }) }
}

async function write(engine, dist, path, boot) {
  say('OPENING')
  const started = performance.now()
  const { batch } = await open(engine, dist, path)
  say(`OPEN ${(performance.now() - started).toFixed(1)}`)
  for (let n = 0; ; n++) {
    const size = SIZES[n % SIZES.length]
    const ops = Array.from({ length: size }, (_, i) => ({ type: 'put', key: `${boot}-${n}-${i}`, value: valueIn(n) }))
    say(`TRY ${boot}-${n} ${size}`)
    await batch(ops)
    say(`ACK ${boot}-${n} ${size}`)
  }
}

async function check(engine, dist, path, witness) {
  const started = performance.now()
  const { store, repaired } = await open(engine, dist, path)
  const openMs = performance.now() - started
  if (repaired) say(`BAD a power cut is no damage, and it was repaired: ${repaired.reason}`)
  let acked = 0
  let lost = 0
  for (const [, word, name, size] of readFileSync(witness, 'utf8').matchAll(/^(TRY|ACK) (\S+) (\d+)$/gm)) {
    const keys = Array.from({ length: Number(size) }, (_, i) => `${name}-${i}`)
    const there = (await store.getMany(keys)).filter((value) => value === valueIn(Number(name.split('-')[1]))).length
    if (there !== 0 && there !== keys.length) say(`BAD ${there} of the ${size} entries of batch ${name} are there`)
    if (word === 'TRY') continue
    acked += 1
    if (there === 0) lost += 1
  }
  if (lost > 0) say(`BAD ${lost} acknowledged batches are gone`)
  await store.close()
  say(`CHECKED ${JSON.stringify({ openMs, acked, lost })}`)
}

const [, , verb, ...rest] = process.argv
await (verb === 'write' ? write(...rest) : check(...rest))
