import { COLOURS, element, group, line, text } from './svg.mjs'

export const PANEL = { width: 380, gap: 20 }
const ROW = 22
const LABEL = 150
const FIGURE = 62

/** Bars below each other, each with its figure: rows of `{ label, value, written, colour, strong }`. */
export function bars({ title, rows, log = false }) {
  const room = PANEL.width - LABEL - FIGURE
  const values = rows.map(({ value }) => value).filter(Number.isFinite)
  const most = Math.max(...values)
  const least = log ? Math.min(...values.filter((value) => value > 0)) / 2 : 0
  const length = (value) => {
    if (!(value > least)) return 0
    return log ? (Math.log(value / least) / Math.log(most / least)) * room : (value / most) * room
  }
  const row = ({ label, value, written, colour, strong }, n) => {
    const y = 30 + n * ROW
    const kind = strong ? 'strong' : undefined
    const wide = Number.isFinite(value) ? Math.max(1, length(value)) : 0
    return [
      text(LABEL - 8, y + 11, label, `end ${kind ?? ''}`.trim()),
      element('rect', { x: LABEL, y, width: wide, height: ROW - 8, rx: 2, fill: colour }),
      text(LABEL + wide + 6, y + 11, written, kind),
    ].join('\n')
  }
  return {
    height: 30 + rows.length * ROW,
    svg: [text(0, 16, title, 'strong'), ...rows.map(row)].join('\n'),
  }
}

const INSIDE = { left: 58, right: 12, top: 44, height: 150 }
const round = (value) => {
  const unit = 10 ** Math.floor(Math.log10(value))
  return [1, 1.5, 2, 3, 4, 5, 7.5, 10].map((step) => step * unit).find((step) => step >= value * 1.02)
}

/**
 * Curves over the same points, which stand at equal distances: `series` of `{ name, values }`, `labels` below them. The
 * y axis begins at nothing, so that a flat curve is flat.
 */
export function curves({ title, labels, series, write }) {
  const most = round(Math.max(...series.flatMap(({ values }) => values).filter(Number.isFinite)))
  const room = PANEL.width - INSIDE.left - INSIDE.right
  const x = (n) => INSIDE.left + (labels.length > 1 ? (n / (labels.length - 1)) * room : room / 2)
  const y = (value) => INSIDE.top + INSIDE.height * (1 - value / most)
  const levels = [0, 0.5, 1].map((share) => [
    line(INSIDE.left, y(share * most), PANEL.width - INSIDE.right, y(share * most)),
    text(INSIDE.left - 6, y(share * most) + 4, share === 0 ? '0' : write(share * most), 'end small'),
  ])
  const foot = INSIDE.top + INSIDE.height + 18
  const below = labels.map((label, n) =>
    text(x(n), foot, label, n === labels.length - 1 ? 'end small' : 'middle small'),
  )
  const curve = ({ values }, which) => {
    const there = values.map((value, n) => [x(n), y(value), value]).filter(([, , value]) => Number.isFinite(value))
    const stroke = COLOURS[which]
    const points = there.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`).join(' ')
    const marks = there.map(([cx, cy, value]) =>
      element('circle', { cx, cy, r: 3, fill: stroke }, element('title', {}, write(value))),
    )
    return [element('polyline', { points, class: 'curve', stroke }), ...marks]
  }
  const legend = series.map(({ name }, which) => {
    const left = INSIDE.left + which * 110
    const mark = element('rect', { x: left, y: 24, width: 10, height: 10, rx: 2, fill: COLOURS[which] })
    return [mark, text(left + 15, 33, name, 'small')]
  })
  const named = series.length > 1 ? legend : []
  const all = [text(INSIDE.left, 14, title, 'strong'), named, levels, below, series.map(curve)]
  return { height: foot + 6, svg: all.flat(3).join('\n') }
}

/** Panels two to a row, below a heading. */
export function panels(all) {
  const rows = []
  for (let n = 0; n < all.length; n += 2) rows.push(all.slice(n, n + 2))
  let y = 0
  const placed = rows.flatMap((row) => {
    const top = y
    y += Math.max(...row.map(({ height }) => height)) + PANEL.gap
    return row.map(({ svg }, n) => group(n * (PANEL.width + PANEL.gap), top, svg))
  })
  return { width: 2 * PANEL.width + PANEL.gap, height: y, inner: placed.join('\n') }
}
