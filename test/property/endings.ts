/** How a process comes to an end, or its disk, and what the next one, or the same one, finds. */
import { expect } from 'vitest'
import { matching } from './compare.js'
import { Model } from './model.js'
import type { Rig } from './rig.js'
import { drain, recover, restart, starting } from './takeover.js'
import { picked, told } from './told.js'
import type { Moment, Story } from './words.js'

/** fast-check wants one object that the commands change. */
export interface Expected {
  model: Model
}

type End = Story & { do: 'end' }
type Cut = Story & { do: 'cut' }

export function moment({ clock }: Rig): Moment {
  return { wall: clock.wall(), steady: clock.steady() }
}

/** Both come to rest at the present moment. */
export async function quiet(model: Model, rig: Rig): Promise<void> {
  pass(model, rig)
  await rig.settled()
}

function pass(model: Model, rig: Rig): void {
  model.fill(moment(rig))
  model.pass(moment(rig))
  model.takeUp()
  model.fill(moment(rig))
}

export async function end(story: End, expected: Expected, rig: Rig): Promise<void> {
  if (story.how === 'stop') {
    drain(expected.model, moment(rig))
    await rig.stop()
  } else {
    await rig.die(true)
  }
  await rig.next(story.how, story.offFor, story.slow)
  await resumed([expected.model], (world) => restart(world, story.how, moment(rig)), expected, rig)
}

/** The world of several that the next process, or the same one, came back to. */
async function resumed(
  worlds: readonly Model[],
  begin: (world: Model) => void,
  expected: Expected,
  rig: Rig,
): Promise<void> {
  await rig.settled()
  const now = moment(rig)
  // What time has come for meanwhile is in its queue before the first of them starts, or, read late, after it.
  const ways = [(world: Model) => world.pass(now), (world: Model) => world.fill(now)]
  const outcomes = worlds.flatMap((world) => ways.map((first) => ({ world: Model.copy(world), first })))
  expected.model = await matching(outcomes, rig, ({ world, first }) => {
    begin(world)
    first(world)
    pass(world, rig)
  })
}

/** The power goes, or the disk, while the commit of a command is in flight. */
export async function cut(story: Cut, expected: Expected, rig: Rig): Promise<void> {
  const { during, tear, how } = story
  const before = expected.model
  const after = Model.copy(before)
  const answered = await inFlight(during, after, expected, rig)
  const then = moment(rig)
  if (during.do === 'end') restart(after, during.how, then)
  if (answered === undefined) {
    rig.store.release()
    expected.model = during.do === 'end' || how !== 'blip' ? before : after
  }
  const worlds = answered === undefined ? [expected.model] : tear ? [before] : starting(after, then)
  if (during.do === 'end' && !worlds.includes(before)) {
    // A restart with nothing to take up at once begins with what time has come for meanwhile.
    after.pass(then)
    worlds.push(...starting(after, then))
  }
  if (how !== 'blip') {
    await rig.die(tear)
    await rig.next(how, 1_600, 0)
    // Of a start that left nothing on disk nobody knows: what was in flight died before it, and with the power.
    const died = during.do === 'end' && during.how === 'power' && worlds.includes(before) ? 'power' : how
    await resumed(worlds, (world) => restart(world, died, moment(rig)), expected, rig)
  } else if (answered === undefined) {
    await quiet(after, rig)
  } else {
    await blip(story, worlds, expected, rig)
    if (answered.error !== undefined) expect(answered.error).toMatch(/^ERR_(COMMIT_UNKNOWN|DEGRADED)$/)
  }
}

/** The command is told, and its commit held in flight: what came of it so far, or undefined when it needs none. */
async function inFlight(
  during: Story,
  after: Model,
  expected: Expected,
  rig: Rig,
): Promise<{ error: string | undefined } | undefined> {
  const answered = { yet: false, error: undefined as string | undefined }
  const ends = () => [...rig.awaited.values()].filter((told) => told).length
  const endsBefore = during.do === 'end' ? 0 : ends()
  if (during.do === 'end') {
    await rig.die(true)
    rig.hold()
    // The start waits for its commit, and dies with it.
    rig.next(during.how, during.offFor, 0).catch(() => undefined)
  } else if (during.do !== 'cut' && during.do !== 'advance' && during.do !== 'step') {
    const both = told(during, expected.model)
    both.model(after, moment(rig))
    rig.hold()
    const answer = (said: object) => Object.assign(answered, { yet: !both.run }, said)
    both.runtime(rig).then(answer, () => undefined)
  }
  if (!(await rig.inFlight())) return undefined
  // The job of a flow was told in a commit before; it may begin as soon as a run has made room for it.
  const waited = new Set(expected.model.resuming.map((seq) => expected.model.of(seq).id))
  const felt = rig.starts.filter(({ id }) => !waited.has(id))
  const seen = { yet: answered.yet, felt, ends: ends() }
  expect(seen, 'nothing is felt before its commit').toEqual({ yet: false, felt: [], ends: endsBefore })
  return answered
}

/** The disk fails under the commit of a command, and is back when it is tried again. */
async function blip({ during, tear }: Cut, worlds: readonly Model[], expected: Expected, rig: Rig): Promise<void> {
  const both =
    during.do === 'cut' || during.do === 'end' || during.do === 'advance' || during.do === 'step'
      ? undefined
      : told(during, expected.model)
  // What a run came to is not lost with its commit: it is applied when the disk is back.
  const run = both?.run ? picked(during, expected.model) : undefined
  const again = tear && (during.do === 'finish' || during.do === 'fail' || during.do === 'snooze')
  const alive = new Set([...rig.live.keys(), ...(again ? [run?.id] : [])])
  await rig.fail(tear)
  await expect(rig.runtime.count({ state: 'QUEUED' })).rejects.toMatchObject({ code: 'ERR_DEGRADED' })
  rig.clock.advance(500)
  const begin = (world: Model) => {
    recover(world, alive, moment(rig))
    if (again) both?.model(world, moment(rig))
    const late = during.do === 'late' && world.tasks.find(({ seq }) => seq === run?.seq)
    if (late) world.release(late)
  }
  await resumed(worlds, begin, expected, rig)
}
