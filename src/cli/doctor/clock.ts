import { constants } from 'node:fs'
import { join } from 'node:path'
import { synced } from '../../kernel/synced.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { may } from './reach.js'

/** This program is not older. */
const FIRST_YEAR = 2025
const THERE = constants.F_OK

const clock = new Findings('clock')

/** Whether the time of day can be believed, now and after a power cut. */
export async function clockCheck({ roots }: Place): Promise<Finding[]> {
  const now = new Date()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return [
    ...year(now),
    ...(await service(roots.run, `${now.toISOString().slice(0, 16)}Z, the zone is ${zone}`)),
    ...(await battery(roots.sys)),
  ]
}

/** A wrong year is wrong for certificates, too: nothing that comes over TLS is believed. */
export function year(now: Date): Finding[] {
  if (now.getUTCFullYear() >= FIRST_YEAR) return []
  const advice = '`timedatectl status`; by hand: `sudo date -s "YYYY-MM-DD hh:mm"`.'
  return [clock.fault(`the clock says ${now.toISOString().slice(0, 10)}`, advice)]
}

async function service(run: string, now: string): Promise<Finding[]> {
  const [timesync, chrony] = [join(run, 'systemd/timesync'), join(run, 'chrony')]
  const says = await synced({ paths: { timesync, chrony } })
  if (says === 'unknown') {
    const advice = '`sudo apt install systemd-timesyncd`, unless something else sets it.'
    return [clock.note(`${now}; neither timesyncd nor chrony sets it`, advice)]
  }
  if (says === 'yes') return [clock.ok(`${now}, set by a time service`)]
  const advice = 'Schedules by the time of day wait for it, for `clock.hold` at most: `timedatectl timesync-status`.'
  return [clock.warning(`${now}; its time service has not set it since the boot`, advice)]
}

async function battery(sys: string): Promise<Finding[]> {
  if (await may(join(sys, 'class/rtc/rtc0'), THERE)) return []
  const advice = 'Schedules wait until the network has set it; docs/concepts/time.md.'
  return [clock.note('no clock goes on while the power is off: the board wakes in the past', advice)]
}
