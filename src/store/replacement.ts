/**
 * One store put in the place of another, so that a cut leaves the old or the new one. The new one is made in `restoring`,
 * which is worth nothing after a cut; it becomes `restored` when all of it is on disk, and from there on the exchange
 * goes through, over any number of cuts: every start looks for it. The store before stays as `replaced-<n>`, the newest
 * two of them, each a store of its own.
 */
import { copyFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { forgetClean } from './clean.js'
import { exists, makeDirectory, syncDirectory, syncFile } from './durable.js'
import { markFile } from './format.js'

const KEPT = 2
/** The new store while it is made. */
export const restoringIn = (path: string) => join(path, 'restoring')
/** The new store when it is whole. */
export const restoredIn = (path: string) => join(path, 'restored')

/** What has been done is on disk; for those who kill at such moments. */
export type Passed = (step: string) => void

/** The new store is whole and on disk: it takes the place of what is there. Gives where that is kept. */
export async function replace(path: string, passed: Passed): Promise<string | undefined> {
  await rename(restoringIn(path), restoredIn(path))
  await syncDirectory(path)
  passed('whole')
  return finishReplacement(path, passed)
}

/** The exchange; at a start, what a cut left of one. */
export async function finishReplacement(path: string, passed: Passed = () => undefined): Promise<string | undefined> {
  const from = restoredIn(path)
  if (!(await exists(from))) return undefined
  let kept: string | undefined
  if (await exists(join(from, 'db'))) {
    // What was signed were the files of the one before.
    await forgetClean(path)
    if (await exists(join(path, 'db'))) kept = await keep(path, passed)
    await rename(join(from, 'db'), join(path, 'db'))
    await syncDirectory(path)
    await syncDirectory(from)
    passed('placed')
  }
  if (await exists(markFile(from))) {
    await rename(markFile(from), markFile(path))
    await syncDirectory(path)
    passed('marked')
  }
  await rm(from, { recursive: true, force: true })
  await syncDirectory(path)
  await prune(path)
  return kept
}

async function keep(path: string, passed: Passed): Promise<string> {
  const kept = await nextKept(path)
  await makeDirectory(kept, 0o700)
  if (await exists(markFile(path))) {
    await copyFile(markFile(path), markFile(kept))
    await syncFile(markFile(kept))
  }
  passed('keeping')
  await rename(join(path, 'db'), join(kept, 'db'))
  await syncDirectory(kept)
  await syncDirectory(path)
  passed('kept')
  return kept
}

/** The next one, or one that a cut left without a database. */
async function nextKept(path: string): Promise<string> {
  const newest = (await keptNames(path)).at(-1)
  if (newest === undefined) return join(path, 'replaced-1')
  return (await exists(join(path, newest, 'db'))) ? join(path, `replaced-${number(newest) + 1}`) : join(path, newest)
}

/** The oldest first. */
async function keptNames(path: string): Promise<string[]> {
  const names = (await readdir(path)).filter((name) => /^replaced-\d+$/.test(name))
  return names.sort((a, b) => number(a) - number(b))
}

async function prune(path: string): Promise<void> {
  for (const name of (await keptNames(path)).slice(0, -KEPT)) {
    await rm(join(path, name), { recursive: true, force: true })
  }
}

const number = (name: string) => Number(name.slice('replaced-'.length))
