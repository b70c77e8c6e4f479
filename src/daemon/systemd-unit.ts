/**
 * The unit of a daemon for systemd: started at boot, watched, started anew when it falls silent, and shut in. It sees
 * its own two directories, the network and the GPIO chips, and may do nothing that it has no need of. Why a line is
 * there stands above it in the unit, for whoever has to loosen one.
 */
import { isAbsolute } from 'node:path'
import { invalid } from '../runtime/checks.js'

export interface UnitOptions {
  /** Name of the service, of its state and run directories, and of its entries in the journal. */
  readonly name: string
  /** Absolute paths: of node, of the command line's main module, and of the config. */
  readonly node: string
  readonly main: string
  readonly config: string
  /** A user that is there already. Default: systemd makes one while the daemon runs. */
  readonly user?: string
  /** Groups whose devices and sockets it may use; each has to be there. */
  readonly groups?: readonly string[]
  /** Directories outside its own that it may write to, absolute. */
  readonly writable?: readonly string[]
  /** Devices beside the GPIO chips, as DeviceAllow names them: `/dev/i2c-1`, `char-ttyUSB`. */
  readonly devices?: readonly string[]
  /** The most memory, as systemd writes it: `256M`, `20%`. Default: no bound. */
  readonly memoryMax?: string
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
/** Names of users and groups that systemd takes without a warning. */
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,30}$/
const MEMORY = /^\d+(\.\d+)?[KMGT%]?$/
const DEVICE = /^(\/dev\/[\w./*-]+|(char|block)-[\w.*-]+)$/
/** Where ProtectHome= leaves nothing to be seen. */
const HOMES = /^\/(home|root|run\/user)(\/|$)/

/**
 * The text of the unit.
 * @throws ERR_INVALID_OPTION
 * @example systemdUnit({ name: 'portal', node: process.execPath, main, config: '/opt/portal/holdfast.config.js' })
 */
export function systemdUnit(options: UnitOptions): string {
  check(options)
  const sections = [unitSection(options), ...serviceSection(options), '[Install]\nWantedBy=multi-user.target']
  return `${sections.join('\n\n')}\n`
}

function unitSection({ name }: UnitOptions): string {
  return `# /etc/systemd/system/${name}.service
[Unit]
Description=${name}, a holdfast daemon
# It waits for no network: its gates do that, for each route by itself.
After=local-fs.target time-set.target
# Thirty starts in ten minutes are no accident: it stays down until \`systemctl reset-failed ${name}\`.
StartLimitIntervalSec=10min
StartLimitBurst=30`
}

function serviceSection(options: UnitOptions): string[] {
  const { name, node, main, config, memoryMax } = options
  // A dollar begins a variable here, and nowhere else.
  const command = [node, main, 'start', config].map((each) => word(each).replaceAll('$', '$$$$')).join(' ')
  const memory =
    memoryMax === undefined ? [] : [`# Beyond it the kernel ends a process of the daemon.\nMemoryMax=${memoryMax}`]
  return [
    `[Service]
# Started is when the store is open and the socket listens; the daemon says so, and nobody in its name.
Type=notify
NotifyAccess=main
ExecStart=${command}
# It gives a sign every 15 s while its loop turns and its commits come back; without one it is ended and started anew.
WatchdogSec=30
Restart=on-failure
RestartSec=5
# A wrong command line does not get better.
RestartPreventExitStatus=2
# What runs has ten seconds to end; the daemon asks for more when it needs it.
TimeoutStopSec=30
# The daemon alone is told to stop; it ends its children. What is left then is killed.
KillMode=mixed
# A child that took too much memory is the daemon's affair.
OOMPolicy=continue
# Only what writes may wear the card: no memory images.
LimitCORE=0
LimitNOFILE=8192`,
    ...memory,
    `# The store, where the config has no \`path\`: $STATE_DIRECTORY, /var/lib/${name}. A stop leaves it.
StateDirectory=${name}
StateDirectoryMode=0700
# The socket, where \`api\` names none: $RUNTIME_DIRECTORY, /run/${name}. The rights of the socket say who may use it.
RuntimeDirectory=${name}
RuntimeDirectoryMode=0711
WorkingDirectory=%S/${name}
SyslogIdentifier=${name}
UMask=0077`,
    accountOf(options),
    `${filesOf(options)}
PrivateTmp=yes`,
    `# The GPIO chips, whose number differs by board and kernel; without this line a closed policy hides them.
DevicePolicy=closed
DeviceAllow=char-gpiochip rw${(options.devices ?? []).map((device) => `\nDeviceAllow=${device} rw`).join('')}`,
    `# HTTP over sockets; netlink tells Node its own addresses.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
# MemoryDenyWriteExecute= is left out: Node compiles while it runs.
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# The socket is given to its group.
SystemCallFilter=@chown
SystemCallErrorNumber=EPERM`,
    `CapabilityBoundingSet=
NoNewPrivileges=yes
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
# Sensors in /sys are read all the same. ProcSubset=pid is left out: the id of the boot is in /proc/sys.
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes`,
  ]
}

function accountOf({ user, groups = [] }: UnitOptions): string {
  const account =
    user === undefined
      ? '# A user of its own, made by systemd; its files are in /var/lib/private.\nDynamicUser=yes'
      : `User=${user}`
  return groups.length === 0 ? account : `${account}\nSupplementaryGroups=${groups.join(' ')}`
}

function filesOf({ node, main, config, writable = [] }: UnitOptions): string {
  const atHome = [node, main, config].find((path) => HOMES.test(path))
  const home =
    atHome === undefined
      ? 'ProtectHome=yes'
      : `# ${atHome} is in a home: its user has to let the daemon read it.\nProtectHome=read-only`
  const paths = writable.map((path) => `ReadWritePaths=${word(path)}\n`).join('')
  return `# The file system is read-only but for the two directories above.\nProtectSystem=strict\n${paths}${home}`
}

/** One word of several: quoted where it has to be. A percent sign begins a specifier. */
function word(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')
  return /[\s"'\\;]/.test(text) ? `"${escaped}"` : escaped
}

function check({ name, user, groups, memoryMax, devices, ...paths }: UnitOptions): void {
  if (!NAME.test(name)) throw invalid('name', 'letters, digits, `.`, `_` and `-`, at most 64', name)
  for (const [option, path] of Object.entries({ ...paths, writable: undefined })) {
    if (path !== undefined) checkPath(option, path)
  }
  for (const path of paths.writable ?? []) checkPath('writable', path)
  for (const account of [user, ...(groups ?? [])]) {
    if (account !== undefined && !ACCOUNT.test(account)) throw invalid('user', 'the name of a user or group', account)
  }
  if (memoryMax !== undefined && !MEMORY.test(memoryMax)) throw invalid('memoryMax', "as '256M' or '20%'", memoryMax)
  for (const device of devices ?? []) {
    if (!DEVICE.test(device)) throw invalid('devices', "as '/dev/i2c-1' or 'char-ttyUSB'", device)
  }
}

function checkPath(option: string, path: unknown): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would begin a line of their own
  if (typeof path === 'string' && isAbsolute(path) && !/[\u0000-\u001f]/.test(path)) return
  throw invalid(option, 'an absolute path', path)
}
