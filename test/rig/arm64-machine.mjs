/**
 * The machine as an arm64 one, which qemu emulates: no instruction of it is one of the host. It has the clone at the path
 * that this has on the host, so that both machines run the same programs.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { skip } from './kernel.mjs'
import { CUT, DIED, Machine } from './machine.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const clone = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Which Node is in it, and the size of the pages of its kernel. */
const { RIG_NODE = '20', RIG_PAGES = '4k' } = process.env
/** Of a Raspberry Pi 5, which can have pages of both sizes. Two of its four cores: the host may have no more. */
const BOARD = ['-M', 'virt,gic-version=3', '-cpu', 'cortex-a76', '-smp', '2', '-m', '1G']
const BARE = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-accel', 'tcg,thread=multi']
const CONSOLE_LINES = 20

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

let kernel
let root
let dist

export class Arm64Machine extends Machine {
  static patience = 10
  /** It has a copy of the build: one that is made meanwhile changes nothing. */
  static hasOwnBuild = true

  static prepare() {
    const { platform, arch } = process
    if (platform !== 'linux' || arch !== 'x64') skip(`it is made on Linux on x64, not on ${platform} ${arch}`)
    if (!existsSync('/etc/debian_version')) skip('its kernel and its libraries are made of packages of Debian')
    const make = (script, word) => {
      const stdio = ['ignore', 'pipe', 'inherit']
      return execFileSync(`${here}${script}`, [word], { encoding: 'utf8', stdio }).trim()
    }
    root = make('make-arm64-root.sh', RIG_NODE)
    kernel = make('make-arm64-kernel.sh', RIG_PAGES)
    // The build as an image: through 9p each of its files would be asked for with many calls of the host.
    dist = `${clone}/.rig/arm64-dist.img`
    mkdirSync(`${clone}/.rig`, { recursive: true })
    execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', `${clone}/dist`, dist, '64M'], { env, stdio: 'pipe' })
  }

  plugIn({ disk, fileSystem, witness, command, kernel: more = '' }) {
    const files = filesOf(disk)
    for (const file of Object.values(files)) rmSync(file, { force: true })
    writeFileSync(files.job, job(files.status, fileSystem, witness, command))
    const words = ['root=/dev/vda rootfstype=ext4 rw init=/init console=ttyAMA0 quiet panic=-1', more]
    words.push(`RIG_CLONE=${clone}`, `RIG_JOB=${files.job}`)
    const args = [...BOARD, ...BARE, '-serial', `file:${files.console}`]
    args.push('-kernel', kernel, '-append', words.join(' '))
    // Its kernel counts disks from the last to the first. The root is as it was made at every boot: what is written to it
    // goes with the machine.
    args.push(...drive('store', disk), ...drive('dist', `${dist},readonly=on`), ...drive('root', `${root},snapshot=on`))
    args.push(...share('clone', clone, ',readonly=on'), ...share('rig', `${clone}/.rig`, ''))
    this.process = spawn('qemu-system-aarch64', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    return this.process
  }

  statusOf() {
    const { status, console } = filesOf(this.disk)
    if (this.process.signalCode === 'SIGKILL') return CUT
    if (existsSync(status)) return Number(readFileSync(status, 'utf8'))
    const said = existsSync(console) ? readFileSync(console, 'utf8') : ''
    this.complaint += said.trimEnd().split('\n').slice(-CONSOLE_LINES).join('\n')
    return DIED
  }

  cut() {
    this.process.kill('SIGKILL')
  }
}

/** What stands beside a disk. */
const filesOf = (disk) => ({ job: `${disk}.job`, status: `${disk}.status`, console: `${disk}.console` })
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/** What the init reads. */
function job(status, fileSystem, witness, command) {
  const { patience } = Arm64Machine
  const words = {
    FS: fileSystem,
    OUT: witness,
    STATUS: status,
    PATIENCE: `${patience}`,
    PAGES: RIG_PAGES,
    CMD: command,
  }
  return Object.entries(words)
    .map(([name, value]) => `RIG_${name}=${quoted(value)}\n`)
    .join('')
}

const drive = (id, file) => [
  ...['-drive', `if=none,id=${id},format=raw,file=${file}`],
  ...['-device', `virtio-blk-device,drive=${id}`],
]

const share = (tag, path, more) => [
  ...['-fsdev', `local,id=${tag},path=${path},security_model=none${more}`],
  ...['-device', `virtio-9p-device,fsdev=${tag},mount_tag=${tag}`],
]
