import { useState } from 'preact/hooks'
import type { Sample } from '../../../runtime/minutes-view.js'
import { now } from '../clock.js'
import { gridOf, type Minutes } from '../minutes.js'
import { Panel } from '../parts/panel.js'
import { type Line, Plot } from '../parts/plot.js'
import { plain } from '../text.js'
import { lengthOf, numberOf, shortOf, sizeOf } from '../words.js'

const SPANS = [
  [5, '5 min'],
  [15, '15 min'],
  [60, '1 h'],
  [240, '4 h'],
] as const
/** Of colours there are so many, and more lines nobody tells apart. */
const COLORS = ['--plot-1', '--plot-2', '--plot-3', '--plot-4', '--plot-5', '--plot-6'] as const

type Value = (sample: Sample) => number | undefined

export function Plots({ known }: { readonly known: Minutes }) {
  const [span, setSpan] = useState(15)
  const [times, samples] = gridOf(known, span * 60_000, now())
  const perSecond = 1000 / known.slotMs
  const line = (label: string, color: string, value: Value, slept: number | null = null): Line => ({
    label,
    color,
    values: samples.map((sample) => (sample ? (value(sample) ?? null) : sample === null ? slept : null)),
  })
  const busiest = routesOf(known)
  const byRoute = (value: (route: NonNullable<Sample['routes']>[string]) => number) =>
    busiest.names.map((name, i) =>
      line(plain(name, 30), COLORS[i] as string, ({ routes }) => {
        const route = routes?.[name]
        return route && value(route)
      }),
    )
  const rate = (value: number) => `${value >= 10 ? shortOf(Math.round(value)) : Math.round(value * 10) / 10}/s`
  return (
    <section class="plots" aria-label="The latest minutes">
      <div class="segments" role="group" aria-label="How far back">
        {SPANS.map(([value, label]) => (
          <button key={value} type="button" aria-pressed={span === value} onClick={() => setSpan(value)}>
            {label}
          </button>
        ))}
      </div>
      <Panel title="Throughput">
        <Plot
          label="Throughput"
          times={times}
          say={rate}
          lines={[
            line('created', '--plot-1', ({ created }) => created * perSecond, 0),
            line('finished', '--state-finished', ({ finished }) => finished * perSecond, 0),
            line('failed', '--state-failed', ({ failed }) => failed * perSecond, 0),
          ]}
        />
      </Panel>
      <Panel title="Queued" note={busiest.more > 0 ? `${busiest.more} more routes` : undefined}>
        <Plot
          label="Tasks queued"
          times={times}
          say={(value) => shortOf(Math.round(value))}
          lines={byRoute(({ queued }) => queued)}
        />
      </Panel>
      <Panel title="Oldest in its queue">
        <Plot
          label="Age of the oldest queued task"
          times={times}
          say={lengthOf}
          lines={byRoute(({ oldestMs }) => oldestMs)}
        />
      </Panel>
      <Panel title="Memory">
        <Plot
          label="Memory"
          times={times}
          say={sizeOf}
          lines={[line('resident', '--plot-1', ({ rssBytes }) => rssBytes)]}
        />
      </Panel>
      <Panel title="Event loop">
        <Plot
          label="Lag of the event loop"
          times={times}
          say={(ms) => `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`}
          lines={[line('lag', '--plot-3', ({ loopLagMs }) => loopLagMs)]}
        />
      </Panel>
      <Panel title="Disk" note={diskOf(known)}>
        <Plot
          label="Written to the store"
          times={times}
          say={(bytes) => `${sizeOf(bytes)}/s`}
          lines={[line('written', '--plot-2', ({ bytes }) => bytes * perSecond, 0)]}
        />
      </Panel>
    </section>
  )
}

/** Those with most in their queues of late; the others are said to be there. */
function routesOf({ samples }: Minutes): { names: string[]; more: number } {
  const most = new Map<string, number>()
  for (const { routes } of samples) {
    for (const [name, { queued }] of Object.entries(routes ?? {})) most.set(name, Math.max(most.get(name) ?? 0, queued))
  }
  const names = [...most].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([name]) => name)
  return { names: names.slice(0, COLORS.length), more: Math.max(0, names.length - COLORS.length) }
}

function diskOf({ samples }: Minutes): string | undefined {
  const free = samples.findLast(({ diskFreeBytes }) => diskFreeBytes !== undefined)?.diskFreeBytes
  return free === undefined
    ? undefined
    : `${sizeOf(free)} free, ${numberOf(samples.findLast(({ live }) => live !== undefined)?.live ?? 0)} tasks in memory`
}
