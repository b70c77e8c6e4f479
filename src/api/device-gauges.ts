/** What is measured of devices when somebody asks. */
import { Counter, type Registry } from 'prom-client'
import type { DeviceView } from '../runtime/devices.js'
import type { Runtime } from '../runtime/runtime.js'
import { type Make, readable } from './gauges.js'
import { METRICS } from './metrics.js'

const COUNTED = {
  device_edges_total: ({ edges }) => edges,
  device_edges_missed_total: ({ missed }) => missed,
  device_floods_total: ({ floods }) => floods,
  device_misreads_total: ({ misreads }) => misreads,
  device_faults_total: ({ faults }) => faults,
} as const satisfies Readonly<Record<string, (counts: DeviceView['counts']) => number>>

export function measureDevices({ devices }: Runtime, registry: Registry, gauge: Make): void {
  gauge('device_ready', async (ready) => {
    for (const { id, type, link } of await devices.list()) ready.set({ device: id, type }, link === 'ready' ? 1 : 0)
  })
  gauge('device_state', async (states) => {
    const all = await devices.list()
    states.reset()
    for (const { id, link, state = link } of all) states.set({ device: id, state }, 1)
  })
  gauge('device_value', async (values) => {
    const all = await devices.list()
    values.reset()
    for (const { id, value, unit = '' } of all) if (typeof value === 'number') values.set({ device: id, unit }, value)
  })
  for (const [name, of] of Object.entries(COUNTED) as [
    keyof typeof COUNTED,
    (typeof COUNTED)[keyof typeof COUNTED],
  ][]) {
    const [, help, labelNames] = METRICS[name]
    const counter = new Counter({
      name: `holdfast_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect: () =>
        readable(async () => {
          const all = await devices.list()
          counter.reset()
          for (const { id, counts } of all) counter.inc({ device: id }, of(counts))
        }),
    })
  }
}
