import { parseArgs } from 'node:util'
import { caseNames } from './cases.mjs'
import { systems } from './systems.mjs'

export const usage = `npm run bench -- [options]
  --quick              one round of small sizes; ours and the floor unless --only says otherwise
  --only ours,floor    systems: ${Object.keys(systems).join(', ')}
  --modes bulk,single  cases: ${caseNames.join(', ')}
  --rounds 3           rounds of everything, interleaved; medians are reported
  --concurrency 50     tasks that run at once
  --directory /var/tmp where the stores are made; not a memory file system
  --cgroup DIR         below which the portal has a group of 96 MB; without it where this machine has the memory
  --install            installs redis-server and postgresql with apt-get first
  --write              writes docs/reference/benchmarks.md and its pictures
  --plot               measures nothing, writes the page and its pictures out of what was written last
  --profile bulk       one run of holdfast in this case: docs/reference/where-the-time-goes.md and its flame graph
  --cpu-profiles DIR   a CPU profile of each process that ends by itself`

const list = (text, known) => {
  const names = text?.split(',') ?? []
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${known.join(', ')}`)
  return names
}

const count = (text, name) => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number, not ${text}`)
  return value
}

/** The options of the command line. @throws where one of them is wrong */
export function options(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      modes: { type: 'string' },
      rounds: { type: 'string' },
      concurrency: { type: 'string', default: '50' },
      directory: { type: 'string', default: '/var/tmp' },
      cgroup: { type: 'string' },
      profile: { type: 'string' },
      'cpu-profiles': { type: 'string' },
      plot: { type: 'boolean', default: false },
      install: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const only = list(values.only, Object.keys(systems))
  const everything = values.quick ? ['ours', 'floor'] : Object.keys(systems)
  return {
    ...values,
    only: only.length > 0 ? only : everything,
    modes: list(values.modes, caseNames),
    profile: list(values.profile, caseNames)[0],
    cpuProfiles: values['cpu-profiles'],
    rounds: count(values.rounds ?? (values.quick ? 1 : 3), 'rounds'),
    concurrency: count(values.concurrency, 'concurrency'),
  }
}
