/** What the doctor says of a board, out of files as its kernel writes them. */
import { chmod, chown, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clockCheck, year } from '../../src/cli/doctor/clock.js'
import { diskCheck } from '../../src/cli/doctor/disk.js'
import { gpioCheck } from '../../src/cli/doctor/gpio.js'
import { linesCheck } from '../../src/cli/doctor/gpio-lines.js'
import { memoryCheck } from '../../src/cli/doctor/memory.js'
import { judged, nodeCheck } from '../../src/cli/doctor/node.js'
import { powerCheck } from '../../src/cli/doctor/power.js'
import { relay } from '../../src/index.js'
import { asNobody, bad, directory, isRoot, NOBODY, place, system, tree } from './ward.js'

const gigabytes = (count: number) => count * 1024 ** 3

describe('node', () => {
  test('this one is well, or no test would run', async () => {
    expect(await nodeCheck()).toMatchObject([{ check: 'node', says: expect.stringContaining(process.versions.node) }])
  })

  test.each([
    ['18.20.4', 'fault'],
    ['20.18.9', 'fault'],
    ['20.19.0', 'ok'],
    ['20.19', 'ok'],
    ['24.0.0', 'ok'],
  ])('%s is %s', (version, level) => {
    expect(judged({ version, arch: 'arm64', heapBytes: gigabytes(2) }, '>=20.19')).toMatchObject([{ level }])
  })

  test('a 32-bit system is worth a note', () => {
    expect(bad(judged({ version: '22.1.0', arch: 'arm', heapBytes: gigabytes(1) }, '>=20.19'))).toEqual([
      'note: Node 22.1.0, arm, a heap of at most 1.0 GB: a 32-bit system',
    ])
  })
})

describe('disk', () => {
  /** The store at a mount of these options, on a disk of that name. */
  async function mounted(line: (path: string) => string, disk?: string) {
    const path = await directory()
    const roots = await system({
      'proc/self/mountinfo': `22 1 179:2 / / rw,noatime - ext4 /dev/root rw\n${line(path)}\n`,
      'sys/block/mmcblk0/device/type': 'SD\n',
      'sys/block/mmcblk1/device/type': 'MMC\n',
    })
    if (disk !== undefined) {
      await mkdir(join(roots.sys, `devices/platform/${disk}`), { recursive: true })
      await mkdir(join(roots.sys, 'dev/block'), { recursive: true })
      await symlink(`../../devices/platform/${disk}`, join(roots.sys, 'dev/block/179:7'))
    }
    return diskCheck(await place({ path: join(path, 'not/yet'), roots }))
  }

  test.each([
    ['tmpfs', 'fault'],
    ['overlay', 'fault'],
    ['nfs4', 'warning'],
    ['cifs', 'warning'],
    ['fuse.sshfs', 'warning'],
    ['vfat', 'warning'],
    ['ext4', 'ok'],
    ['btrfs', 'ok'],
  ])('%s is %s', async (type, level) => {
    const found = await mounted((path) => `36 22 0:99 / ${path} rw,relatime - ${type} none rw`)
    expect(found).toMatchObject([{ level, says: expect.stringContaining(type) }])
  })

  test('what is mounted read-only, or by its file system after an error', async () => {
    for (const [own, inner] of [
      ['ro', 'rw'],
      ['rw', 'ro'],
    ]) {
      const found = await mounted((path) => `36 22 8:1 / ${path} ${own},noatime shared:1 - ext4 /dev/sda1 ${inner}`)
      expect(bad(found)).toEqual([expect.stringMatching(/^fault: .* is mounted read-only$/)])
    }
  })

  test('an SD card, an eMMC, and a disk', async () => {
    const on = (disk: string) => mounted((path) => `36 22 179:7 / ${path} rw,noatime - ext4 /dev/root rw`, disk)
    expect(bad(await on('mmc0/block/mmcblk0/mmcblk0p2'))).toEqual([
      expect.stringContaining('on an SD card, which wears'),
    ])
    expect(bad(await on('mmc1/block/mmcblk1/mmcblk1p2'))).toEqual([expect.stringContaining('on an eMMC, which wears')])
    expect(bad(await on('ata1/block/sda/sda1'))).toEqual([])
  })

  test('options that matter: noatime on a card, commit=, barriers', async () => {
    const line = (path: string) => `36 22 179:7 / ${path} rw,relatime - ext4 /dev/root rw,commit=600,nobarrier`
    const found = await mounted(line, 'mmc0/block/mmcblk0/mmcblk0p2')
    expect(bad(found).map((text) => text.replace(/\/\S+/, 'PATH'))).toEqual([
      'warning: PATH is mounted with nobarrier: an fsync does not wait for the disk',
      'note: PATH is on an SD card, which wears',
      'note: PATH is mounted without noatime: to read is to write',
      'note: PATH is mounted with commit=600: that is for others, what holdfast commits is fsynced',
    ])
  })

  test('the innermost mount counts, the latest of several at one place, and a name with a space', async () => {
    const path = join(await directory(), 'a disk')
    await mkdir(path)
    const at = path.replace(' ', '\\040')
    const lines = [
      `30 22 8:1 / ${at} rw - tmpfs none rw`,
      `31 22 8:2 / ${at} rw - xfs /dev/sdb rw`,
      `32 22 8:3 / ${at}ette rw - vfat /dev/sdc rw`,
    ]
    const roots = await system({ 'proc/self/mountinfo': lines.join('\n') })
    expect(await diskCheck(await place({ path, roots }))).toMatchObject([
      { level: 'ok', says: `xfs, mounted at ${path}` },
    ])
  })

  test('a system that lists no mounts', async () => {
    const path = await directory()
    expect(bad(await diskCheck(await place({ path, roots: await system({}) })))).toHaveLength(1)
  })
})

describe('clock', () => {
  const rtc = { 'sys/class/rtc/rtc0/name': 'rtc-ds1307' }
  const timesync = 'run/systemd/timesync'

  test.each([
    ['nobody sets it', rtc, ['note: .*neither timesyncd nor chrony sets it']],
    ['timesyncd has set it', { ...rtc, [`${timesync}/synchronized`]: '' }, []],
    ['timesyncd has not', { ...rtc, [`${timesync}/other`]: '' }, ['warning: .*has not set it since the boot']],
    ['no clock on the board', { [`${timesync}/synchronized`]: '' }, ['note: no clock goes on while the power is off']],
  ])('%s', async (_, files, expected) => {
    const found = bad(await clockCheck(await place({ roots: await system(files as Record<string, string>) })))
    expect(found).toEqual(expected.map((text) => expect.stringMatching(new RegExp(`^${text}`))))
  })

  test('a board that woke in 1970 is at fault, and says how to set the clock', () => {
    expect(year(new Date(0))).toMatchObject([{ level: 'fault', advice: expect.stringContaining('date -s') }])
    expect(year(new Date('2026-01-01'))).toEqual([])
  })
})

describe('memory', () => {
  const meminfo = (available: number) => `MemTotal:         948304 kB\nMemFree: 1 kB\nMemAvailable:  ${available} kB\n`
  const group = {
    'proc/self/cgroup': '0::/system.slice/portal.service\n',
    'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids',
  }
  const found = async (files: Record<string, string>) =>
    bad(await memoryCheck(await place({ roots: await system(files) })))

  test('enough, and too little', async () => {
    expect(await found({ 'proc/meminfo': meminfo(500_000) })).toEqual([])
    expect(await found({ 'proc/meminfo': meminfo(50_000) })).toEqual(['warning: 48.8 MB of 926 MB are available'])
  })

  test('a group has no more than those around it, and its kills are told', async () => {
    const files = {
      ...group,
      'sys/fs/cgroup/system.slice/portal.service/memory.max': 'max\n',
      'sys/fs/cgroup/system.slice/portal.service/memory.events': 'low 0\noom 3\noom_kill 2\n',
      'sys/fs/cgroup/system.slice/memory.max': String(256 * 1024 * 1024),
    }
    expect(await found(files)).toEqual([
      'note: this session may have 256 MB',
      'warning: the kernel ended processes of this session for want of memory, 2 so far',
    ])
  })

  test('a kernel that does not limit memory, as that of Raspberry Pi OS', async () => {
    expect(await found({ ...group, 'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io pids' })).toEqual([
      expect.stringContaining('MemoryMax= of a unit does nothing'),
    ])
  })

  test('swap on a card, as a partition or a file; in memory it is well', async () => {
    const head = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority'
    const path = join(await tree({ swap: '' }), 'swap')
    const roots = await system({
      'proc/swaps': `${head}\n/dev/zram0 partition 1 0 100\n/dev/mmcblk0p3 partition 1 0 -2\n${path} file 1 0 -3\n`,
      'proc/self/mountinfo': '22 1 179:2 / / rw,noatime - ext4 /dev/root rw\n',
    })
    await mkdir(join(roots.sys, 'devices/mmcblk0/mmcblk0p2'), { recursive: true })
    await mkdir(join(roots.sys, 'dev/block'), { recursive: true })
    await symlink('../../devices/mmcblk0/mmcblk0p2', join(roots.sys, 'dev/block/179:2'))
    expect(bad(await memoryCheck(await place({ roots })))).toEqual([
      'warning: memory is swapped to /dev/mmcblk0p3, on a card',
      `warning: memory is swapped to ${path}, on a card`,
    ])
  })
})

describe('power', () => {
  const hwmon = (alarm: number) => ({
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
    'sys/class/hwmon/hwmon1/in0_lcrit_alarm': `${alarm}\n`,
  })
  const throttled = (flags: string) => ({ 'sys/devices/platform/soc/soc:firmware/get_throttled': `${flags}\n` })
  const zone = (milli: string) => ({
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': `${milli}\n`,
  })
  const low = 'warning: the voltage was too low since the boot'
  const slow = 'warning: the processor was slowed down since the boot'

  test.each([
    ['a machine that says nothing', {}, []],
    ['all is well', { ...hwmon(0), ...throttled('0'), ...zone('45123') }, []],
    ['a weak supply', hwmon(1), [low]],
    ['a weak supply, as the firmware says it', throttled('50005'), [low, slow]],
    ['heat since the boot', throttled('e0000'), [slow]],
    ['heat', zone('84500'), ['warning: the processor has 85 °C']],
    ['a sensor that fails', zone('not today'), []],
  ])('%s', async (_, files, expected) => {
    const roots = await system(files as Record<string, string>)
    expect(bad(await powerCheck(await place({ roots })))).toEqual(expected)
  })
})

describe('gpio', () => {
  const ETC = {
    'etc/passwd': `root:x:0:0::/root:/bin/sh\nlisa:x:${NOBODY}:${NOBODY}::/:/bin/sh\n`,
    'etc/group': 'root:x:0:\ngpio:x:997:pi\n',
  }

  test('a machine without is no fault', async () => {
    expect(await gpioCheck(await place({ roots: await system({ 'dev/null': '' }) }))).toEqual([
      { check: 'gpio', level: 'note', says: 'no GPIO on this machine' },
    ])
  })

  test('chips that may be used, in the order of their numbers', async () => {
    const roots = await system({ 'dev/gpiochip10': '', 'dev/gpiochip4': '', 'dev/gpiochip4a': '' })
    expect(await gpioCheck(await place({ roots }))).toMatchObject([
      { level: 'ok', says: `${roots.dev}/gpiochip4, ${roots.dev}/gpiochip10: this user may use them` },
    ])
  })

  test.each([
    ['pinctrl_rp1', 'Y', ['note: outputs stay at their level when the daemon dies, until it is there again']],
    ['pinctrl_bcm2835', 'Y', ['note: outputs stay at their level when the daemon dies, until it is there again']],
    ['pinctrl_bcm2835', 'N', []],
  ])('what becomes of outputs: %s says %s', async (driver, says, expected) => {
    const setting = `sys/module/${driver}/parameters/persist_gpio_outputs`
    const roots = await system({ 'dev/gpiochip0': '', [setting]: `${says}\n` })
    expect(bad(await gpioCheck(await place({ roots })))).toEqual(expected)
  })

  test('lines that are not there, or with somebody else; not those that are free, or with the daemon', () => {
    const line = (offset: number, name: string, consumer?: string) =>
      ({ offset, name, direction: 'input', used: consumer !== undefined, consumer: consumer ?? '' }) as const
    const lines = [
      line(0, 'GPIO0', 'spi0 CS0'),
      line(1, 'GPIO1', 'holdfast:door'),
      line(2, 'GPIO2'),
      line(3, 'GPIO3', ''),
    ]
    const chips = [{ name: 'gpiochip0', label: 'pinctrl-rp1', lines }]
    const wanted = (address: string | { chip: string; offset: number }) => ({
      ...{ device: 'door', address, consumer: 'holdfast:door' },
    })
    const addresses = ['GPIO0', 'GPIO1', 'GPIO2', { chip: 'pinctrl-rp1', offset: 3 }, 'GPIO71'].map(wanted)
    expect(bad(linesCheck(chips, addresses))).toEqual([
      `warning: door: 'GPIO0' is held by "spi0 CS0"`,
      `warning: door: line 3 of chip 'pinctrl-rp1' is held by somebody who gives no name`,
      expect.stringMatching(/^warning: door: no line has the name 'GPIO71'/),
    ])
  })

  test.for([
    [undefined, 'dev/null', /^note: no GPIO on this machine: the devices of the config are simulated$/],
    ['chardev', 'dev/null', /^fault: no GPIO on this machine, and the config asks for it$/],
    ['simulated', 'dev/gpiochip0', /^note: the devices of the config are simulated$/],
    ['chardev', 'dev/gpiochip0', /^warning: siren: no line has the name 'GPIO27'/],
  ] as const)('the lines of the devices: backend %s, %s', async ([backend, file, says]) => {
    const config = { path: 'store', devices: { siren: relay({ line: 'GPIO27' }) }, gpio: { backend } }
    const top = await tree({ 'holdfast.json': JSON.stringify(config) })
    const asked = { file: join(top, 'holdfast.json'), roots: await system({ [file]: '' }) }
    expect(bad(await gpioCheck(await place(asked)))).toEqual([expect.stringMatching(says)])
  })

  test.runIf(isRoot)('the group to join; who has joined logs in anew; root alone has no group', async () => {
    const refused = async (etc: Record<string, string>, gid: number) => {
      const roots = await system({ ...ETC, ...etc, 'dev/gpiochip0': '' })
      await chmod(join(roots.dev, 'gpiochip0'), 0o660)
      await chown(join(roots.dev, 'gpiochip0'), 0, gid)
      return asNobody('gpio', { roots })
    }
    expect(await refused({}, 997)).toMatchObject([
      {
        level: 'warning',
        says: expect.stringMatching(/of the group gpio$/),
        advice: expect.stringMatching(/^`sudo usermod -aG gpio lisa`/),
      },
    ])
    expect(await refused({ 'etc/group': 'gpio:x:997:pi,lisa\n' }, 997)).toMatchObject([
      { advice: expect.stringMatching(/^lisa is in the group gpio .*log in anew/) },
    ])
    expect(await refused({}, 0)).toMatchObject([{ advice: expect.stringMatching(/udev/) }])
  })
})
