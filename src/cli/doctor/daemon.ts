import { join } from 'node:path'
import type { Client } from '../../client/index.js'
import { HoldfastError } from '../../model/errors.js'
import type { RuntimeState } from '../../runtime/lifetime.js'
import { holderOf } from '../../store/lock.js'
import { bytesOf, counted, whenOf } from '../words.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'

/** The others are counted. */
const SHOWN = 3
/** Tasks of the manifest that are looked at. */
const MOST = 1_000

const daemon = new Findings('daemon')

/** What the daemon says of itself, when there is one that answers. */
export async function daemonCheck(place: Place): Promise<Finding[]> {
  let client: Client
  try {
    client = await place.daemon()
  } catch (error) {
    // A config that cannot be read is told of already.
    return place.config?.error === undefined ? [unasked(error as HoldfastError)] : []
  }
  try {
    const is = await client.state()
    const found = [gates, routes, kinds, devices, quarantine, dead, wear].map((look) => look(client))
    // One that is not working may refuse to answer.
    return [state(is), ...(await Promise.all(is === 'working' ? found : found.map(orNothing))).flat()]
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'ERR_NO_DAEMON') throw error
    return [await silent(error, place)]
  }
}

const unasked = ({ message, hint }: HoldfastError) => daemon.note(`none was asked: ${message}`, hint)

/** Nobody answers, and that is well unless somebody works in the store. */
async function silent(error: HoldfastError, { path }: Place): Promise<Finding> {
  const pid = path === undefined ? undefined : await holderOf(join(path, 'db')).catch(() => undefined)
  if (pid === undefined) return daemon.note(`none answers: ${error.message}`, 'To start it: `holdfast start`.')
  return daemon.warning(`process ${pid} has the store open, and does not answer: ${error.message}`, error.hint)
}

const orNothing = (found: Promise<Finding[]>) => found.catch(() => [])

function state(is: RuntimeState): Finding {
  if (is === 'working') return daemon.ok('it is working')
  if (is !== 'degraded') return daemon.note(`it is ${is}`)
  const advice = 'Its disk refuses to be written: `df -h`, `dmesg`. It goes on by itself when that is over.'
  return daemon.fault('it is degraded, and takes no work', advice)
}

async function gates(client: Client): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { name, state, since, reason, flapping, routes, kinds } of await client.gates.list()) {
    const why = reason === undefined ? '' : `: ${reason}`
    if (flapping)
      found.push(daemon.warning(`the gate ${name} opens and closes again and again${why}`, '`holdfast gates`'))
    else if (state === 'closed')
      found.push(
        daemon.note(
          `the gate ${name} closed ${whenOf(since) ?? 'at the start'}${why}; it holds ${[...routes, ...kinds].join(', ')}`,
        ),
      )
  }
  return found
}

async function routes(client: Client): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { name, paused, held, queued } of await client.routes.list()) {
    const waiting = counted(queued, 'task')
    if (paused)
      found.push(daemon.note(`the route ${name} is paused, ${waiting} in it`, `\`holdfast routes resume ${name}\``))
    else if (held.length > 0 && queued > 0) {
      found.push(daemon.note(`the route ${name} starts nothing (${held.join(', ')}), ${waiting} in it`))
    }
  }
  return found
}

async function kinds(client: Client): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { name, retired, settingsError } of await client.kinds.list()) {
    if (settingsError !== undefined) {
      const advice = `Its defaults hold: \`holdfast kinds show ${name}\`.`
      found.push(daemon.warning(`what was set of the kind ${name} does not fit any more: ${settingsError}`, advice))
    }
    const left = retired ? await client.count({ kind: name, state: ['SPOOLED', 'QUEUED'] }) : 0
    if (left > 0)
      found.push(daemon.note(`the kind ${name} is retired, and ${counted(left, 'task')} of it still to run`))
  }
  return found
}

async function devices(client: Client): Promise<Finding[]> {
  const faulty = (await client.devices.list()).filter(({ link }) => link === 'faulty')
  return faulty.map(({ id, fault }) =>
    daemon.warning(`the device ${id} failed ${whenOf(fault?.since)}: ${fault?.message}`, fault?.hint),
  )
}

async function quarantine(client: Client): Promise<Finding[]> {
  const items = await client.quarantine.list()
  if (items.length === 0) return []
  const reasons = items.slice(0, SHOWN).map(({ id, reason }) => `${id}: ${reason}`)
  const says = `${counted(items.length, 'record')} in quarantine: ${reasons.join('; ')}`
  return [daemon.warning(items.length > SHOWN ? `${says}; and more` : says, '`holdfast quarantine`')]
}

async function dead(client: Client): Promise<Finding[]> {
  const { items, cursor } = await client.manifest({ limit: MOST })
  const count = items.filter(({ retryAt }) => retryAt === undefined).length
  if (count === 0) return []
  const says = `${counted(count, 'task')}${cursor === undefined ? '' : ' or more'} failed for good`
  return [daemon.note(says, 'To see them: `holdfast manifest --dead`; to try again: `holdfast retry ID`.')]
}

/** What was written today, beside the budget of a day. */
async function wear(client: Client): Promise<Finding[]> {
  const lines = (await client.metrics()).split('\n').map((line) => line.split(' '))
  const of = (name: string) => Number(lines.find(([sample]) => sample === `holdfast_wear_${name}`)?.[1] ?? Number.NaN)
  const bytes = Math.max(...['store', 'kernel'].map((source) => of(`bytes_today{source="${source}"}`) || 0))
  const [mostBytes, fsyncs, mostFsyncs] = [
    of('budget_per_day{of="bytes"}'),
    of('fsyncs_today'),
    of('budget_per_day{of="fsyncs"}'),
  ]
  return [
    ...(bytes > mostBytes
      ? [daemon.warning(`${bytesOf(bytes)} were written today, the budget is ${bytesOf(mostBytes)}`, WEAR)]
      : []),
    ...(fsyncs > mostFsyncs
      ? [daemon.warning(`${counted(fsyncs, 'fsync')} today, the budget is ${mostFsyncs.toLocaleString('en')}`, WEAR)]
      : []),
  ]
}

const WEAR = 'docs/guides/keep-the-card-alive.md says how to write less.'
