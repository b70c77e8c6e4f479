/** Devices, with the methods and errors that the runtime's have. */
import { nanoid } from 'nanoid'
import { checkJson } from '../model/json.js'
import { checkName, checkOnce } from '../runtime/checks.js'
import type { DeviceCommand, DeviceView } from '../runtime/devices.js'
import type { Caller } from './caller.js'
import type { CallOptions } from './halt.js'

export function devicesAt(caller: Caller) {
  const at = (id: string) => `/v1/devices/${encodeURIComponent(checkName(id, 'device'))}`
  return {
    list: async ({ signal }: CallOptions = {}): Promise<DeviceView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/devices', signal })).page<DeviceView>().items,
    /** @throws ERR_NOT_FOUND */
    get: async (id: string, { signal }: CallOptions = {}): Promise<DeviceView> =>
      (await caller.ask({ method: 'GET', path: at(id), signal })).object(),
    /**
     * Tells a device what to do; resolves when that is on disk and done. Asked again by itself, it does it once.
     * @throws ERR_NOT_FOUND, ERR_INVALID_COMMAND, ERR_DEVICE_FAULTY; ERR_NO_DAEMON, ERR_NO_ANSWER
     * @example await client.devices.command('siren', { type: 'pulse', for: '2s' })
     */
    command: async (
      id: string,
      command: DeviceCommand,
      { key = nanoid(), signal }: { readonly key?: string } & CallOptions = {},
    ): Promise<DeviceView> => {
      checkJson(command, 'command')
      const headers = { 'idempotency-key': checkOnce(key, 'key') }
      // The world outside has no memory: simulated twice, a bounce is two.
      const safe = command?.type !== 'simulate'
      const path = `${at(id)}/commands`
      return (await caller.ask({ method: 'POST', path, body: command, headers, safe, signal })).object()
    },
    /** A fresh reading of a sensor; of any other device, what it is at. @throws ERR_NOT_FOUND, ERR_DEVICE_FAULTY, ERR_READING */
    read: async (id: string, { signal }: CallOptions = {}): Promise<DeviceView> => {
      const call = { method: 'POST', path: `${at(id)}/commands`, body: { type: 'read' }, safe: true, signal } as const
      return (await caller.ask(call)).object()
    },
  }
}
