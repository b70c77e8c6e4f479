// One measurement: a directory, a count of fsyncs and a server of its own; each phase in a fresh process.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { newDisk } from './disk.mjs'
import { modes } from './modes/index.mjs'
import { watch } from './probe.mjs'
import { newCount } from './syncs.mjs'
import { systems } from './systems.mjs'

const child = new URL('./child.mjs', import.meta.url)
const running = new Set()
process.once('exit', () => {
  for (const each of running) each.kill('SIGKILL')
})

/** Runs one phase to its end, or to the SIGKILL that it asks for. */
async function play(order, { env, profile }) {
  const execArgv = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  const execPath = systems[order.system].node?.() ?? process.execPath
  const phase = fork(child, [JSON.stringify(order)], { env: { ...process.env, ...env }, execArgv, execPath })
  running.add(phase)
  const ended = once(phase, 'exit').then(([code]) => {
    running.delete(phase)
    return { failed: `the process ended with code ${code}` }
  })
  try {
    const message = await Promise.race([once(phase, 'message').then(([first]) => first), ended])
    // It ends by itself, so that its profile is written.
    if (message.result) await ended
    if (!message.watch) return message.result ?? message.kill ?? message
    const seen = { client: phase.pid, server: order.server?.pid, ms: message.ms, syncsFile: env.SYNCS_FILE }
    return { ...message.watch, ...(await watch(seen)) }
  } finally {
    phase.kill('SIGKILL')
    await ended
  }
}

/** Measures one system in one case; gives its figures, or `{ failed }`. */
export async function measure(system, { name: _name, title: _title, columns: _columns, ...each }, rig) {
  const home = mkdtempSync(join(rig.directory, 'run-'))
  // The server of a peer may run as another user.
  chmodSync(home, 0o777)
  // What the one before left for the disk to do, its removal included, is done.
  execFileSync('sync', ['-f', home])
  const env = newCount(rig.library, home, each.delayMs)
  let disk
  let server
  try {
    disk = each.diskBytes ? newDisk(home, each.diskBytes) : undefined
    const directory = disk?.path ?? home
    server = await systems[system].server?.startServer({ directory, env })
    const { stop: _stop, ...reach } = server ?? {}
    let figures = {}
    for (const phase of modes[each.mode].keys()) {
      const order = { ...each, phase, system, directory, cgroup: rig.cgroup, ...(server ? { server: reach } : {}) }
      figures = { ...figures, ...(await play(order, { env, profile: rig.profile })) }
      if (figures.failed) break
    }
    return figures
  } catch (error) {
    return { failed: error.message.split('\n')[0] }
  } finally {
    await server?.stop()
    disk?.release()
    rmSync(home, { recursive: true, force: true })
  }
}
