/** A statechart in the page: the same picture that the docs and the command line draw, built of elements. */
import { type ComponentChildren, h } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { type Lights, type Mark, marksOf, STYLE, type StateView } from '../../../pictures/index.js'
import { plain } from '../text.js'

// Made by script: the policy of the page forbids styles that stand in its text.
const sheet = new CSSStyleSheet()
sheet.replaceSync(STYLE)
document.adoptedStyleSheets.push(sheet)

interface ChartProps {
  readonly of: StateView
  /** What the picture shows, for who does not see it. */
  readonly label: string
  readonly lights?: Lights
}

export function Chart({ of, label, lights = {} }: ChartProps) {
  const marks = useMemo(() => marksOf(of, lights), [of, lights])
  const [whole, setWhole] = useState(true)
  return (
    <div class="chart">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is larger than its frame is scrolled by the keyboard, too */}
      <figure class={whole ? 'whole' : ''} tabIndex={0} role="group" aria-label={label}>
        {built(marks, label)}
      </figure>
      <button type="button" class="zoom" aria-pressed={!whole} onClick={() => setWhole(!whole)}>
        {whole ? 'Actual size' : 'All of it'}
      </button>
    </div>
  )
}

function built({ name, attributes, content }: Mark, label?: string): ComponentChildren {
  const inside = typeof content === 'string' ? plain(content) : content.map((each) => built(each))
  return h(name, label === undefined ? attributes : { ...attributes, 'aria-label': label }, inside)
}
