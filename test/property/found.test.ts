/** Stories that the arbitrary ones found, told again each time. */
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { Command } from './commands.js'
import type { Expected } from './endings.js'
import { Model } from './model.js'
import { Rig } from './rig.js'
import type { Spec, Story } from './words.js'

let tags = 0
const work = (rest: Partial<Spec> = {}): Spec => ({ kind: 'work', route: 'one', input: { tag: ++tags }, ...rest })
const flow = (rest: Partial<Spec> = {}): Spec => ({ kind: 'flow', route: 'one', input: { tag: ++tags }, ...rest })
const enqueue = (spec: Spec): Story => ({ do: 'enqueue', spec })
const enqueueMany = (...specs: Spec[]): Story => ({ do: 'enqueueMany', specs })
const finish = (pick: number, ...drafts: Spec[]): Story => ({ do: 'finish', pick, drafts })
const send = (event: 'POKE' | 'GO' | 'BACK' | 'BREAK'): Story => ({ do: 'send', pick: 0, event })
const advance = (ms: number): Story => ({ do: 'advance', ms })
const end = (how: 'kill' | 'power' | 'stop', offFor = 1_600): Story => ({ do: 'end', how, offFor, slow: 0 })
const kept = (during: Story): Story => ({ do: 'cut', during, tear: false, how: 'kill' })

const blip = (during: Story, tear: boolean): Story => ({ do: 'cut', during, tear, how: 'blip' })

const STORIES: Record<string, Story[]> = {
  'a task that was read back to be changed is not asleep again before it is': [
    enqueue(work({ in: 16 })),
    enqueue(work()),
    { do: 'reschedule', pick: 0, in: 1_600 },
    { do: 'reschedule', pick: 1, in: 1_600 },
  ],
  'the second of two that are made at once is started too': [enqueueMany(work(), work({ route: 'two' }))],
  'what is interrupted at a restart goes on in a full directory': [
    enqueueMany(work({ atMostOnce: true }), work({ route: 'two' }), work({ route: 'three' })),
    end('kill'),
  ],
  'what is queued expires after a restart too': [
    enqueueMany(work(), work({ expiresIn: 16_000 })),
    end('kill'),
    advance(32_000),
  ],
  'a key whose task falls asleep between the look and the step is taken still': [
    enqueueMany(work(), flow({ key: 'k' })),
    finish(0, work(), flow({ key: 'k' }), work({ route: 'two', key: 'k' })),
  ],
  'a flow in flight has its slot again before the queue is served': [
    enqueue(flow()),
    send('GO'),
    enqueueMany(work(), work({ priority: 9 })),
    end('kill'),
    end('power'),
  ],
  'a flow whose job was called back while it waited for a slot gets its next one': [
    enqueue(flow()),
    enqueue(work()),
    send('GO'),
    send('BACK'),
    send('GO'),
    finish(0),
    { do: 'job', pick: 0, ok: true },
  ],
  'a slot goes back to the route it came from, though its task has moved to another one': [
    enqueue(work()),
    { do: 'cancel', pick: 0 },
    { do: 'retry', pick: 0 },
    { do: 'reschedule', pick: 0, in: 16, route: 'two' },
    { do: 'late', pick: 0, ok: true },
    enqueueMany(work(), work({ route: 'two' }), work({ route: 'two' }), work({ route: 'two' })),
    advance(16),
  ],
  'an event that waited is heard once, though the power goes between its hearing and what it led to': [
    enqueueMany(work(), flow({ onFailure: [{ kind: 'work', route: 'one', key: 'k' }] })),
    send('BREAK'),
    kept(finish(0)),
  ],
  'a stopped run keeps its slot, however often the disk fails': [
    enqueue(work({ heartbeat: 16 })),
    advance(16),
    blip(enqueue(work()), false),
    blip(enqueue(work()), false),
    { do: 'late', pick: 0, ok: true },
  ],
  'a run whose cancelling is on disk when the disk comes back keeps its slot until it settles': [
    // Tasks are picked in the order of their ids, and names come last.
    enqueueMany(work(), work({ id: 'z-name' })),
    blip({ do: 'cancel', pick: 0 }, false),
    { do: 'late', pick: 0, ok: true },
  ],
  'a job that was called back in a commit that failed is told to stop': [
    enqueue(flow()),
    send('GO'),
    blip(send('BACK'), false),
    send('GO'),
    blip(send('BACK'), true),
    { do: 'job', pick: 0, ok: true },
  ],
  'what a run came to while the disk failed is applied when it is back': [
    enqueue(work({ onSuccess: [{ kind: 'work', route: 'one' }] })),
    blip(finish(0, work()), true),
    blip(finish(0), false),
  ],
  'a slot that falls free while a commit is in flight is given to the next': [
    enqueueMany(work({ route: 'two', id: 'z-name' }), work({ route: 'two' })),
    { do: 'cancel', pick: 1 },
    { do: 'retry', pick: 1 },
    enqueueMany(work({ route: 'two', id: 'zz-name', priority: 0 })),
    blip(finish(0), false),
  ],
  'a task that kills the process while it is taken up again is counted': [
    enqueue(flow()),
    send('GO'),
    end('kill'),
    end('kill'),
    end('kill'),
    end('kill'),
  ],
}

// XState's development build warns when a machine is set up while an action of another one runs.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

describe.each([10_000, 1])('with %d tasks in memory', (live) => {
  test.each(Object.entries(STORIES))('%s', async (_, stories) => {
    const rig = new Rig({ live })
    await rig.start()
    const expected: Expected = { model: new Model() }
    try {
      for (const story of stories) {
        const command = new Command(story)
        expect(command.check(expected), String(command)).toBe(true)
        await command.run(expected, rig)
      }
    } finally {
      rig.close()
    }
  })
})
