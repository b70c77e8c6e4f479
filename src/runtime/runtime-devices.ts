/** `runtime.devices`. */
import { checkName, checkOnce } from './checks.js'
import { type DeviceCommand, type Devices, type DeviceView, noDevice } from './devices.js'
import type { Lifetime } from './lifetime.js'
import type { MachineRef } from './shows.js'

export function devicesOf(life: Lifetime, devices: Devices) {
  return {
    /** All devices, by their names. */
    list: async (): Promise<DeviceView[]> => {
      life.assertReadable()
      return devices.list()
    },
    /** @throws ERR_NOT_FOUND */
    get: async (id: string): Promise<DeviceView> => {
      life.assertReadable()
      return devices.get(checkName(id, 'device'))
    },
    /**
     * Tells a device what to do; resolves when that is on disk and done. A pulse has begun then, a fade too. Of commands with
     * the same `key`, 1 to 255 characters, one is done.
     * @throws ERR_NOT_FOUND, ERR_INVALID_COMMAND, ERR_DEVICE_FAULTY, ERR_COMMIT_UNKNOWN, ERR_DEGRADED
     * @example await runtime.devices.command('siren', { type: 'pulse', for: '2s' })
     */
    command: async (
      id: string,
      command: DeviceCommand,
      { key }: { readonly key?: string } = {},
    ): Promise<DeviceView> => {
      life.assertWorking()
      return devices.command(checkName(id, 'device'), command, key === undefined ? key : checkOnce(key, 'key'))
    },
    /**
     * The actor of a device, as of its last step on disk: getSnapshot(), subscribe(), and send() for commands. It is found
     * as `device:NAME` in `runtime.system`, too. @throws ERR_NOT_FOUND
     */
    actor: (id: string): MachineRef => {
      life.assertReadable()
      const found = (life.actor.system as { get(name: string): unknown }).get(`device:${checkName(id, 'device')}`)
      return (found as MachineRef | undefined) ?? noDevice(id)
    },
    /**
     * A fresh reading of a sensor; of any other device, what it is at.
     * @throws ERR_NOT_FOUND, ERR_DEVICE_FAULTY, ERR_READING
     */
    read: async (id: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<DeviceView> => {
      life.assertWorking()
      return devices.read(checkName(id, 'device'), signal)
    },
  }
}
