// The page of benchmarks, in parts: a run of some cases replaces theirs and leaves the others as they are.

const SECTION = /^### .*$/m

/** The parts of a page: rows of bars by their first two cells, sections by their titles, meanings by their headings. */
export function partsOf(page) {
  const between = (from, to) => page.split(from)[1]?.split(to)[0]?.trim() ?? ''
  const bars = between('\n## Bars\n', '\n## Figures\n').split('\n').slice(2)
  const figures = `\n${between('\n## Figures\n', '\n## What each figure means\n')}`
  const titles = figures.match(new RegExp(SECTION, 'gm')) ?? []
  const bodies = figures.split(SECTION).slice(1)
  const meanings = between('\n## What each figure means\n', '\n## ').split('\n')
  return {
    bars: new Map(bars.map((row) => [row.split('|').slice(1, 3).join('|'), row])),
    sections: new Map(titles.map((title, i) => [kindOf(title), `${title}\n\n${bodies[i].trim()}\n`])),
    meanings: new Map(meanings.filter(Boolean).map((line) => [line.split('**')[1], line])),
  }
}

/** A section's title without its numbers: the same case may be measured with another size. */
function kindOf(title) {
  return title.replace(/^### /, '').replaceAll(/[\d,]+/g, '#')
}

/** What was there, with what is new in its place or at the end. */
export function merged(before, now) {
  return {
    bars: new Map([...before.bars, ...now.bars]),
    sections: new Map([...before.sections, ...now.sections]),
    meanings: new Map([...before.meanings, ...now.meanings]),
  }
}
