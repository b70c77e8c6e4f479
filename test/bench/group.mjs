// A group of processes with a bound on its memory, which the kernel keeps: cgroup v2, or v1 where that has the memory.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where v2 is mounted, and where v1 has the memory. */
const ROOTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory']

const read = (directory, name) => {
  const file = join(directory, name)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}

/** Names of the same things in both. */
const versions = [
  {
    suits: (parent) => read(parent, 'cgroup.subtree_control').split(' ').includes('memory'),
    most: 'memory.max',
    swap: 'memory.swap.max',
    peak: 'memory.peak',
    events: 'memory.events',
  },
  {
    suits: (parent) => existsSync(join(parent, 'memory.limit_in_bytes')),
    most: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
]

/** A group below another one: `{ procs, peakBytes(), kills(), remove() }`. @throws where none may be made there */
export function newGroup(asked, bytes) {
  const found = (asked ? [asked] : ROOTS)
    .flatMap((parent) => versions.map((version) => ({ parent, version })))
    .find(({ parent, version }) => version.suits(parent))
  if (!found) throw new Error(`${asked ?? ROOTS.join(', ')}: no memory to divide among groups`)
  const { parent, version } = found
  accessSync(parent, constants.W_OK)
  const path = join(parent, `holdfast-bench-${process.pid}`)
  mkdirSync(path)
  writeFileSync(join(path, version.most), String(bytes))
  if (version.swap && existsSync(join(path, version.swap))) writeFileSync(join(path, version.swap), '0')
  return {
    procs: join(path, 'cgroup.procs'),
    peakBytes: () => Number(read(path, version.peak) || Number.NaN),
    kills: () => Number(/^oom_kill (\d+)$/m.exec(read(path, version.events))?.[1] ?? Number.NaN),
    remove: () => rmdirSync(path),
  }
}
