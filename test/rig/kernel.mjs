/** The kernel of the machine, built or out of the cache; and where there can be none. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MAKE = fileURLToPath(new URL('make-rig.sh', import.meta.url))

/** Ends the process where no machine can be booted. */
export function prepareKernel() {
  const { platform, arch } = process
  if (platform !== 'linux' || arch !== 'x64') skip(`it needs Linux on x64, not ${platform} ${arch}`)
  if (!existsSync('/etc/debian_version')) skip('its kernel is built from the Debian package linux-source-6.12')
  execFileSync(MAKE, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Whether a kernel that ended before it was up was not allowed what it needs. */
export const isForbidden = (complaint) => /ptrace|seccomp|PROT_EXEC|noexec/i.test(complaint)

export function skip(why) {
  console.log(`SKIPPED: the machine cannot run here: ${why}`)
  process.exit(0)
}
