import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newGroup } from '../group.mjs'
import { freePort } from '../servers/free-port.mjs'

const ROOT = new URL('../../../', import.meta.url).pathname
const FILE_BYTES = 100_000
const AT_ONCE = 20

/** The group, or a loud word and none. */
function groupOf(parent, bytes) {
  try {
    return newGroup(parent, bytes)
  } catch (error) {
    console.error(`the portal runs WITHOUT a bound on its memory: ${error.message}`)
    return undefined
  }
}

const archived = (home) => {
  const manifest = join(home, 'archive', 'manifest')
  return existsSync(manifest) ? readdirSync(manifest).filter((name) => name.endsWith('.json')).length : 0
}

/** The daemon of docs/examples/portal with files put into its inbox: the most memory that it took. */
export async function portal({ directory, files, boundBytes, cgroup, capMs }) {
  const group = groupOf(cgroup, boundBytes)
  const home = join(directory, 'portal')
  const env = { ...process.env, HOLDFAST_PORTAL_DIR: home, HOLDFAST_PORTAL_PORT: String(await freePort()) }
  const start = ['dist/src/cli/main.js', 'start', 'docs/examples/portal/holdfast.config.js']
  // It joins its group before it is Node, which asks how much memory there is.
  const joining = group ? `echo $$ > ${group.procs} && ` : ''
  const shell = ['-c', `${joining}exec "$0" "$@"`, process.execPath, ...start]
  const daemon = spawn('/bin/sh', shell, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const over = once(daemon, 'exit').then(([code, signal]) => ({ failed: `the portal ended: ${signal ?? code}` }))
  const stop = async () => {
    daemon.kill('SIGTERM')
    await over
    group?.remove()
  }
  const work = async () => {
    const inbox = join(home, 'inbox')
    const fromMs = performance.now()
    const late = () => performance.now() > fromMs + capMs
    while (!existsSync(inbox) && !late()) await sleep(20)
    for (let n = 0; n < files; n += 1) {
      const path = join(inbox, `picture-${n}.jpg`)
      writeFileSync(`${path}.part`, randomBytes(FILE_BYTES))
      renameSync(`${path}.part`, path)
      if (n % AT_ONCE === 0) await sleep(1)
    }
    while (archived(home) < files && !late()) await sleep(50)
    const peakBytes = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))[1]) * 1024
    const filesArchived = archived(home)
    if (filesArchived < files) throw new Error(`${filesArchived} of ${files} files were archived in time`)
    return {
      ...{ filesArchived, peakBytes, boundBytes: group ? boundBytes : Number.NaN },
      ...{ groupPeakBytes: group?.peakBytes() ?? Number.NaN, kills: group?.kills() ?? Number.NaN },
    }
  }
  try {
    return await Promise.race([work(), over])
  } finally {
    await stop()
  }
}
