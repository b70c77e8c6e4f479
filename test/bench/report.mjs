import { writeFileSync } from 'node:fs'
import { judged, verdict } from './bars.mjs'
import { columns } from './columns.mjs'
import { systems } from './systems.mjs'
import { markdown, rows } from './table.mjs'

const page = new URL('../../docs/reference/benchmarks.md', import.meta.url)

const bars = (measured) =>
  markdown([
    ['what', 'bar', 'measured', ''],
    ...judged(measured).map(({ what, bar, figure, passed }) => [what, bar, figure, verdict(passed)]),
  ])

const section = ({ each, results }) => `### ${each.title}\n\n${markdown(rows({ each, results }))}\n`

function meanings(measured) {
  const used = new Set(measured.flatMap(({ each }) => each.columns))
  return [...used].map((name) => `- **${columns[name].heading}**: ${columns[name].means}.`).join('\n')
}

const settings = (names) => names.map((name) => `- ${systems[name].title()}: ${systems[name].durable}.`).join('\n')

/** Writes docs/reference/benchmarks.md from what was measured. */
export function write({ measured, options, machine, date, command }) {
  const { rounds, concurrency, only } = options
  const text = `# Benchmarks

<!-- Written by \`${command}\`; do not edit. -->

Measured on ${date}: ${machine}.

\`\`\`sh
${command}
npm run bench -- --quick      # one small round of holdfast and the floor
npm run bench -- --help
\`\`\`

Each figure is the median of ${rounds} round${rounds === 1 ? '' : 's'}; the systems take turns within a round, and each measurement has a fresh process, a fresh directory and, for a peer, a fresh server. A task does nothing, its input is forty bytes, ${concurrency} run at once. A measurement ends after 20 seconds: then the tasks that have ended by then count. A difference under 20 % is noise.

All of them are durable when they acknowledge:

${settings(only)}

## Bars

${bars(measured)}

## Figures

On the SD card 10 ms are added to each fsync, one at a time.

${measured.map(section).join('\n')}
## What each figure means

${meanings(measured)}
`
  writeFileSync(page, text)
}
