import { Txt } from '../parts/txt.js'
import type { Arrow } from '../sequence.js'
import { cut, plain } from '../text.js'
import { dayOf, timeOf } from '../words.js'

interface SequencePictureProps {
  readonly arrows: readonly Arrow[]
  readonly lines: readonly string[]
  readonly chosen: Arrow | undefined
  readonly choose: (arrow: Arrow) => void
}

const COLUMN = 190
const ROW = 34
const LEFT = 90

/** Lifelines from top to bottom, an arrow a row; each arrow is a button that tells what was sent. */
export function SequencePicture({ arrows, lines, chosen, choose }: SequencePictureProps) {
  const xOf = (name: string) => LEFT + lines.indexOf(name) * COLUMN + COLUMN / 2
  const seen = arrows.filter(({ from, to }) => lines.includes(from) && lines.includes(to))
  const width = LEFT + lines.length * COLUMN
  const height = seen.length * ROW + 12
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is larger than its frame is scrolled by the keyboard, too
    <div class="sequence" tabIndex={0} role="group" aria-label="Sequence of events">
      <div class="sequence-head" style={{ width: `${width}px` }}>
        {lines.map((name) => (
          <span
            key={name}
            style={{ left: `${xOf(name) - COLUMN / 2 + 6}px`, width: `${COLUMN - 12}px` }}
            title={plain(name)}
          >
            <Txt of={shortName(name)} most={40} />
          </span>
        ))}
      </div>
      <div class="sequence-body" style={{ width: `${width}px`, height: `${height}px` }}>
        {lines.map((name) => (
          <i key={name} class="lifeline" style={{ left: `${xOf(name)}px` }} />
        ))}
        <ol>
          {seen.map((arrow, i) => {
            const [from, to] = [xOf(arrow.from), xOf(arrow.to)]
            const self = from === to
            const sort = self ? 'self' : to > from ? 'right' : 'left'
            const box = {
              top: `${i * ROW + 6}px`,
              left: `${Math.min(from, to)}px`,
              width: `${self ? COLUMN / 2 - 8 : Math.abs(to - from)}px`,
            }
            return (
              <li key={arrow.n}>
                <time style={{ top: `${i * ROW + 12}px` }} dateTime={arrow.at} title={dayOf(arrow.at)}>
                  {timeOf(arrow.at)}
                </time>
                <button
                  type="button"
                  class={`message ${sort} ${arrow.past ? 'past' : ''}`}
                  style={box}
                  aria-pressed={chosen?.n === arrow.n}
                  aria-label={`${plain(arrow.type, 60)} from ${plain(shortName(arrow.from), 60)} to ${plain(shortName(arrow.to), 60)}`}
                  onClick={() => choose(arrow)}
                >
                  <span>
                    <Txt of={arrow.type} most={60} />
                  </span>
                </button>
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}

/** An address without what all have in common. */
function shortName(address: string): string {
  const [, sort = '', name = address] = /^(task|machine|supervisor|schedule):(.*)$/s.exec(address) ?? []
  return sort === 'machine' || sort === 'task' ? `${sort} ${cut(name, 24)}` : cut(name, 30)
}
