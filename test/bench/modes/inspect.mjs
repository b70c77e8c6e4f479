import { join } from 'node:path'
import WebSocket from 'ws'
import { allocatedDuring, shareDuring } from '../attribution.mjs'
import { percentile } from '../statistics.mjs'
import { chunks } from './inputs.mjs'

const ROUNDS = 8

/** Figures by allocation are the middle of so many. */
const LOOKS = 3

/** The inspector, and the tape that is there for it alone. */
const isInspector = (url) => /\/src\/(inspect\/|kernel\/tape)/.test(url)

/** Looks at everything; resolves with how to leave. */
async function look(socket) {
  const looking = new WebSocket(`ws+unix://${socket}:/v1/inspect`, 'holdfast.inspect.v1')
  let told = 0
  looking.on('message', () => {
    told += 1
  })
  await new Promise((resolve) => looking.once('open', resolve))
  looking.send(JSON.stringify({ type: 'subscribe', all: true, limit: 0 }))
  return {
    told: () => told,
    leave: async () => {
      looking.close()
      await new Promise((resolve) => looking.once('close', resolve))
    },
  }
}

async function walk(driver, tasks) {
  const before = driver.ended()
  for (const chunk of chunks(tasks)) await driver.addMany(chunk, { kind: 'walk' })
  while (driver.ended() < before + tasks) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Processor time of a machine, in microseconds: what else the computer does is not in it. */
async function cpuUs(driver, tasks) {
  const from = process.cpuUsage()
  await walk(driver, tasks)
  const { user, system } = process.cpuUsage(from)
  return (user + system) / tasks
}

/** What a machine costs in bytes, and how much of that, and of the processor, is the inspector's. */
async function attributed(driver, tasks) {
  const { all, mine } = await allocatedDuring(() => walk(driver, tasks), isInspector)
  const percent = await shareDuring(() => walk(driver, tasks), isInspector)
  return { bytes: all / tasks, inspectorBytes: mine / tasks, inspectorPercent: percent }
}

/**
 * Machines of three steps in two runtimes, in turns: one into which nobody ever looked, and one that was looked into and
 * left; then the same while somebody looks at all of it.
 */
export async function inspect({ open, tasks, directory }) {
  const made = async (name) => {
    const socket = join(directory, `run-${name}`, 's')
    const driver = await open(() => null, { directory: join(directory, name), runtime: { api: { socket } } })
    return { socket, driver }
  }
  const [never, left] = [await made('never'), await made('left')]
  await (await look(left.socket)).leave()
  const figures = { absent: [], off: [], on: [] }
  for (const { driver } of [never, left]) await cpuUs(driver, tasks)
  for (let round = 0; round < ROUNDS; round += 1) {
    // Whoever comes second finds the other's garbage: they take turns in that, too.
    const turn = [
      ['absent', never],
      ['off', left],
    ]
    for (const [name, { driver }] of round % 2 ? turn.reverse() : turn) figures[name].push(await cpuUs(driver, tasks))
  }
  const looks = { absent: [], off: [] }
  for (let n = 0; n < LOOKS; n += 1) {
    looks.absent.push(await attributed(never.driver, tasks))
    looks.off.push(await attributed(left.driver, tasks))
  }
  const looking = await look(left.socket)
  const before = looking.told()
  const fromMs = performance.now()
  for (let round = 0; round < ROUNDS; round += 1) figures.on.push(await cpuUs(left.driver, tasks))
  const toldPerSecond = (looking.told() - before) / ((performance.now() - fromMs) / 1000)
  const on = await attributed(left.driver, tasks)
  await looking.leave()
  const middle = (name) => percentile(figures[name], 0.5)
  const looked = (name, figure) => looks[name].map((each) => each[figure])
  return {
    absentUs: middle('absent'),
    offUs: middle('off'),
    onUs: middle('on'),
    toldPerSecond,
    absentBytes: percentile(looked('absent', 'bytes'), 0.5),
    offBytes: percentile(looked('off', 'bytes'), 0.5),
    offInspectorBytes: Math.max(...looked('off', 'inspectorBytes')),
    offInspectorPercent: Math.max(...looked('off', 'inspectorPercent')),
    onInspectorBytes: on.inspectorBytes,
    onInspectorPercent: on.inspectorPercent,
  }
}
