// What is measured. Each peer runs with the settings that make it durable when it acknowledges.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { newerNode } from './newer.mjs'
import { postgres } from './servers/postgres.mjs'
import { redis } from './servers/redis.mjs'

const version = (folder) => (name) => {
  const file = new URL(`./${folder}/node_modules/${name}/package.json`, import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
const peer = version('peers')
const newer = version('peers-24')
const onNode = () => `Node ${execFileSync(newerNode(), ['--version'], { encoding: 'utf8' }).trim().slice(1)}`

const NOT_INSTALLED = 'peers are not installed'
const built = () => process.env.HOLDFAST || existsSync(new URL('../../dist/src/index.js', import.meta.url))
const unbuilt = () => (built() ? undefined : 'the package is not built')
const withPostgres = (name, of) => () => (of(name) ? (postgres.version() ? undefined : 'no PostgreSQL') : NOT_INSTALLED)

const load = ['bulk', 'single', 'callers100', 'latency', 'idle']

export const systems = {
  ours: {
    title: () => '**holdfast**',
    durable: 'every acknowledged write is in an fsynced batch',
    missing: unbuilt,
    modes: [
      ...load,
      'wear',
      'restart',
      'restart-running',
      'dormant',
      'growth',
      'memory',
      'portal',
      'window',
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
    modes: [...load, 'wear', 'restart'],
  },
  bullmq: {
    title: () => `BullMQ ${peer('bullmq')}, Redis ${redis.version()}`,
    durable: '`appendonly yes`, `appendfsync always`',
    peers: 'peers',
    server: redis,
    missing: () => (peer('bullmq') ? (redis.version() ? undefined : 'no redis-server') : NOT_INSTALLED),
    modes: [...load, 'wear', 'interrupted'],
  },
  plainjob: {
    title: () => `plainjob ${peer('plainjob')}, better-sqlite3 ${peer('better-sqlite3')}`,
    durable: '`journal_mode = WAL`, `synchronous = FULL`; one task at a time, polls each second',
    peers: 'peers',
    missing: () => (peer('plainjob') ? undefined : NOT_INSTALLED),
    modes: [...load, 'wear'],
  },
  graphile: {
    title: () => `graphile-worker ${peer('graphile-worker')}, PostgreSQL ${postgres.version()}`,
    durable: '`fsync = on`, `synchronous_commit = on` (the defaults)',
    peers: 'peers',
    server: postgres,
    missing: withPostgres('graphile-worker', peer),
    modes: [...load, 'wear'],
  },
  'graphile-18': {
    title: () => `graphile-worker ${newer('graphile-worker')}, PostgreSQL ${postgres.version()}, ${onNode()}`,
    durable: 'the same, and a `localQueue` of 500, completed in batches; an end counts when it is in the database',
    peers: 'peers-24',
    node: newerNode,
    server: postgres,
    missing: withPostgres('graphile-worker', newer),
    modes: [...load, 'wear'],
  },
  pgboss: {
    title: () => `pg-boss ${newer('pg-boss')}, PostgreSQL ${postgres.version()}, ${onNode()}`,
    durable: 'the same, in batches of 500, woken by `notify`; an end counts when it is in the database',
    peers: 'peers-24',
    node: newerNode,
    server: postgres,
    missing: withPostgres('pg-boss', newer),
    modes: [...load, 'wear'],
  },
  'ours-24': {
    title: () => `holdfast, ${onNode()}`,
    durable: 'as above, on the Node of these two',
    peers: 'peers-24',
    node: newerNode,
    missing: () => (newerNode() ? unbuilt() : NOT_INSTALLED),
    modes: load,
  },
}
