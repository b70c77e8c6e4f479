// The least of SVG. No background and colours of middle lightness: a picture reads on a light page and on a dark one.

const STYLE = `text{font:12px system-ui,sans-serif;fill:#6e7781}
.strong{font-weight:600}.small{font-size:11px}.end{text-anchor:end}.middle{text-anchor:middle}
.axis{stroke:#8b949e;stroke-opacity:.45;fill:none}.curve{fill:none;stroke-width:2}
@media (prefers-color-scheme:dark){text{fill:#adb6c0}}
@media (prefers-color-scheme:light){text{fill:#4b535c}}`

/** One for each series; the first is holdfast's. */
export const COLOURS = ['#3b82d6', '#d9822b', '#2f9e6b', '#a463c9']
export const FLOOR = '#8b949e'
export const PEER = '#b08d57'

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const escaped = (text) => String(text).replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign])

const attribute = ([name, value]) =>
  ` ${name}="${escaped(typeof value === 'number' ? Number(value.toFixed(1)) : value)}"`
const attributes = (all) =>
  Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(attribute)
    .join('')

/** An element with what is in it, which is SVG already. */
export const element = (name, all, inner = '') =>
  inner ? `<${name}${attributes(all)}>${inner}</${name}>` : `<${name}${attributes(all)}/>`

export const text = (x, y, what, kind) => element('text', { x, y, class: kind }, escaped(what))
export const line = (x1, y1, x2, y2) => element('line', { x1, y1, x2, y2, class: 'axis' })
export const group = (x, y, inner) => element('g', { transform: `translate(${x} ${y})` }, inner)

/** A whole picture; `title` is what somebody hears who does not see it. */
export function picture({ width, height, title, style = '' }, inner) {
  const frame = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' }
  const said = element('title', {}, escaped(title))
  return `${element('svg', frame, `\n${said}\n<style>${STYLE}${style}</style>\n${inner}\n`)}\n`
}
