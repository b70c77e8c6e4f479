import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { judged, verdict } from './bars.mjs'
import { columns } from './columns.mjs'
import { merged, partsOf } from './page.mjs'
import { systems } from './systems.mjs'
import { markdown, rows } from './table.mjs'

const page = new URL('../../docs/reference/benchmarks.md', import.meta.url)

const NOT_MEASURED = verdict(undefined)

/** The rows of bars that this run can say something of. */
const bars = (measured) =>
  judged(measured)
    .map(({ what, bar, figure, passed }) => [what, bar, figure, verdict(passed)])
    .filter((row) => row[3] !== NOT_MEASURED)

const heading = ['what', 'bar', 'measured', '']

function section({ each, results }, { date, rounds, on }) {
  const told = `Measured on ${date}, ${rounds} round${rounds === 1 ? '' : 's'}: ${on}.`
  return `### ${each.title}\n\n${told}\n\n${markdown(rows({ each, results }))}\n`
}

function meanings(measured) {
  const used = new Set(measured.flatMap(({ each }) => each.columns))
  return [...used].map((name) => `- **${columns[name].heading}**: ${columns[name].means}.`)
}

const settings = (names) => names.map((name) => `- ${systems[name].title()}: ${systems[name].durable}.`).join('\n')

/** Writes what was measured into docs/reference/benchmarks.md; cases that were not part of this run stay as they are. */
export function write({ measured, options, machine, date }) {
  const { rounds, concurrency } = options
  const now = [
    '\n## Bars\n',
    markdown([heading, ...bars(measured)]),
    '\n## Figures\n',
    ...measured.map((each) => section(each, { date, rounds, on: machine })),
    '\n## What each figure means\n',
    ...meanings(measured),
  ].join('\n')
  const parts = merged(partsOf(existsSync(page) ? readFileSync(page, 'utf8') : ''), partsOf(now))
  const text = `# Benchmarks

<!-- Written by \`npm run bench -- --write\`; do not edit. -->

\`\`\`sh
npm run bench -- --write                    # everything, with every peer: half an hour
npm run bench -- --modes ticks,flow --write # these cases; the others stay as they are
npm run bench -- --quick                    # one small round of holdfast and the floor
npm run bench -- --help
\`\`\`

Each figure is the median of its rounds; the systems take turns within a round, and each measurement has a fresh process, a fresh directory and, for a peer, a fresh server. A task does nothing, its input is forty bytes, ${concurrency} run at once. A measurement ends after 20 seconds: then the tasks that have ended by then count. A difference under 20 % is noise.

All of them are durable when they acknowledge:

${settings(Object.keys(systems))}

## Bars

${[markdown([heading]), ...parts.bars.values()].join('\n')}

## Figures

On the SD card 10 ms are added to each fsync, one at a time.

${[...parts.sections.values()].join('\n')}
## What each figure means

${[...parts.meanings.values()].join('\n')}
`
  writeFileSync(page, text)
}
