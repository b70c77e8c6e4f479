/** What `holdfast systemd` fills in. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { unitFor } from '../../../src/cli/systemd.js'

const valuesOf = (unit: string, name: string) =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))

test('the daemon is called as its directory, and started from where it is', () => {
  const unit = unitFor('/opt/my board/holdfast.config.js', {})
  expect(valuesOf(unit, 'StateDirectory')).toEqual(['my-board'])
  const [command] = valuesOf(unit, 'ExecStart')
  expect(command).toMatch(/^\/.*node \/.*\/cli\/main\.js start "\/opt\/my board\/holdfast\.config\.js"$/)
  expect(valuesOf(unitFor('/holdfast.config.js', {}), 'StateDirectory')).toEqual(['holdfast'])
})

test('a relative config and relative directories count from here', () => {
  const unit = unitFor('holdfast.config.js', { name: 'board', writable: ['inbox'] })
  expect(valuesOf(unit, 'ExecStart')[0]).toContain(` start ${process.cwd()}/holdfast.config.js`)
  expect(valuesOf(unit, 'ReadWritePaths')).toEqual([`${process.cwd()}/inbox`])
})

test('the group gpio is taken where it is, and no other that nobody asked for', () => {
  const hasGpio = /^gpio:/m.test(readFileSync('/etc/group', 'utf8'))
  expect(valuesOf(unitFor('/opt/a/h.js', {}), 'SupplementaryGroups')).toEqual(hasGpio ? ['gpio'] : [])
  const asked = valuesOf(unitFor('/opt/a/h.js', { group: ['gpio', 'video', 'gpio'] }), 'SupplementaryGroups')
  expect(asked).toEqual(['gpio video'])
})
