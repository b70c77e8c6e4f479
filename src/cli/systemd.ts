/** `holdfast systemd`: the unit of a config, with what is left out filled in from where it is written. */
import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemdUnit } from '../daemon/systemd-unit.js'

export interface SystemdOptions {
  /** Default: the name of the config's directory. */
  readonly name?: string
  readonly user?: string
  /** Beside `gpio`, which is taken where this machine has it. */
  readonly group?: readonly string[]
  readonly writable?: readonly string[]
  readonly device?: readonly string[]
  readonly memory?: string
}

const FALLBACK = 'holdfast'
const GPIO = 'gpio'

/** @throws ERR_INVALID_OPTION */
export function unitFor(config: string, options: SystemdOptions): string {
  const { name = nameOf(config), user, group = [], writable = [], device, memory } = options
  return systemdUnit({
    name,
    node: process.execPath,
    main: fileURLToPath(new URL('./main.js', import.meta.url)),
    config: resolve(config),
    ...(user !== undefined && { user }),
    groups: [...new Set([...(hasGroup(GPIO) ? [GPIO] : []), ...group])],
    writable: writable.map((path) => resolve(path)),
    ...(device && { devices: device }),
    ...(memory !== undefined && { memoryMax: memory }),
  })
}

/** `/opt/board/holdfast.config.js` is the daemon `board`. */
function nameOf(config: string): string {
  const name = basename(dirname(resolve(config))).replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 64) : FALLBACK
}

/** A group that is not there would keep the daemon from starting. */
function hasGroup(name: string): boolean {
  try {
    return readFileSync('/etc/group', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`))
  } catch {
    return false
  }
}
