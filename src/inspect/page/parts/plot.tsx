/** Lines over time, by uPlot; in words, too, for who does not see them. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { shade } from '../theme.js'
import { clockOf, timeOf } from '../words.js'

export interface Line {
  readonly label: string
  /** Name of a colour of the page: `--state-failed`. */
  readonly color: string
  readonly values: readonly (number | null)[]
}

interface PlotProps {
  readonly label: string
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly say: (value: number) => string
}

const HEIGHT = 150

export function Plot({ label, times, lines, say }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const shape = `${shade.value} ${lines.map((line) => line.label).join()}`
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData
  const latest = useRef(data)
  latest.current = data

  useEffect(() => {
    const element = box.current as HTMLDivElement
    const made = new uPlot(optionsOf(element, lines, say), latest.current, element)
    plot.current = made
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    sized.observe(element)
    return () => {
      sized.disconnect()
      made.destroy()
    }
  }, [shape])
  useEffect(() => plot.current?.setData(data))

  const spoken = lines.map((line) => `${line.label} ${said(line.values.at(-1), say)}`).join(', ')
  return (
    <div class="plot">
      <div ref={box} role="img" aria-label={`${label} over time. Now: ${spoken}`} />
      <ul class="legend" aria-hidden="true">
        {lines.map((line) => (
          <li key={line.label}>
            <i class={`swatch ${line.color.slice(2)}`} />
            {line.label} <b>{said(line.values.at(-1), say)}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}

const said = (value: number | null | undefined, say: (value: number) => string) =>
  value === null || value === undefined ? '—' : say(value)

/** With seconds where minutes would repeat themselves. */
function timesOf(ticks: readonly number[]): string[] {
  const said = (ticks[1] ?? 60) - (ticks[0] ?? 0) < 60 ? timeOf : clockOf
  return ticks.map((tick) => said(tick * 1000))
}

const isFew = ({ data }: uPlot, at: number) => (data[at] ?? []).filter((value) => value !== null).length < 3

function optionsOf(element: HTMLElement, lines: readonly Line[], say: (value: number) => string): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      { ...axis, size: 26, space: 70, values: (_, ticks) => timesOf(ticks) },
      { ...axis, size: 58, space: 34, values: (_, ticks) => ticks.map((tick) => say(tick)) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: color(line.color),
        fill: lines.length === 1 ? `${color(line.color)}1f` : '',
        width: 1.6,
        // One that stands alone would not be seen as a line.
        points: { size: 5, show: isFew },
        spanGaps: true,
      })),
    ],
  }
}
