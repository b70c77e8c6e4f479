// What is measured. Each peer runs with the settings that make it durable when it acknowledges.
import { existsSync, readFileSync } from 'node:fs'
import { postgres } from './servers/postgres.mjs'
import { redis } from './servers/redis.mjs'

const peer = (name) => {
  const file = new URL(`./peers/node_modules/${name}/package.json`, import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
const built = () => process.env.HOLDFAST || existsSync(new URL('../../dist/src/index.js', import.meta.url))
const load = ['bulk', 'single', 'callers100', 'latency', 'idle']

export const systems = {
  ours: {
    title: () => '**holdfast**',
    durable: 'every acknowledged write is in an fsynced batch',
    missing: () => (built() ? undefined : 'the package is not built'),
    modes: [
      ...load,
      'restart',
      'dormant',
      'schedules-idle',
      'ticks',
      'retention',
      'group',
      'flow',
      'interrupted',
      'isolated',
      'api',
      'inspect',
      'page',
      'edges',
    ],
  },
  floor: {
    title: () => 'floor: bare classic-level',
    durable: 'the same records and inputs in as many synced batches, and nothing else',
    missing: () => undefined,
    modes: [...load, 'restart'],
  },
  bullmq: {
    title: () => `BullMQ ${peer('bullmq')}, Redis ${redis.version()}`,
    durable: '`appendonly yes`, `appendfsync always`',
    server: redis,
    missing: () => (peer('bullmq') ? (redis.version() ? undefined : 'no redis-server') : 'peers are not installed'),
    modes: [...load, 'interrupted'],
  },
  plainjob: {
    title: () => `plainjob ${peer('plainjob')}, better-sqlite3 ${peer('better-sqlite3')}`,
    durable: '`journal_mode = WAL`, `synchronous = FULL`; one task at a time, polls each second',
    missing: () => (peer('plainjob') ? undefined : 'peers are not installed'),
    modes: load,
  },
  graphile: {
    title: () => `graphile-worker ${peer('graphile-worker')}, PostgreSQL ${postgres.version()}`,
    durable: '`fsync = on`, `synchronous_commit = on` (the defaults)',
    server: postgres,
    missing: () =>
      peer('graphile-worker') ? (postgres.version() ? undefined : 'no PostgreSQL') : 'peers are not installed',
    modes: load,
  },
}
