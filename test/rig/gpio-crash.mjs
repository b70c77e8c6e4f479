/**
 * What runs on the machine: a daemon on real lines, killed with SIGKILL at every point between an edge, its commit and its
 * task, and started again at once. `gpio-crash.mjs DIST [--all]`: at three passages of each point, or at one.
 */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { mkdtempSync } from 'node:fs'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Daemon, FLOOD_LIMIT } from './gpio-daemon.mjs'
import { Holder } from './gpio-holder.mjs'
import { SimulatedChip } from './gpio-sim.mjs'
import { patience } from './patience.mjs'

const [, , dist, all] = process.argv
/** Not how a test ends, but how it says that something hangs. */
const timeout = 120_000 * patience
const store = `${mkdtempSync('/dev/shm/devices-')}/store`
const chip = new SimulatedChip('sim-daemon', { names: ['GPIO4', 'GPIO17', 'GPIO27', 'GPIO5'] })
const [DOOR, SIREN, LOCK, METER] = [0, 1, 2, 3]
/** The points between an edge, its commit and its task. */
const at = (name) => ['device.', 'commit.', 'task.', 'run.'].some((part) => name.startsWith(part))

/** What it did so far: every change of the door, and what the siren was told last, and whether that was answered. */
let doors = 0
let siren = { on: false, sure: true }
let daemon

const start = async (point) => {
  daemon = new Daemon(dist, store, point)
  return daemon.ask({ ready: true })
}
const moveDoor = () => chip.pull(DOOR, ++doors % 2 === 1)
const isOpen = () => doors % 2 === 1

/** A change of each sort; over when the daemon says so, or is dead. */
async function story() {
  moveDoor()
  await daemon.ask({ until: { device: 'door', value: isOpen() } })
  siren = { on: !siren.on, sure: false }
  const answer = await daemon.ask({ command: { device: 'siren', type: siren.on ? 'on' : 'off' } })
  siren.sure = answer !== undefined
  await daemon.ask({ command: { device: 'lock', type: 'pulse', for: '1h' } })
}

/** What has to be so after every start, whatever went before. */
async function check() {
  const { devices, notes, faults } = await daemon.ask({ look: true })
  // Visible is committed, nothing is thrown away: every change is one task, and no task is of no change.
  const told = notes.sort((a, b) => a.at.localeCompare(b.at)).map(({ type }) => type)
  deepStrictEqual(
    told,
    Array.from({ length: doors }, (_, n) => (n % 2 === 0 ? 'open' : 'close')),
  )
  strictEqual(devices.door.value, isOpen())
  // No effect before its commit, acknowledged is durable: the line is what the record says, and what was answered.
  strictEqual(chip.level(SIREN), devices.siren.value)
  if (siren.sure) strictEqual(devices.siren.value, siren.on)
  siren = { on: devices.siren.value, sure: true }
  strictEqual(devices.lock.value, false)
  strictEqual(chip.level(LOCK), false)
  // Nobody is in the way of the next life.
  deepStrictEqual(faults, [])
  for (const { link } of Object.values(devices)) strictEqual(link, 'ready')
}

/** `device.news:2` is the second publication of a point, `device.news:2+` one turn of the loop later. */
function passages(hits) {
  return Object.entries(hits)
    .filter(([name, count]) => count > 0 && at(name))
    .flatMap(([name, count], i) => {
      const three = [`${name}:${Math.ceil(count / 2)}`, `${name}:${count}`, `${name}:1+`]
      return all ? three : [three[i % 3]]
    })
}

after(async () => {
  await daemon.kill()
  chip.remove()
})

await start()
const onTheWayUp = await daemon.ask({ hits: true })
await story()
const atWork = await daemon.ask({ hits: true })

test('a life that nobody ends', { timeout }, async () => {
  await daemon.ask({ command: { device: 'lock', type: 'off' } })
  await check()
  for (const name of [
    'device.moved',
    'device.news',
    'commit.begin',
    'commit.end',
    'task.step',
    'task.committed',
    'run.start',
  ])
    ok(atWork[name] > 0, `${name} was passed`)
})

for (const point of passages(atWork))
  test(`killed at work at ${point}`, { timeout }, async () => {
    await daemon.ask({ arm: point })
    // What is counted varies with how steps share commits: it may take another round.
    for (let round = 0; round < 5 && daemon.alive; round++) await story()
    strictEqual(daemon.alive, false)
    strictEqual(await daemon.dead, 'SIGKILL')
    await start()
    await check()
  })

for (const point of passages(onTheWayUp))
  test(`killed on its way up at ${point}, with a change that nobody has seen`, { timeout }, async () => {
    await daemon.kill()
    moveDoor()
    // Fewer things may happen than at the very first start: one that is up by then is killed all the same.
    await start(point)
    await daemon.kill()
    await start()
    await check()
  })

test('a clean stop with an edge on its way loses nothing', { timeout }, async () => {
  for (let turn = 0; turn < 2; turn++) {
    await chip.pullApart(DOOR, ++doors % 2 === 1)
    await daemon.ask({ stop: true })
    await daemon.kill()
    await start()
    siren.sure = false
    await check()
  }
})

test('a line that another process took meanwhile is a fault that names it, and found again when that is gone', {
  timeout,
}, async () => {
  await daemon.kill()
  const holder = new Holder(dist)
  await holder.ask({
    ...{ chip: chip.label, offsets: [DOOR], direction: 'input', consumer: 'somebody' },
    ...{ activeLow: false, bias: 'as-is', debounceUs: 0, edges: false },
  })
  await start()
  const { devices } = await daemon.ask({ look: true })
  strictEqual(devices.door.link, 'faulty')
  strictEqual(devices.siren.link, 'ready')
  match(devices.door.fault.message, /somebody/)
  moveDoor()
  await holder.kill()
  await daemon.ask({ until: { device: 'door', value: isOpen() } })
  const { notes, faults } = await daemon.ask({ look: true })
  strictEqual(notes.length, doors)
  strictEqual(faults.length, 1)
})

test('a chip that goes and comes is found by itself, and outputs are what they were', { timeout }, async () => {
  await daemon.ask({ command: { device: 'siren', type: 'on' } })
  chip.unplug()
  for (const device of ['door', 'siren', 'lock', 'meter']) await daemon.ask({ until: { device, link: 'faulty' } })
  chip.plug()
  for (const device of ['door', 'siren', 'lock', 'meter']) await daemon.ask({ until: { device } })
  strictEqual(chip.level(SIREN), true)
  const { notes, faults } = await daemon.ask({ look: true })
  // A new chip pulls nothing: a door that was open has closed.
  if (isOpen()) doors++
  strictEqual(notes.length, doors)
  strictEqual(faults.length, 1 + 4)
})

test('from a real edge to the start of its task', { timeout }, async () => {
  const before = (await daemon.ask({ began: 'count' })).length
  const pulledNs = []
  for (let n = 0; n < 60; n++) {
    // Fewer than a flood.
    await pause(1_000 / FLOOD_LIMIT + 5)
    pulledNs.push(process.hrtime.bigint())
    chip.pull(METER, n % 2 === 0)
    await daemon.ask({ until: { device: 'meter', value: n % 2 === 0 } })
  }
  let began = []
  while (began.length < pulledNs.length) began = (await daemon.ask({ began: 'count' })).slice(before)
  strictEqual(began.length, pulledNs.length)
  const ms = began.map((at, n) => Number(BigInt(at) - pulledNs[n]) / 1e6).sort((a, b) => a - b)
  ok(ms[0] > 0)
  console.log(`      p50 ${ms[30].toFixed(1)} ms, p99 ${ms[59].toFixed(1)} ms, on a disk without fsync`)
})

test('a line that floods is told of, and everybody else is answered meanwhile', { timeout }, async () => {
  const puller = new Holder(dist)
  let flooding = true
  const begun = performance.now()
  const flood = puller.ask({ pull: chip.lines, only: METER, seconds: 3 }).then(() => {
    flooding = false
  })
  let answers = 0
  for (; flooding; answers++) {
    await daemon.ask({ command: { device: 'lock', type: answers % 2 === 0 ? 'on' : 'off' } })
    strictEqual(chip.level(LOCK), answers % 2 === 0)
  }
  await flood
  await puller.kill()
  ok(answers > 20, `${answers} answers`)
  await daemon.ask({ until: { device: 'meter', floods: 1 } })
  await daemon.ask({ until: { device: 'meter', value: chip.level(METER) } })
  const { devices, counts } = await daemon.ask({ look: true })
  const { edges, floods } = devices.meter.counts
  // A window may have begun just before, and one may begin just after.
  const most = Math.ceil((performance.now() - begun) / 1_000) + 1
  ok(floods >= 1 && floods <= most, `${floods} floods`)
  ok(edges <= most * (FLOOD_LIMIT + 1), `${edges} edges heard`)
  ok(counts.length <= edges + floods, `${counts.length} tasks`)
  console.log(
    `      ${edges} edges heard, ${floods} floods, ${counts.length} tasks, ${answers} commands answered meanwhile`,
  )
})

test('in the end every task has run', { timeout }, async () => {
  await daemon.kill()
  await start()
  await daemon.ask({ command: { device: 'lock', type: 'off' } })
  for (;;) {
    const { notes, counts } = await daemon.ask({ look: true })
    if ([...notes, ...counts].every(({ ended }) => ended === 'FINISHED')) break
  }
})
