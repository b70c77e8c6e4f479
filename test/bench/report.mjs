import { writeFileSync } from 'node:fs'
import { judged, verdict } from './bars.mjs'
import { columns } from './columns.mjs'
import { picturesOf } from './pictures/index.mjs'
import { asMeasured } from './results.mjs'
import { systems } from './systems.mjs'
import { markdown, rows } from './table.mjs'

const folder = new URL('../../docs/', import.meta.url)

/** The rows of bars that the figures say something of. */
const bars = (measured) =>
  judged(measured)
    .filter(({ passed }) => passed !== undefined)
    .map(({ what, bar, figure, passed }) => [what, bar, figure, verdict(passed)])

function section({ each, results }, titles) {
  const { title, date, rounds, machine } = each
  const told = `Measured on ${date}, ${rounds} round${rounds === 1 ? '' : 's'}: ${machine}.`
  return `### ${title}\n\n${told}\n\n${markdown(rows({ each, results, titles }))}\n`
}

function meanings(measured) {
  const used = [...new Set(measured.flatMap(({ each }) => each.columns))]
  const lines = used.map((name) => `- **${columns[name].heading}**: ${columns[name].means}.`)
  return [...new Map(lines.map((line) => [line.split('**')[1], line])).values()]
}

const settings = (titles) =>
  Object.entries(systems)
    .filter(([name]) => name in titles)
    .map(([name, { durable }]) => `- ${titles[name]}: ${durable}.`)
    .join('\n')

/** docs/reference/benchmarks.md, as the figures have it. */
export function page(all) {
  const measured = asMeasured(all)
  const pictures = picturesOf(all).map(({ name, title }) => `![${title}](../images/${name}.svg)`)
  return `# Benchmarks

<!-- Written by \`npm run bench -- --write\`; do not edit. -->

\`\`\`sh
npm run bench -- --write                    # everything, with every peer: an hour
npm run bench -- --modes ticks,flow --write # these cases; the others stay as they are
npm run bench -- --quick                    # one small round of holdfast and the floor
npm run bench -- --profile bulk             # where the time goes
npm run bench -- --help
\`\`\`

Each figure is the median of its rounds; the systems take turns within a round, and each measurement has a fresh process, a fresh directory and, for a peer, a fresh server, and begins when the disk has written what the one before left to it. A task does nothing, its input is forty bytes, 50 run at once unless the table says otherwise. Every system has been at work before: up to 10,000 tasks that are not counted. A measurement ends after 20 seconds: then the tasks that have ended by then count. A difference under 20 % is noise. [Where the time goes](where-the-time-goes.md) is a page of its own.

All of them are durable when they acknowledge:

${settings(all.systems)}

${pictures.join('\n\n')}

## Bars

${markdown([['what', 'bar', 'measured', ''], ...bars(measured)])}

## Figures

On the SD card 10 ms are added to each fsync, one at a time.

${measured.map((each) => section(each, all.systems)).join('\n')}
## What each figure means

${meanings(measured).join('\n')}
`
}

/** Writes docs/reference/benchmarks.md, and its pictures into docs/images. */
export function write(all) {
  writeFileSync(new URL('reference/benchmarks.md', folder), page(all))
  for (const { name, svg } of picturesOf(all)) writeFileSync(new URL(`images/${name}.svg`, folder), svg)
}
