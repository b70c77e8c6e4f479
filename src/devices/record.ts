/** What the store keeps of a device: the memory of its machine, and the latest of what happened to it. */
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'

const FORMAT = 1
const MOST_NEWS = 10

export interface DeviceRecord {
  readonly type: string
  readonly memory: unknown
  readonly news: readonly DeviceNews[]
}

export function encodeDevice({ type, memory, news }: DeviceRecord): string {
  return JSON.stringify({ f: FORMAT, type, memory, news })
}

/** @throws ERR_STORE_CORRUPT, ERR_FORMAT_NEWER */
export function decodeDevice(id: string, text: string): DeviceRecord {
  let stored: Partial<DeviceRecord> & { f?: unknown }
  try {
    stored = JSON.parse(text)
  } catch (cause) {
    throw new HoldfastError('ERR_STORE_CORRUPT', `what is kept of device '${id}' is not JSON`, { cause })
  }
  if (typeof stored.f === 'number' && stored.f > FORMAT) {
    throw new HoldfastError('ERR_FORMAT_NEWER', `device '${id}' has format ${stored.f}, this version reads ${FORMAT}`)
  }
  const { type, memory = null, news } = stored
  if (stored.f !== FORMAT || typeof type !== 'string' || !Array.isArray(news)) {
    throw new HoldfastError('ERR_STORE_CORRUPT', `what is kept of device '${id}' is incomplete`)
  }
  return { type, memory, news }
}

/** The latest of what happened, the newest last. */
export function withNews(news: readonly DeviceNews[], more: readonly DeviceNews[]): readonly DeviceNews[] {
  return more.length === 0 ? news : [...news, ...more].slice(-MOST_NEWS)
}
