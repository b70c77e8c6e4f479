/** One device: its statechart with the active state lit, how its level went, what happened to it. */
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { activeStates } from '../../../pictures/index.js'
import type { DeviceNews } from '../../../runtime/devices.js'
import type { MachineDefinitionView } from '../../../runtime/runtime-machines.js'
import { part } from '../ask.js'
import { useAsked } from '../asked.js'
import type { Device } from '../device-watch.js'
import { Ago } from '../parts/ago.js'
import { Chart } from '../parts/chart.js'
import { Empty, Panel, Trouble } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { mayWrite } from '../session.js'
import { plain } from '../text.js'
import type { Seen } from '../trace.js'
import { valueText } from '../value.js'
import { countOf, lengthOf, numberOf } from '../words.js'
import { DeviceControls } from './device-controls.js'
import { DeviceFault, DeviceLevel } from './device-level.js'
import { DeviceTrace } from './device-trace.js'
import { Simulate } from './simulate.js'

const SPANS = [1, 5, 15, 60] as const

export function DevicePage({ device }: { readonly device: Device }) {
  const { id, seen, news } = device
  const span = useSignal<number>(5)
  return (
    <div class="device-page">
      <div class="device">
        <Panel title="Now" note={<Txt of={seen.type} most={40} />}>
          <DeviceLevel seen={seen} />
          <DeviceFault seen={seen} />
          {mayWrite.value && <DeviceControls id={id} seen={seen} />}
          {mayWrite.value && seen.commands.includes('simulate') && <Simulate id={id} seen={seen} whole />}
          <Facts seen={seen} />
        </Panel>
        <Panel
          title="The latest minutes"
          actions={
            <span class="segments" role="group" aria-label="How far back">
              {SPANS.map((minutes) => (
                <button
                  key={minutes}
                  type="button"
                  aria-pressed={span.value === minutes}
                  onClick={() => (span.value = minutes)}
                >
                  {lengthOf(minutes * 60_000)}
                </button>
              ))}
            </span>
          }
        >
          <DeviceTrace device={device} spanMs={span.value * 60_000} height={170} />
        </Panel>
        <Panel title="What happened">
          {news.length === 0 && <Empty>Nothing yet.</Empty>}
          <ul class="rows">
            {news.toReversed().map((each) => (
              <News key={`${each.at} ${each.type}`} news={each} />
            ))}
          </ul>
        </Panel>
      </div>
      <DeviceChart device={device} />
    </div>
  )
}

function Facts({ seen: { lines = [], counts, simulated } }: { readonly seen: Seen }) {
  const places = lines.map(({ name, chip, offset }) => name ?? `${chip} ${offset}`).join(', ')
  const { edges, missed, floods, faults, misreads } = counts
  const counted = [
    lines.length > 0 && countOf(edges, 'edge'),
    countOf(faults, 'fault'),
    missed > 0 && `${numberOf(missed)} missed`,
    floods > 0 && countOf(floods, 'flood'),
    misreads > 0 && `${numberOf(misreads)} misread`,
  ]
  return (
    <dl class="facts">
      {places !== '' && (
        <div>
          <dt>Lines</dt>
          <dd>
            <Txt of={places} />
          </dd>
        </div>
      )}
      <div>
        <dt>Since the start</dt>
        <dd>
          {counted.filter(Boolean).join(', ')}
          {simulated && <span class="tag">simulated</span>}
        </dd>
      </div>
    </dl>
  )
}

function News({ news: { device, type, at, edge, whileAway, ...more } }: { readonly news: DeviceNews }) {
  return (
    <li>
      <b>
        <Txt of={type} most={40} />
      </b>
      <span class="note grow">
        <Txt of={[...(whileAway ? ['while away'] : []), ...Object.entries(more).map(told)].join(', ')} most={120} />
      </span>
      <span class="note">
        <Ago at={at} />
      </span>
    </li>
  )
}

/** `for 2 s`, `value 21.5`, `error simulated: broken`. */
function told([name, value]: [string, unknown]): string {
  if (name === 'forMs' && typeof value === 'number') return `for ${lengthOf(value)}`
  if (name === 'error') return String((value as { message?: unknown } | null)?.message)
  return `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`
}

function DeviceChart({ device: { machine, value } }: { readonly device: Device }) {
  const { data, problem } = useAsked<MachineDefinitionView>(
    machine === undefined ? machine : `/v1/machines/${part(machine)}`,
  )
  const spoken = JSON.stringify(value)
  const lights = useMemo(() => (data ? { active: activeStates(data.definition, value) } : {}), [data, spoken])
  return (
    <Panel title="Its machine" note={<Txt of={valueText(value)} most={80} />}>
      {problem && !data && <Trouble problem={problem} />}
      {data && (
        <Chart
          of={data.definition}
          lights={lights}
          label={`${plain(machine ?? '', 60)}, in ${plain(valueText(value), 80)}`}
        />
      )}
    </Panel>
  )
}
