/** What the example workflows talk to, as their folders have it. */
import type { Server } from 'node:http'

/** A server of an example, and where it listens. */
export interface World {
  readonly url: string
  readonly server: Server
}

interface Worlds {
  feed(options: { minute: () => number; shown: (play: object) => void }): Promise<World>
  services(options: { socket: string; taken: (path: string, order: object) => void }): Promise<World>
  house(options: { heard: (path: string, body: { loud?: boolean; on?: boolean }) => unknown }): Promise<World>
  vendor(options: { folder: string; heard: (report: object) => void }): Promise<World>
  releaseOf(version: string): { readonly sha256: string; readonly image: string }
}

const from = async (file: string): Promise<Worlds> =>
  (await import(new URL(`../../docs/examples/workflows/${file}`, import.meta.url).href)) as Worlds

export const { feed } = await from('box-score/feed.mjs')
export const { services } = await from('photo-pipeline/services.mjs')
export const { house } = await from('door-alarm/house.mjs')
export const { vendor, releaseOf } = await from('firmware-update/vendor.mjs')
