import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { may, nearest, WRITABLE } from './reach.js'

const TIMES = 5
const APPEND = Buffer.alloc(4096, 'holdfast')
/** A good card takes 5 to 30 ms. */
const SLOW_MS = 100

const fsync = new Findings('fsync')

/** How long a commit takes here at least: synced appends to a file that goes away again. */
export async function fsyncCheck({ path }: Place): Promise<Finding[]> {
  if (path === undefined) return []
  const there = await nearest(path)
  // Why it cannot be written, others say.
  if (!there.stats.isDirectory() || !(await may(there.path, WRITABLE))) return []
  const took = await synced(join(there.path, `.holdfast-doctor-${process.pid}`))
  const [median, slowest] = [took[TIMES >> 1] as number, took.at(-1) as number]
  const says = `a synced append of 4 KB takes ${shown(median)}, the slowest of ${TIMES} ${shown(slowest)}`
  if (median < SLOW_MS) return [fsync.ok(says)]
  return [fsync.warning(says, 'Every commit waits so long. Cards get slow before they die: back up, then replace it.')]
}

/** Milliseconds, the shortest first. */
async function synced(path: string): Promise<number[]> {
  const file = await open(path, 'wx', 0o600)
  try {
    const took: number[] = []
    for (let n = 0; n < TIMES; n++) {
      const begun = performance.now()
      await file.write(APPEND)
      await file.datasync()
      took.push(performance.now() - begun)
    }
    return took.sort((a, b) => a - b)
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}

const shown = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
