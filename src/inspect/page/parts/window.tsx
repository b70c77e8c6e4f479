/** A list of any length of which only what is seen is drawn. Rows have one height. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

interface WindowProps {
  readonly length: number
  readonly rowHeight: number
  readonly row: (at: number) => ComponentChildren
  /** What is drawn now. */
  readonly seen: (from: number, to: number) => void
  readonly label: string
  readonly head: ComponentChildren
}

/** Browsers lay out no more than that; a longer list is scrolled in longer steps. */
const MOST_HEIGHT = 8_000_000
const BEYOND = 12

export function Window({ length, rowHeight, row, seen, label, head }: WindowProps) {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  const whole = length * rowHeight
  const height = Math.min(whole, MOST_HEIGHT)
  const scale = whole > height ? (whole - view.height) / Math.max(1, height - view.height) : 1
  const top = view.top * scale
  const from = Math.max(0, Math.floor(top / rowHeight) - BEYOND)
  const before = Math.max(0, view.top - (top - from * rowHeight))
  const to = Math.min(length, Math.ceil((top + view.height) / rowHeight) + BEYOND)

  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight })
    const sized = new ResizeObserver(look)
    sized.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      sized.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  useEffect(() => seen(from, Math.max(from, to - 1)), [from, to, length])

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is larger than its frame is scrolled by the keyboard, too
    <section class="window" ref={box} tabIndex={0} aria-label={label}>
      <table aria-rowcount={length + 1}>
        <thead>
          <tr aria-rowindex={1}>{head}</tr>
        </thead>
        <tbody style={{ height: `${height}px`, paddingTop: `${before}px` }}>
          {Array.from({ length: Math.max(0, to - from) }, (_, i) => row(from + i))}
        </tbody>
      </table>
    </section>
  )
}
