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
  /** It stays at a value until the next one. */
  readonly stepped?: boolean
}

interface PlotProps {
  readonly label: string
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly say: (value: number) => string
  /** From zero on, unless these say otherwise: the values that are named, or as close as the line allows. */
  readonly scale?: readonly number[] | 'close' | undefined
  readonly height?: number
  /** What it shows is said beside it: without a legend. */
  readonly alone?: boolean
}

const HEIGHT = 150

export function Plot({ label, times, lines, say, scale, height = HEIGHT, alone = false }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const shape = `${shade.value} ${lines.map((line) => line.label).join()} ${height}`
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData
  const latest = useRef(data)
  latest.current = data

  useEffect(() => {
    const element = box.current as HTMLDivElement
    const made = new uPlot(optionsOf(element, { lines, say, scale, height, alone }), latest.current, element)
    plot.current = made
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
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
      {!alone && (
        <ul class="legend" aria-hidden="true">
          {lines.map((line) => (
            <li key={line.label}>
              <i class={`swatch ${line.color.slice(2)}`} />
              {line.label} <b>{said(line.values.at(-1), say)}</b>
            </li>
          ))}
        </ul>
      )}
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

function rangeOf(scale: PlotProps['scale'], min: number, max: number): [number, number] {
  if (scale === undefined) return [0, max > 0 ? max * 1.1 : 1]
  if (scale !== 'close') return [Math.min(...scale) - 0.12, Math.max(...scale) + 0.12]
  const room = Math.max((max - min) * 0.15, Math.abs(max) * 0.02, 0.5)
  return [min - room, max + room]
}

const stepped = uPlot.paths.stepped?.({ align: 1 })
const isFew = ({ data }: uPlot, at: number) => (data[at] ?? []).filter((value) => value !== null).length < 3

type Drawn = Pick<PlotProps, 'lines' | 'say' | 'scale' | 'alone'> & { readonly height: number }

function optionsOf(element: HTMLElement, { lines, say, scale, height, alone }: Drawn): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
  }
  const named = Array.isArray(scale) ? { splits: () => [...scale] } : {}
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    padding: [8, alone ? 18 : 8, 0, 0],
    scales: { y: { range: (_, min, max) => rangeOf(scale, min, max) } },
    axes: [
      { ...axis, size: 26, space: 70, values: (_, ticks) => timesOf(ticks) },
      { ...axis, size: 58, space: 34, ...named, values: (_, ticks) => ticks.map((tick) => say(tick)) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: color(line.color),
        fill: lines.length === 1 ? `${color(line.color)}1f` : '',
        width: 1.6,
        ...(line.stepped && stepped ? { paths: stepped } : {}),
        // One that stands alone would not be seen as a line.
        points: { size: 5, show: alone ? false : isFew },
        spanGaps: !alone,
      })),
    ],
  }
}
