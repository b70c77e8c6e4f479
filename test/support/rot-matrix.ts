/** Many stores that rot, and the table of what came of it. */
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { sortOf } from './rot.js'
import { type Outcome, rot, type Verdict } from './rot-case.js'
import { makeSpecimens, type Specimen } from './specimen.js'

/** What is spoilt need not be on a disk for that. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const AT_ONCE = 4
const MOST_KEPT = 5
const OUTCOMES: readonly Outcome[] = ['whole', 'mended whole', 'mended', 'earlier', 'saved', 'refused']

/** `cases` cases, of seed `from` and those that follow it; the stores of those that went wrong are kept. */
export async function rotMany(how: Specimen['how'], cases: number, from: number): Promise<Verdict[]> {
  const directory = await mkdtemp(join(PLACE, 'holdfast-rot-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const specimen = (await makeSpecimens(directory)).find((each) => each.how === how) as Specimen
  const verdicts: Verdict[] = []
  let next = 0
  let kept = 0
  const worker = async (_: unknown, number: number) => {
    const path = join(directory, `case-${number}`)
    while (next < cases) {
      const seed = from + next++
      const verdict = await rot(specimen, seed, path)
      verdicts.push(verdict)
      if (verdict.wrong.length > 0 && kept++ < MOST_KEPT) {
        await cp(path, join(tmpdir(), `holdfast-rot-${how}-${seed}`), { recursive: true, force: true })
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return verdicts
}

/** What went wrong, a line a case: its seed brings it back. */
export function wrongIn(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap(({ seed, how, file, spoil, said, outcome, wrong }) =>
    wrong.length === 0
      ? []
      : [`seed ${seed}: ${how}, ${file}, ${spoil} ${said}: ${outcome}, ${wrong.slice(0, 3).join('; ')}`],
  )
}

/** A line for each sort of file and each damage, with the entries that were lost in the middle of all cases, and at most. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const groups = new Map<string, Verdict[]>()
  for (const verdict of verdicts) {
    const name = `${sortOf(basename(verdict.file)).padEnd(12)} ${verdict.spoil.padEnd(8)}`
    groups.set(name, [...(groups.get(name) ?? []), verdict])
  }
  const title = ['file         damage  ', ...[...OUTCOMES, 'wrong', 'lost', 'most'].map((name) => name.padStart(12))]
  const lines = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => {
      const lost = all.map(({ poorer }) => poorer.length).sort((a, b) => a - b)
      const counts = OUTCOMES.map((outcome) => all.filter((each) => each.outcome === outcome).length)
      const wrong = all.filter((each) => each.wrong.length > 0).length
      const cells = [...counts, wrong, lost[Math.floor(lost.length / 2)] ?? 0, lost.at(-1) ?? 0]
      return [name, ...cells.map((cell) => String(cell || '').padStart(12))].join('')
    })
  return [title.join(''), ...lines].join('\n')
}
