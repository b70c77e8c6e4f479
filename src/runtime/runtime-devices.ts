/** `runtime.devices`. */
import { checkName, checkOnce } from './checks.js'
import type { DeviceCommand, Devices, DeviceView } from './devices.js'
import type { Lifetime } from './lifetime.js'

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
     * A fresh reading of a sensor; of any other device, what it is at.
     * @throws ERR_NOT_FOUND, ERR_DEVICE_FAULTY, ERR_READING
     */
    read: async (id: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<DeviceView> => {
      life.assertWorking()
      return devices.read(checkName(id, 'device'), signal)
    },
  }
}
