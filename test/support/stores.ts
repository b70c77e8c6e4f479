/** Directories and databases for tests of stores. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Entry, Range, Store } from '../../src/store/store.js'

/** A directory that goes away with the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-'))
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

/** Everything a scan gives. */
export async function all(store: Store, range: Range = {}): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const page of store.scan(range)) entries.push(...page)
  return entries
}
