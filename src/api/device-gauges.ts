/** What is measured of devices when somebody asks. */
import type { Registry } from 'prom-client'
import type { DeviceView } from '../runtime/devices.js'
import { countedBy, type Make } from './gauge.js'
import type { Scrape } from './scrape.js'

const COUNTS = {
  device_edges_total: 'edges',
  device_edges_missed_total: 'missed',
  device_floods_total: 'floods',
  device_misreads_total: 'misreads',
  device_faults_total: 'faults',
} as const satisfies Readonly<Record<string, keyof DeviceView['counts']>>

export function measureDevices(scrape: Scrape, registry: Registry, gauge: Make): void {
  gauge('device_ready', async (ready) => {
    for (const { id, type, link } of await scrape.devices()) ready.set({ device: id, type }, link === 'ready' ? 1 : 0)
  })
  gauge('device_state', async (states) => {
    const all = await scrape.devices()
    states.reset()
    for (const { id, link, state = link } of all) states.set({ device: id, state }, 1)
  })
  gauge('device_value', async (values) => {
    const all = await scrape.devices()
    // What is not known any more is not told as it was.
    values.reset()
    for (const { id, value, unit = '' } of all) if (typeof value === 'number') values.set({ device: id, unit }, value)
  })
  for (const [name, what] of Object.entries(COUNTS) as [keyof typeof COUNTS, keyof DeviceView['counts']][]) {
    countedBy(registry, name, async () =>
      (await scrape.devices()).map(({ id, counts }) => [{ device: id }, counts[what]]),
    )
  }
}
