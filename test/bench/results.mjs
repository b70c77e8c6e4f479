// What was measured, a case at a time: runs of some cases leave the others as they are, and the page, its bars and its
// pictures are drawn from all of them.
import { readFileSync, writeFileSync } from 'node:fs'
import { caseNames } from './cases.mjs'
import { systems } from './systems.mjs'

const file = new URL('./results.json', import.meta.url)

/** What a figure is worth: more digits than five are noise, and noise in every line of a diff. */
const DIGITS = 5

const rounded = (figures) =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : value,
    ]),
  )

/** Everything measured so far: `{ systems: { name: title }, cases: { name: { title, date, rounds, machine, columns, results } } }`. */
export const stored = () => JSON.parse(readFileSync(file, 'utf8'))

/** Puts a run in the place of what was there of its cases, and gives all of it. */
export function store({ measured, options, machine, date }) {
  const before = stored()
  const cases = { ...before.cases }
  for (const { each, results } of measured) {
    const told = { title: each.title, date, rounds: each.once ? 1 : options.rounds, machine, columns: each.columns }
    const figures = Object.entries(results).map(([name, all]) => [name, rounded(all)])
    cases[each.name] = { ...told, results: Object.fromEntries(figures) }
  }
  const present = options.only.filter((name) => !systems[name].missing())
  const all = {
    systems: { ...before.systems, ...Object.fromEntries(present.map((name) => [name, systems[name].title()])) },
    cases: Object.fromEntries(caseNames.filter((name) => name in cases).map((name) => [name, cases[name]])),
  }
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
  return all
}

/** What is stored in the shape of a run, to be judged and told. */
export const asMeasured = ({ cases }) =>
  Object.entries(cases).map(([name, { results, ...told }]) => ({ each: { name, ...told }, results }))
