/** What the store keeps of a device: the memory of its machine, and the latest of what happened to it. */
import type { DeviceError } from '../../machines/index.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'

const FORMAT = 1
const MOST_NEWS = 10
const MOST_KEYS = 16

/** A command that came with a key, and what it was, in short. */
export interface Keyed {
  readonly key: string
  readonly print: string
}

export interface DeviceRecord {
  readonly type: string
  readonly memory: unknown
  readonly news: readonly DeviceNews[]
  /** Why it is faulty, and since when (wall); null when it is not. */
  readonly fault: DeviceError | null
  readonly faultSince: number | null
  /** Those of the latest commands that came with one, so that none of them is done twice. */
  readonly keys: readonly Keyed[]
}

export function encodeDevice({ type, memory, news, fault, faultSince, keys }: DeviceRecord): string {
  const faulty = fault === null ? {} : { fault, faultSince }
  return JSON.stringify({ f: FORMAT, type, memory, news, ...faulty, ...(keys.length > 0 ? { keys } : {}) })
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
  const { type, memory = null, news, fault = null, faultSince = null, keys = [] } = stored
  if (stored.f !== FORMAT || typeof type !== 'string' || !Array.isArray(news) || !Array.isArray(keys)) {
    throw new HoldfastError('ERR_STORE_CORRUPT', `what is kept of device '${id}' is incomplete`)
  }
  return { type, memory, news, fault, faultSince, keys }
}

/** The latest of what happened, the newest last; readings are no news. */
export function withNews(news: readonly DeviceNews[], more: readonly DeviceNews[]): readonly DeviceNews[] {
  const told = more.filter(({ type }) => type !== 'reading')
  return told.length === 0 ? news : [...news, ...told].slice(-MOST_NEWS)
}

/** The latest keys, the newest last. */
export function withKey(keys: readonly Keyed[], key: Keyed | undefined): readonly Keyed[] {
  return key === undefined ? keys : [...keys, key].slice(-MOST_KEYS)
}
