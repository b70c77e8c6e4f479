/**
 * One store that rotted: spoilt by chance, started, and judged. What may come of it: all is there; or the start says that
 * it repaired something, and what is left was there once and fits together; or it refuses by a name, and says what to do.
 */
import { cp, link, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UNCHECKED_KEY } from '../../src/model/keys.js'
import { repairWith } from '../../src/runtime/repair.js'
import { diskStore } from '../../src/store/disk.js'
import type { OpenReport } from '../../src/store/store.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { contentsOf } from './backups.js'
import { chance, type Pick } from './chance.js'
import { lookThrough } from './consistency.js'
import { SPOILS, type SpoilName, sortOf } from './rot.js'
import { type Specimen, specimenRuntime } from './specimen.js'
import { all } from './stores.js'

/**
 * `whole`: nothing is missing. `earlier`: as a cut some commits ago would have left it; only a log that nobody signed can
 * end so. `mended`: reported, and poorer. `mended whole`: reported, and nothing is missing. `refused`: an error that says
 * what to do, and a repair that says the same. `saved`: refused, and the repair by hand went well.
 */
export type Outcome = 'whole' | 'earlier' | 'mended' | 'mended whole' | 'saved' | 'refused'

export interface Verdict {
  readonly seed: number
  readonly how: Specimen['how']
  readonly file: string
  readonly spoil: SpoilName
  readonly said: string
  readonly outcome: Outcome
  /** Entries that are gone or older than they were. */
  readonly poorer: readonly string[]
  readonly wrong: readonly string[]
}

/** What an opening found, before anybody works with it. */
class SeenStore extends FaultyStore {
  report: OpenReport | undefined
  found = new Map<string, string>()

  constructor(path: string) {
    super(diskStore(path))
  }

  override async open(): Promise<OpenReport> {
    this.report ??= await super.open()
    this.found = new Map(await all(this))
    this.found.delete(UNCHECKED_KEY)
    return this.report
  }
}

/** Spoils a copy of the specimen as `seed` says, in a directory that is there for it alone. */
export async function rot(specimen: Specimen, seed: number, path: string): Promise<Verdict> {
  const pick = chance(seed)
  await rm(path, { recursive: true, force: true })
  await copied(specimen.path, path)
  const { file, spoil } = await chosen(path, pick)
  const said = await SPOILS[spoil](join(path, file), pick)
  const sort = sortOf(basename(file))
  const judged = await judge(specimen, path, sort)
  const wrong = [...judged.wrong, ...tooMuch(specimen, sort, spoil, judged)]
  return { seed, how: specimen.how, file, spoil, said, outcome: judged.outcome, poorer: judged.poorer, wrong }
}

/** Lost is what was in the damage: nothing of a file that only says where things are, of a log a commit for one bit. */
function tooMuch({ history }: Specimen, sort: string, spoil: SpoilName, { poorer, behind = 0 }: Judged): string[] {
  const most =
    sort !== 'log' && sort !== 'table' ? 0 : sort === 'log' && spoil === 'flip' ? history.most : history.now.size
  if (poorer.length > most || (spoil === 'flip' && behind > 1))
    return [`a ${spoil} of ${sort} costs ${poorer.length} entries`]
  return []
}

/** A table or a log under a second name: nobody writes into one that is there. */
async function copied(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'db'), { recursive: true })
  for (const name of await readdir(join(from, 'db'))) {
    if (/^LO/.test(name)) await cp(join(from, 'db', name), join(to, 'db', name))
    else await link(join(from, 'db', name), join(to, 'db', name))
  }
  for (const name of await readdir(from)) if (name !== 'db') await cp(join(from, name), join(to, name))
}

/** The sorts in turn, whatever their number and their size: a bit is as likely to fall in the smallest of files. */
const WEIGHTS = {
  log: 6,
  table: 6,
  MANIFEST: 4,
  CURRENT: 2,
  'clean.json': 1,
  'format.json': 1,
  LOG: 1,
  'LOG.old': 1,
  LOCK: 1,
}

async function chosen(path: string, pick: Pick): Promise<{ file: string; spoil: SpoilName }> {
  const names = (await readdir(path, { recursive: true })).filter((name) => name !== 'db').sort()
  const by = new Map<string, string[]>()
  for (const name of names) {
    const sort = sortOf(basename(name))
    by.set(sort, [...(by.get(sort) ?? []), name])
  }
  const sorts = Object.entries(WEIGHTS).flatMap(([sort, weight]) =>
    by.has(sort) ? Array<string>(weight).fill(sort) : [],
  )
  const files = by.get(sorts[pick(sorts.length)] as string) as string[]
  const spoils = Object.keys(SPOILS) as SpoilName[]
  // A flipped bit is what a card does most.
  const spoil = pick(4) === 0 ? 'flip' : (spoils[pick(spoils.length)] as SpoilName)
  return { file: files[pick(files.length)] as string, spoil }
}

interface Judged {
  readonly outcome: Outcome
  readonly poorer: readonly string[]
  readonly wrong: readonly string[]
  /** Of `earlier`. */
  readonly behind?: number
}

async function judge(specimen: Specimen, path: string, sort: string): Promise<Judged> {
  const store = new SeenStore(path)
  const clock = new SimulatedClock({ wall: specimen.wall, mono: 1, boot: 'after' })
  let runtime = specimenRuntime(path, store, clock)
  try {
    await runtime.start()
  } catch (error) {
    await runtime.stop().catch(() => undefined)
    if (store.report) return { outcome: 'refused', poorer: [], wrong: [`opened, and did not start: ${String(error)}`] }
    return refused(specimen, path, error)
  }
  await runtime.stop()
  const { report, found } = store
  const poorer = specimen.history.poorer(found)
  const wrong = await after(path, found)
  for (const entry of found) if (!specimen.history.knows(entry)) wrong.push(`${entry[0]} never was so`)
  if (report?.created) wrong.push('was made anew')
  if (!report?.repaired) {
    const commits = specimen.history.commitsOf(found)
    if (commits === specimen.history.commits) return { outcome: 'whole', poorer, wrong }
    if (commits === undefined) wrong.push(`${poorer.length} entries are not as they were, without a word`)
    else if (specimen.how === 'clean' || sort !== 'log')
      wrong.push(`is as ${specimen.history.commits - commits} commits ago, without a word`)
    return { outcome: 'earlier', poorer, wrong, behind: specimen.history.commits - (commits ?? 0) }
  }
  runtime = specimenRuntime(path, new SeenStore(path), clock.restart())
  await runtime.start()
  await runtime.stop()
  return { outcome: poorer.length > 0 ? 'mended' : 'mended whole', poorer, wrong }
}

async function refused(specimen: Specimen, path: string, error: unknown): Promise<Judged> {
  const { code, hint } = error as { code?: string; hint?: string }
  const wrong = NAMED.has(code ?? '') && hint ? [] : [`is refused with ${String(error)}`]
  const clock = new SimulatedClock({ wall: specimen.wall, mono: 1, boot: 'repair' })
  try {
    await repairWith(clock, { path })
  } catch (again) {
    if ((again as { code?: string }).code !== code) wrong.push(`and the repair with ${String(again)}`)
    return { outcome: 'refused', poorer: [], wrong }
  }
  const found = new Map(await contentsOf(path))
  return {
    outcome: 'saved',
    poorer: specimen.history.poorer(found),
    wrong: [...wrong, ...(await after(path, found))],
  }
}

const NAMED = new Set(['ERR_STORE_CORRUPT', 'ERR_FORMAT_NEWER'])

/** What is left after a start fits together, and every task is there of which something was found. */
async function after(path: string, found: ReadonlyMap<string, string>): Promise<string[]> {
  const wrong: string[] = []
  const entries = await contentsOf(path)
  const { records, complaints } = lookThrough(entries)
  const aside = new Set(entries.flatMap(([key]) => (key.startsWith('q!') ? [key.slice(2)] : [])))
  for (const key of found.keys()) {
    if (/^[lzei]!/.test(key) && !records.has(key.slice(2)) && !aside.has(key.slice(2)))
      wrong.push(`${key} was there and is no task`)
  }
  return [...wrong, ...complaints]
}
