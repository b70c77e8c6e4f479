/** The latest minutes of a device, as a scope shows them. */

import { second } from '../clock.js'
import type { Device } from '../device-watch.js'
import { Plot } from '../parts/plot.js'
import { plain } from '../text.js'
import { levelNow, namesOf } from '../trace.js'
import { numberOf } from '../words.js'

interface DeviceTraceProps {
  readonly device: Device
  readonly spanMs: number
  readonly height: number
}

export function DeviceTrace({ device: { id, seen, trace }, spanMs, height }: DeviceTraceProps) {
  const to = Math.max(second.value, trace.latest)
  const names = namesOf(seen)
  const [times, values] = trace.between(to - spanMs, to, levelNow(seen))
  const dial = seen.type === 'pwm'
  const say = (value: number) =>
    names ? plain(names[value] ?? '', 20) : dial ? `${numberOf(Math.round(value * 100))} %` : sensed(value, seen.unit)
  return (
    <Plot
      label={plain(id, 60)}
      times={times}
      say={say}
      scale={names ? names.map((_, i) => i) : dial ? [0, 0.5, 1] : 'close'}
      height={height}
      lines={[{ label: 'level', color: '--plot-1', values, stepped: names !== undefined || dial }]}
      alone
    />
  )
}

const sensed = (value: number, unit = '') => `${numberOf(Math.round(value * 10) / 10)} ${unit}`.trim()
