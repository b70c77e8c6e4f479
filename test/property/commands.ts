/** The commands of fast-check: each is told to both sides, time passes for both, and then they are compared. */
import type { AsyncCommand } from 'fast-check'
import { expect } from 'vitest'
import { compare } from './compare.js'
import { cut, type Expected, end, moment, quiet } from './endings.js'
import type { Model } from './model.js'
import type { Rig } from './rig.js'
import type { Task } from './task.js'
import { type Answer, candidates, told } from './told.js'
import type { Story } from './words.js'

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
