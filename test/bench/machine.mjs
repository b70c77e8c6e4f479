import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

const TMPFS = 0x01021994

/** A memory file system has no fsyncs to measure. */
export const isMemory = (directory) => statfsSync(directory).type === TMPFS

const fileSystem = (directory) => {
  try {
    return execFileSync('stat', ['-f', '-c', '%T', directory], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

/** One line on what the figures were measured on. */
export function machine(directory) {
  const all = cpus()
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GB`
  return `${all.length} × ${all[0].model.trim()}, ${memory}, Linux ${release()}, ${fileSystem(directory)}; Node ${process.version}`
}

/** What is to be said when others use the machine too, or `undefined`. */
export function company() {
  const [load] = loadavg()
  if (load < cpus().length / 4) return undefined
  return `Other work was going on (load ${load.toFixed(1)} before the run): compare the rows of a table with each other only`
}
