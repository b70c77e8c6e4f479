import { element, escaped, group, picture, text } from '../pictures/svg.mjs'
import { selfBy } from './tree.mjs'

const WIDTH = 1200
const ROW = 17
const LETTER = 6.2
/** What is narrower than this share of the whole cannot be seen. */
const LEAST = 0.002
const COLOURS = ['#7fb2e5', '#e8b06a', '#85c99b', '#c7a0dc', '#e59393', '#d8cf73', '#8fd0cf', '#b9b9c6', '#e3a6c8']
const STYLE = '.frame text{fill:#14181d;font-size:11px}'

const cut = (name, width) => {
  const room = Math.floor((width - 6) / LETTER)
  if (room < 3) return ''
  return name.length <= room ? name : `${name.slice(0, room - 1)}…`
}

/** A tree of frames as a flame graph: whoever calls is below, whoever is called above, the width is the time. */
export function flame(tree, title) {
  const rooms = selfBy(tree, ({ room }) => room).map(([room]) => room)
  const colour = (room) => COLOURS[Math.min(rooms.indexOf(room), COLOURS.length - 1)]
  const scale = WIDTH / tree.totalMs
  const rows = []
  const place = (frame, left, depth) => {
    if (frame.totalMs < tree.totalMs * LEAST) return
    rows[depth] ??= []
    rows[depth].push({ frame, left })
    let next = left
    for (const child of [...frame.children].sort((a, b) => b.totalMs - a.totalMs)) {
      place(child, next, depth + 1)
      next += child.totalMs * scale
    }
  }
  place({ ...tree, name: 'all' }, 0, 0)
  const drawn = ({ frame, left }, y) => {
    const width = frame.totalMs * scale
    const share = ((100 * frame.totalMs) / tree.totalMs).toFixed(1)
    const said = `${frame.name} ${frame.place ?? ''}\n${frame.room}: ${frame.totalMs.toFixed(0)} ms, ${share} %`
    const box = { x: left, y, width: Math.max(0.5, width - 0.5), height: ROW - 1, rx: 1, fill: colour(frame.room) }
    const name = cut(frame.name, width)
    const inner = [element('title', {}, escaped(said)), element('rect', box), name && text(left + 3, y + 12, name)]
    return element('g', { class: 'frame' }, inner.filter(Boolean).join(''))
  }
  const legend = rooms.slice(0, COLOURS.length).map((room, n) => {
    const [x, y] = [(n % 5) * 240, 26 + Math.floor(n / 5) * 18]
    const name = n === COLOURS.length - 1 && rooms.length > COLOURS.length ? 'others' : room
    return [element('rect', { x, y, width: 10, height: 10, rx: 2, fill: colour(room) }), text(x + 15, y + 9, name)]
  })
  const frames = rows.flatMap((row, depth) => row.map((each) => drawn(each, (rows.length - 1 - depth) * ROW)))
  const inner = [text(0, 14, title, 'strong'), ...legend.flat(), group(0, 66, frames.join('\n'))]
  return picture({ width: WIDTH, height: 66 + rows.length * ROW, title, style: STYLE }, inner.join('\n'))
}
