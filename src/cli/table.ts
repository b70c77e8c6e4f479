/** Tables for people: as wide as what is in them, and never wider than the terminal. */
import stringWidth from 'string-width'
import { plain, type Terminal } from './terminal.js'

export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => unknown
  readonly style?: (text: string, row: Row) => string
  readonly align?: 'right'
  /** It gives way when there is too little room, down to this width. Default: it keeps its width. */
  readonly least?: number
  /** Where even that is too little, it is left out; the last first. */
  readonly wide?: boolean
}

const GAP = '  '
/** What is longer is cut in a pipe, too: a table is for people, and --json has everything. */
const LONGEST = 400

/** The rows under their titles; columns in which there is nothing are left out. */
export function table<Row>(terminal: Terminal, rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const filled = columns
    .map((column) => filledOf(column, rows))
    .filter(({ texts }) => texts.some((text) => text !== ''))
  const kept = fitted(filled, terminal.columns)
  const lineOf = (cells: readonly string[]) => cells.join(GAP).trimEnd()
  const head = kept.map(({ column, width }) => terminal.colors.dim(cell(column.title, width, column.align)))
  const body = rows.map((row, r) =>
    lineOf(
      kept.map(({ column, texts, width }) => {
        const text = cell(texts[r] as string, width, column.align)
        return column.style ? column.style(text, row) : text
      }),
    ),
  )
  return [lineOf(head), ...body].join('\n')
}

interface Filled<Row> {
  readonly column: Column<Row>
  readonly texts: readonly string[]
  width: number
}

function filledOf<Row>(column: Column<Row>, rows: readonly Row[]): Filled<Row> {
  const texts = rows.map((row) => cutTo(plain(column.of(row) ?? ''), LONGEST))
  return { column, texts, width: Math.max(...[column.title, ...texts].map((text) => stringWidth(text))) }
}

/** The widest of those that may give way does so, until all fit; where none can any more, one is left out. */
function fitted<Row>(columns: readonly Filled<Row>[], room: number): readonly Filled<Row>[] {
  const leastOf = ({ column, width }: Filled<Row>) => Math.min(column.least ?? width, width)
  const sumOf = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
  let kept = columns
  while (sumOf(kept.map(leastOf)) > room) {
    const last = kept.findLast(({ column }) => column.wide)
    if (!last) break
    kept = kept.filter((each) => each !== last)
  }
  for (let over = sumOf(kept.map(({ width }) => width)) - room; over > 0; over--) {
    const can = kept.filter((each) => each.width > leastOf(each) && each.column.least !== undefined)
    const [widest] = can.sort((a, b) => b.width - a.width)
    if (!widest) break
    widest.width--
  }
  return kept
}

function cell(text: string, width: number, align: 'right' | undefined): string {
  const cut = cutTo(text, width)
  const space = ' '.repeat(Math.max(0, width - stringWidth(cut)))
  return align === 'right' ? space + cut : cut + space
}

/** The beginning of a text that fits, with a sign that there is more. */
export function cutTo(text: string, width: number): string {
  if (text.length <= width * 4 && stringWidth(text) <= width) return text
  let kept = ''
  let taken = 0
  for (const character of text) {
    taken += stringWidth(character)
    if (taken > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Names with their values, one a line; those without a value are left out. */
export function facts(terminal: Terminal, pairs: readonly (readonly [name: string, value: unknown])[]): string {
  const there = pairs.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...there.map(([name]) => name.length))
  return there
    .map(([name, value]) => {
      const [first = '', ...rest] = String(value).split('\n')
      const indent = ' '.repeat(width + GAP.length)
      return [terminal.colors.dim(name.padEnd(width)) + GAP + first, ...rest.map((line) => indent + line)].join('\n')
    })
    .join('\n')
}
