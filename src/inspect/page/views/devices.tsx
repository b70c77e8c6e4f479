/** The devices: what each is at and how that went, its switches, and what plays the world outside where that is simulated. */
import { useDevices } from '../device-watch.js'
import { link } from '../feed.js'
import { Empty, Waiting } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href, place } from '../place.js'
import { countOf } from '../words.js'
import { DevicePage } from './device.js'
import { DeviceCard } from './device-card.js'

export function Devices() {
  const { devices, ready } = useDevices()
  const [, chosen] = place.value.path
  const device = devices.find(({ id }) => id === chosen)
  const faulty = devices.filter(({ seen }) => seen.link === 'faulty').length
  const known = ready || link.value.state === 'away'
  if (chosen !== undefined) {
    return (
      <>
        <header class="view-head">
          <h1>
            <Txt of={chosen} most={80} />
          </h1>
          <div class="actions">
            <a href={href(['devices'])}>All devices</a>
          </div>
        </header>
        {device && <DevicePage device={device} />}
        {!device && (known ? <Empty>There is no such device.</Empty> : <Waiting of="Asking for it" />)}
      </>
    )
  }
  return (
    <>
      <header class="view-head">
        <h1>Devices</h1>
        {devices.length > 0 && (
          <span class="note">
            {countOf(devices.length, 'device')}
            {faulty > 0 && `, ${faulty} faulty`}
            {devices.some(({ seen }) => seen.simulated) && ', simulated'}
          </span>
        )}
      </header>
      {!known && devices.length === 0 && <Waiting of="Asking for the devices" />}
      {known && devices.length === 0 && <Empty>This daemon has no devices.</Empty>}
      <div class="cards devices">
        {devices.map((each) => (
          <DeviceCard key={each.id} device={each} />
        ))}
      </div>
    </>
  )
}
