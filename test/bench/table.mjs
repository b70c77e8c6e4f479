import { columns, written } from './columns.mjs'
import { systems } from './systems.mjs'

/** Heading and rows of one case; a system that is not there says so. */
export function rows({ each, results }) {
  const heading = ['', ...each.columns.map((name) => columns[name].heading)]
  const row = ([system, figures]) => {
    const title = systems[system].title()
    if (figures.missing) return [`not present: ${system} (${figures.missing})`]
    if (figures.failed) return [title, `failed: ${figures.failed}`]
    return [title, ...each.columns.map((name) => written(name, figures[name]))]
  }
  return [heading, ...Object.entries(results).map(row)]
}

const plain = (text) => text.replaceAll('**', '').replaceAll('`', '')

/** For the terminal. */
export function aligned(all) {
  const full = all.filter((row) => row.length === all[0].length)
  const widths = all[0].map((_, column) => Math.max(...full.map((row) => plain(row[column]).length)))
  const cell = (text, column) =>
    column === 0 ? plain(text).padEnd(widths[0]) : plain(text).padStart(widths[column] ?? 0)
  return all.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd()).join('\n')
}

/** For the document. */
export function markdown(all) {
  const width = all[0].length
  const line = (row) => `| ${[...row, ...Array(width - row.length).fill('')].join(' | ')} |`
  const rule = `|${all[0].map((_, column) => (column === 0 ? '---' : '--:')).join('|')}|`
  return [line(all[0]), rule, ...all.slice(1).map(line)].join('\n')
}
