/** The commands of fast-check: each is told to both sides, time passes for both, and then they are compared. */
import type { AsyncCommand } from 'fast-check'
import { expect } from 'vitest'
import { compare, matching } from './compare.js'
import { Model, type Task } from './model.js'
import type { Rig } from './rig.js'
import { type Answer, candidates, told } from './told.js'
import type { CrashKind, Moment, Story } from './words.js'

/** fast-check wants one object that the commands change. */
export interface Expected {
  model: Model
}

export class Command implements AsyncCommand<Expected, Rig> {
  readonly #story: Story

  constructor(story: Story) {
    this.#story = story
  }

  check({ model }: Readonly<Expected>): boolean {
    return possible(this.#story, model)
  }

  async run(expected: Expected, rig: Rig): Promise<void> {
    await play(this.#story, expected, rig)
    await compare(expected.model, rig)
  }

  toString(): string {
    return JSON.stringify(this.#story)
  }
}

function possible(story: Story, model: Model): boolean {
  if (story.do === 'cut') return possible(story.during, model)
  const about = 'pick' in story || story.do === 'group'
  return !about || candidates(story, model).length > 0
}

export function moment({ clock }: Rig): Moment {
  return { wall: clock.wall(), steady: clock.steady() }
}

async function play(story: Story, expected: Expected, rig: Rig): Promise<void> {
  switch (story.do) {
    case 'advance':
      return advance(story.ms, expected.model, rig)
    case 'step':
      rig.clock.stepWall(story.ms)
      return quiet(expected.model, rig)
    case 'end':
      return end(story, expected, rig)
    case 'cut':
      return cut(story, expected, rig)
    default: {
      const { model } = expected
      const both = told(story, model)
      const { answer, made } = both.model(model, moment(rig))
      const said = await both.runtime(rig)
      expect(named(answer, made, said)).toEqual(said)
      return quiet(model, rig)
    }
  }
}

/** The runtime names the tasks it made; from then on the model knows them by that name. */
function named(answer: Answer, made: Task[] | undefined, said: Answer): Answer {
  if (!made || !('tasks' in said)) return answer
  return {
    tasks: made.map((task, i) => {
      task.id ??= said.tasks[i]?.id
      return { id: task.id, created: 'tasks' in answer && answer.tasks[i]?.created === true }
    }),
  }
}

/** Both come to rest at the present moment. */
async function quiet(model: Model, rig: Rig): Promise<void> {
  pass(model, rig)
  await rig.settled()
}

function pass(model: Model, rig: Rig): void {
  model.fill(moment(rig))
  model.pass(moment(rig))
  model.takeUp()
  model.fill(moment(rig))
}

/** Time passes from one alarm to the next, and what an alarm sets off comes to its end before time goes on. */
async function advance(ms: number, model: Model, rig: Rig): Promise<void> {
  for (let left = ms; ; ) {
    const step = Math.min(left, rig.clock.next)
    rig.clock.advance(step)
    await quiet(model, rig)
    left -= step
    if (left === 0) return
  }
}

async function end(story: Story & { do: 'end' }, expected: Expected, rig: Rig): Promise<void> {
  if (story.how === 'stop') {
    expected.model.drain(moment(rig))
    await rig.stop()
  } else {
    await rig.die(true)
  }
  await rig.next(story.how, story.offFor, story.slow)
  await rig.settled()
  await restarted([expected.model], story.how, expected, rig)
}

/** The world of several that the next process came back to. */
async function restarted(worlds: readonly Model[], how: CrashKind, expected: Expected, rig: Rig): Promise<void> {
  const now = moment(rig)
  // What time has come for meanwhile is in its queue before the first of them starts, or, read late, after it.
  const ways = [(world: Model) => world.pass(now), (world: Model) => world.fill(now)]
  const outcomes = worlds.flatMap((world) => ways.map((first) => ({ world: Model.copy(world), first })))
  expected.model = await matching(outcomes, rig, ({ world, first }) => {
    world.restart(how, now)
    first(world)
    pass(world, rig)
  })
}

async function cut(story: Story & { do: 'cut' }, expected: Expected, rig: Rig): Promise<void> {
  const before = expected.model
  const after = Model.copy(before)
  let answered = false
  const { during } = story
  if (during.do === 'end') {
    await rig.die(true)
    rig.hold()
    // The start waits for its commit, and dies with it.
    rig.next(during.how, during.offFor, 0).catch(() => undefined)
  } else if (during.do !== 'cut' && during.do !== 'advance' && during.do !== 'step') {
    const both = told(during, before)
    both.model(after, moment(rig))
    rig.hold()
    const answer = () => {
      answered = !isRun(during)
    }
    both.runtime(rig).then(answer, () => undefined)
  }
  const flight = await rig.inFlight()
  const then = moment(rig)
  if (during.do === 'end') after.restart(during.how, then)
  if (flight) {
    // The job of a flow was told in a commit before; it may begin as soon as a run has made room for it.
    const waited = new Set(before.resuming.map((seq) => before.of(seq).id))
    const felt = rig.starts.filter(({ id }) => !waited.has(id))
    expect({ answered, felt }, 'nothing is felt before its commit').toEqual({ answered: false, felt: [] })
  }
  await rig.die(story.tear)
  await rig.next(story.how, 1_600, 0)
  await rig.settled()
  const worlds = story.tear || !flight ? [before] : after.starting(then)
  if (during.do === 'end' && worlds[0] !== before) {
    // A restart with nothing to take up at once begins with what time has come for meanwhile.
    after.pass(then)
    worlds.push(...after.starting(then))
  }
  await restarted(worlds, story.how, expected, rig)
}

/** The test settles a run at once; the runtime answers nobody. */
function isRun(story: Story): boolean {
  return ['finish', 'fail', 'snooze', 'job', 'late'].includes(story.do)
}
