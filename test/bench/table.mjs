import { columns, written } from './columns.mjs'
import { systems } from './systems.mjs'

/** A row's title: its system, and the point of a sweep where there is one (`ours@5 ms`). */
function titleOf(key, titles) {
  const [system, point] = key.split('@')
  const title = titles?.[system] ?? systems[system].title()
  return point ? `${title}, ${point}` : title
}

/** Heading and rows of one case; a system that is not there says so. */
export function rows({ each, results, titles }) {
  const heading = ['', ...each.columns.map((name) => columns[name].heading)]
  const row = ([key, figures]) => {
    if (figures.missing) return [`not present: ${key} (${figures.missing})`]
    if (figures.failed) return [titleOf(key, titles), `failed: ${figures.failed}`]
    return [titleOf(key, titles), ...each.columns.map((name) => written(name, figures[name]))]
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
