/** A device among others. */
import type { Device } from '../device-watch.js'
import { Panel } from '../parts/panel.js'
import { Txt } from '../parts/txt.js'
import { href } from '../place.js'
import { mayWrite } from '../session.js'
import { plain } from '../text.js'
import { DeviceControls } from './device-controls.js'
import { DeviceFault, DeviceLevel } from './device-level.js'
import { DeviceTrace } from './device-trace.js'
import { Simulate } from './simulate.js'

const SPAN_MS = 5 * 60_000

export function DeviceCard({ device }: { readonly device: Device }) {
  const { id, seen } = device
  return (
    <Panel
      title={plain(id, 60)}
      class="device"
      note={<Txt of={seen.type} most={40} />}
      actions={
        <a href={href(['devices', id])} aria-label={`More about ${plain(id, 60)}`}>
          More
        </a>
      }
    >
      <DeviceLevel seen={seen} />
      <DeviceFault seen={seen} />
      <DeviceTrace device={device} spanMs={SPAN_MS} height={84} />
      {mayWrite.value && <DeviceControls id={id} seen={seen} />}
      {mayWrite.value && seen.commands.includes('simulate') && <Simulate id={id} seen={seen} />}
    </Panel>
  )
}
