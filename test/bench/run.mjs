// npm run bench: holdfast beside bare LevelDB and its durable peers, on the same machine in the same run.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { judged, verdict } from './bars.mjs'
import { cases } from './cases.mjs'
import { noDisk } from './disk.mjs'
import { company, isMemory, machine } from './machine.mjs'
import { measure } from './measurement.mjs'
import { options as parse, usage } from './options.mjs'
import { profiled } from './profile/index.mjs'
import { write } from './report.mjs'
import { store, stored } from './results.mjs'
import { summary } from './statistics.mjs'
import { buildSyncs } from './syncs.mjs'
import { systems } from './systems.mjs'
import { aligned, rows } from './table.mjs'

/** What has to be there before anything is measured. */
function prepare({ only, install, directory, cpuProfiles, cgroup }) {
  if (isMemory(directory)) throw new Error(`${directory} is in memory: name a directory on a disk with --directory`)
  if (install) {
    const program = ['apt-get', 'install', '-y', '--no-install-recommends', 'redis-server', 'postgresql']
    execFileSync(process.getuid() === 0 ? program.shift() : 'sudo', program, { stdio: 'inherit' })
  }
  for (const folder of new Set(only.map((name) => systems[name].peers).filter(Boolean))) {
    const cwd = new URL(`./${folder}`, import.meta.url).pathname
    if (existsSync(join(cwd, 'node_modules'))) continue
    // Not `ci`: it insists on what the lock has for other platforms, too.
    execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { cwd, stdio: 'inherit' })
  }
  const rig = mkdtempSync(join(directory, 'holdfast-bench-'))
  chmodSync(rig, 0o755)
  process.once('exit', () => rmSync(rig, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
  return { directory: rig, library: buildSyncs(rig), profile: cpuProfiles && resolve(cpuProfiles), cgroup }
}

/** The rows of a case: each system that takes it, at each point where it is a sweep. */
function rowsOf(each, { only }) {
  const { points = { '': {} } } = each
  return only
    .filter((system) => systems[system].modes.includes(each.mode))
    .flatMap((system) =>
      Object.entries(points).map(([point, sizes]) => ({
        key: point ? `${system}@${point}` : system,
        system,
        asked: { ...each, ...sizes },
      })),
    )
}

/** All rounds of all cases, the systems taking turns. */
async function measureAll(options, rig) {
  const asked = cases(options).map((each) => ({ each, taking: rowsOf(each, options) }))
  const measured = asked
    .filter(({ each, taking }) => (rig.library || !each.delayMs) && taking.length > 0)
    .map((each) => ({ ...each, figures: Object.fromEntries(each.taking.map(({ key }) => [key, []])) }))
  const diskless = measured.some(({ each }) => each.diskBytes) ? noDisk(rig.directory) : undefined
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const { each, taking, figures } of measured) {
      if (each.once && round > 1) continue
      for (const { key, system, asked } of taking) {
        const missing = systems[system].missing() ?? (each.diskBytes ? diskless : undefined)
        const figure = missing ? { missing, failed: missing } : await measure(system, asked, rig)
        figures[key].push(figure)
        console.error(`${round}/${options.rounds} ${each.name} ${key}: ${figure.failed ?? brief(each, figure)}`)
      }
    }
  }
  const medians = (figures) => Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, summary(all)]))
  return measured.map(({ each, figures }) => ({ each, results: medians(figures) }))
}

const brief = (each, figure) => {
  const value = figure[each.columns[0]]
  return `${each.columns[0]} ${Number.isFinite(value) ? Number(value.toPrecision(4)) : '–'}`
}

function print(measured, { quick }) {
  for (const { each, results } of measured) console.log(`\n${each.title}\n${aligned(rows({ each, results }))}`)
  const told = judged(measured).filter(({ passed }) => passed !== undefined)
  const lines = told.map(({ what, bar, figure, passed }) => [what, bar, figure, verdict(passed)])
  if (lines.length > 0)
    console.log(
      `\nBars${quick ? ' (of small sizes: a hint)' : ''}\n${aligned([['what', 'bar', 'measured', ''], ...lines])}`,
    )
}

async function main(args) {
  const options = parse(args)
  if (options.help) {
    console.log(usage)
    return
  }
  if (options.plot) return write(stored())
  const rig = prepare(options)
  if (options.profile) return profiled(options, rig)
  const on = [machine(rig.directory), company()].filter(Boolean).join('. ')
  const date = new Date().toISOString().slice(0, 10)
  console.log(`${date}: ${on}`)
  const measured = await measureAll(options, rig)
  print(measured, options)
  if (options.write) write(store({ measured, options, machine: on, date }))
  // A bar is a figure to look at, not a test; a measurement that breaks is.
  const broken = measured.some(({ results }) =>
    Object.values(results).some(({ failed, missing }) => failed && !missing),
  )
  if (broken) process.exitCode = 1
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
