/** Where the portal keeps what, all of it below one directory, and where its station is. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const home = resolve(process.env.HOLDFAST_PORTAL_DIR ?? 'portal-data')
const archive = join(home, 'archive')

export const places = {
  home,
  /** The store of the runtime. */
  store: join(home, 'store'),
  /** Files that are put here are archived. */
  inbox: join(home, 'inbox'),
  /** YYYY-MM-DD/<sha256>.gz */
  archive,
  /** One entry a file: what it was called, and where it is. */
  manifest: join(archive, 'manifest'),
  /** What is in each file, in a few words. */
  digests: join(archive, 'digests'),
  /** YYYY-MM-DD.jsonl */
  readings: join(home, 'readings'),
  /** YYYY-MM-DD.json */
  reports: join(home, 'reports'),
  /** Where the station listens. */
  station: { host: '127.0.0.1', port: Number(process.env.HOLDFAST_PORTAL_PORT ?? 7717) },
  /** What the station received. */
  received: join(home, 'station'),
  /** What takes a picture into $FILE, and how the names of its pictures end; without a command they are drawn. */
  camera: {
    command: process.env.HOLDFAST_PORTAL_CAMERA || undefined,
    ending: process.env.HOLDFAST_PORTAL_CAMERA ? '.jpg' : '.svg',
  },
  /** While this file is there the station is out of reach. */
  offline: join(home, 'offline'),
}

export async function makePlaces() {
  for (const place of [places.inbox, places.manifest, places.digests, places.readings, places.reports])
    await mkdir(place, { recursive: true })
}

/** The day a moment belongs to, for people: local, YYYY-MM-DD. */
export function dayOf(date = new Date()) {
  const two = (n) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
