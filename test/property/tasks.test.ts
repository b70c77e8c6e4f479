/**
 * Arbitrary stories told to the runtime and to a small model of the contract. PROPERTY_REPLAY, beside the seed and the
 * path, repeats a story that failed.
 */
import { beforeAll, expect, test, vi } from 'vitest'
import fc, { runs } from '../support/fast-check.js'
import { Command } from './commands.js'
import { Model } from './model.js'
import { Rig } from './rig.js'
import { story } from './stories.js'

const { PROPERTY_REPLAY } = process.env
const options: fc.Parameters<unknown> = {
  /** One story takes some tens of milliseconds: one that does not end is told as a failure. */
  timeout: 20_000,
  numRuns: runs(200, 5_000),
}

// XState's development build warns when a machine is set up while an action of another one runs.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

test.each([
  ['in memory', 10_000],
  ['asleep on disk whenever they can be', 1],
])(
  'tasks %s do what the contract says, whatever happens',
  async (_, live) => {
    const stories = fc.commands([story.map((each) => new Command(each))], {
      maxCommands: 60,
      size: '+1',
      ...(PROPERTY_REPLAY === undefined ? {} : { replayPath: PROPERTY_REPLAY }),
    })
    const property = fc.asyncProperty(stories, async (commands) => {
      const rig = new Rig({ live })
      await rig.start()
      try {
        await fc.asyncModelRun(() => ({ model: { model: new Model() }, real: rig }), commands)
        await rig.stop()
        expect({ complaints: rig.complaints, alarms: rig.clock.waiting }).toEqual({ complaints: [], alarms: 0 })
      } finally {
        rig.close()
      }
    })
    await fc.assert(property, { ...options, numRuns: Math.ceil((options.numRuns as number) / 2) })
  },
  3_600_000,
)
