/** The unit for systemd: what it says, and what systemd itself says of it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemdUnit, type UnitOptions } from '../../../src/daemon/systemd-unit.js'

const MAIN = '/opt/portal/node_modules/holdfast/dist/src/cli/main.js'
const plain: UnitOptions = {
  name: 'portal',
  node: process.execPath,
  main: MAIN,
  config: '/opt/portal/holdfast.config.js',
}
/** 0 is shut in, 10 is open to everything; a unit that says nothing has 9.6. In tenths. */
const EXPOSURE = 20

const settings = (unit: string) => unit.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('what it says', () => {
  test('every line of it is an assignment, a section or a comment', () => {
    for (const line of systemdUnit({ ...plain, memoryMax: '256M', writable: ['/srv/in'] }).split('\n')) {
      expect(line).toMatch(/^(|# .+|\[(Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/)
    }
  })

  test('the daemon is started by absolute paths, whatever is in them', () => {
    const lines = settings(systemdUnit({ ...plain, config: `/srv/my "portal" 100%/$HOME;/a'b\\c.mjs` }))
    expect(lines).toContain(
      `ExecStart=${process.execPath} ${MAIN} start "/srv/my \\"portal\\" 100%%/$$HOME;/a'b\\\\c.mjs"`,
    )
  })

  test('a user of its own, or one that is there; groups for its devices', () => {
    expect(settings(systemdUnit(plain))).toContain('DynamicUser=yes')
    const lines = settings(systemdUnit({ ...plain, user: 'pi', groups: ['gpio', 'i2c'] }))
    expect(lines).toEqual(expect.arrayContaining(['User=pi', 'SupplementaryGroups=gpio i2c']))
    expect(lines).not.toContain('DynamicUser=yes')
  })

  test('what is in a home can be read, and nothing is there otherwise', () => {
    expect(settings(systemdUnit(plain))).toContain('ProtectHome=yes')
    expect(settings(systemdUnit({ ...plain, config: '/home/pi/h.mjs' }))).toContain('ProtectHome=read-only')
    expect(settings(systemdUnit({ ...plain, config: '/homes/pi/h.mjs' }))).toContain('ProtectHome=yes')
  })

  test('memory, devices and directories are as asked for', () => {
    const options = { memoryMax: '256M', devices: ['/dev/i2c-1', 'char-ttyUSB'], writable: ['/srv/in box', '/srv/$x'] }
    expect(settings(systemdUnit({ ...plain, ...options }))).toEqual(
      expect.arrayContaining([
        'MemoryMax=256M',
        'DeviceAllow=char-gpiochip rw',
        'DeviceAllow=/dev/i2c-1 rw',
        'DeviceAllow=char-ttyUSB rw',
        'ReadWritePaths="/srv/in box"',
        'ReadWritePaths=/srv/$x',
      ]),
    )
    expect(systemdUnit(plain)).not.toContain('MemoryMax')
  })

  for (const [what, options] of Object.entries({
    'a name with a slash': { name: '../portal' },
    'a relative config': { config: 'holdfast.config.js' },
    'a path with a line break': { config: '/opt/a\nExecStartPre=/bin/sh' },
    'a group with a blank': { groups: ['gpio i2c'] },
    'a user that is a number with a break': { user: 'pi\nUser=root' },
    'memory in words': { memoryMax: 'much' },
    'a device that is none': { devices: ['/etc/shadow'] },
    'a writable path that is relative': { writable: ['in'] },
  })) {
    test(`${what} is refused`, () => {
      expect(() => systemdUnit({ ...plain, ...options })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
      )
    })
  }
})

describe('what systemd says of it', () => {
  const missing = spawnSync('systemd-analyze', ['--version']).status === 0 ? undefined : 'there is no systemd-analyze'
  if (missing) console.warn(`SKIPPED, what systemd says of the unit: ${missing}`)
  const analyze = (options: UnitOptions, ...args: string[]) => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-unit-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'portal.service')
    writeFileSync(file, systemdUnit(options))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }
  const full: UnitOptions = {
    ...plain,
    user: 'root',
    groups: ['root'],
    devices: ['/dev/i2c-1'],
    writable: ['/srv/in box'],
    memoryMax: '50%',
  }

  test.skipIf(missing)('it is understood, to the last line', () => {
    for (const options of [plain, full]) {
      const { status, stderr } = analyze(options, 'verify', '--man=no')
      // Of the other units of this machine it may have something to say.
      expect([status, stderr.split('\n').filter((line) => line.includes('portal'))]).toEqual([0, []])
    }
  })

  test.skipIf(missing)('a line that is none would be found', () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-unit-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'portal.service')
    writeFileSync(file, systemdUnit(plain).replace('WatchdogSec=30', 'WatchdogSek=30'))
    expect(spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' }).stderr).toContain('WatchdogSek')
  })

  test.skipIf(missing)('its exposure is low', () => {
    const report = analyze(plain, 'security', '--offline=true', '--no-pager', `--threshold=${EXPOSURE}`)
    expect(report.stdout).toMatch(/Overall exposure level for portal\.service: \d\.\d OK/)
    expect(report.status).toBe(0)
    const [, level] = /exposure level for portal\.service: (\d+\.\d)/.exec(report.stdout) as RegExpExecArray
    expect(Number(level) * 10).toBeLessThanOrEqual(EXPOSURE)
  })
})
