/** Loaded one at a time: a measurement has nothing in its process but what it measures. */
export const drivers = {
  ours: () => import('./ours.mjs'),
  floor: () => import('./floor.mjs'),
  bullmq: () => import('./bullmq.mjs'),
  plainjob: () => import('./plainjob.mjs'),
  graphile: () => import('./graphile.mjs'),
  'graphile-18': () => import('./graphile-18.mjs'),
  pgboss: () => import('./pgboss.mjs'),
  'ours-24': () => import('./ours.mjs'),
}
