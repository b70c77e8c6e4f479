/** Machines in JSON whose files change under tasks in flight, while the daemon is killed: no step is taken twice. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sampled } from '../support/sample.js'
import { Board, type Fact } from './daemon.js'

const PROGRAM = 'json-versions.mjs'
const EARLY = ['a0', 'a1', 'a2', 'a3']
const LATE = ['b0', 'b1', 'b2']
const ALL = [...EARLY, ...LATE].join(',')

/** In each version the state and a member of the context have other names; the path says what a record went through. */
const version = (of: number) => ({
  kind: 'visit',
  version: of,
  retry: { attempts: 1 },
  migrate: Object.fromEntries(
    Array.from({ length: of - 1 }, (_, i) => [
      i + 1,
      {
        rename: { [`calling${i + 1}`]: `calling${i + 2}` },
        assign: { [`path${i + 2}`]: { $: `append(context.path${i + 1}, ${i + 2})` } },
        drop: [`path${i + 1}`],
        // The first step takes the call along, the second has it made anew.
        stop: i === 1 ? ['0.visit.calling2'] : [],
      },
    ]),
  ),
  machine: {
    context: { id: { $: 'input.id' }, [`path${of}`]: [of] },
    initial: `calling${of}`,
    states: {
      [`calling${of}`]: {
        entry: { type: 'mark', params: { id: { $: 'context.id' }, name: `entered${of}` } },
        invoke: {
          src: 'call',
          input: { id: { $: 'context.id' }, of },
          onDone: {
            target: 'over',
            actions: [
              { type: 'assign', params: { [`path${of}`]: { $: `append(context.path${of}, 'called')` } } },
              { type: 'mark', params: { id: { $: 'context.id' }, name: 'called' } },
            ],
          },
        },
      },
      over: { type: 'final' },
    },
    output: { $: `context.path${of}` },
  },
})

class Place {
  readonly board: Board
  readonly #folder: string

  constructor(directory: string) {
    this.board = new Board(directory)
    this.#folder = join(directory, 'machines')
  }

  static async make(): Promise<Place> {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-json-versions-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
    return new Place(directory)
  }

  /** The newest is always in the same file, as those do who copy the old one beside it. */
  async files(...versions: readonly number[]): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder)
    const newest = Math.max(...versions)
    for (const each of versions) {
      const name = each === newest ? 'visit.json' : `visit.v${each}.json`
      await writeFile(join(this.#folder, name), JSON.stringify(version(each)))
    }
  }

  /** A life in which no call comes to its end, until all of these tasks are in flight. */
  async hangs(ids: string, point: readonly string[] = []): Promise<void> {
    process.env.HANG = 'yes'
    try {
      await this.board.dies(PROGRAM, [ids, ...point])
    } finally {
      delete process.env.HANG
    }
  }
}

const of = (facts: readonly Fact[], fact: string) => facts.filter((each) => each.fact === fact)

const POINTS = [
  'recovery.begin:1', 'commit.begin:1', 'commit.begin:1+', 'commit.end:1', 'commit.begin:2+', 'commit.end:2',
  'task.migrated:1', 'task.migrated:3', 'recovery.end:1', 'machine.effect:1', 'task.committed:2',
] // biome-ignore format: a table

test.for(sampled(POINTS))('killed at %s, each record takes each step once, and each task ends', async (point) => {
  const place = await Place.make()
  await place.files(1)
  await place.hangs(EARLY.join(','))
  // Beside each other: those in flight stay on the first, others begin on the second.
  await place.files(1, 2)
  await place.hangs(EARLY.join(','), ['recovery.end:1'])
  await place.hangs(LATE.join(','))
  // The files of both are gone.
  await place.files(3)
  await place.board.live(PROGRAM, [ALL, point])
  await place.board.live(PROGRAM, [ALL, point])
  await place.board.finish(PROGRAM, [ALL])

  const facts = await place.board.facts()
  const results = Object.fromEntries(of(facts, 'RESULT').map(({ id, result }) => [id, result]))
  expect(results).toEqual({
    ...Object.fromEntries(EARLY.map((id) => [id, [1, 2, 3, 'called']])),
    ...Object.fromEntries(LATE.map((id) => [id, [2, 3, 'called']])),
  })
  for (const { id, from, to } of of(facts, 'MIGRATED')) expect([from, to]).toEqual([id.startsWith('a') ? 1 : 2, 3])
  for (const id of EARLY) {
    const calls = of(facts, 'CALL').filter((each) => each.id === id)
    expect(new Set(calls.map((each) => each.of))).toEqual(new Set([1, 3]))
    // Entries are played when a state is entered, and a step enters none.
    const entered = of(facts, 'EFFECT').filter((each) => each.id === id && each.name !== 'called')
    expect(entered.map(({ name }) => name)).toEqual(['entered1'])
  }
})

test('side by side, tasks end on the file that they began with', async () => {
  const place = await Place.make()
  await place.files(1)
  await place.hangs(EARLY.join(','))
  await place.files(1, 2)
  await place.board.live(PROGRAM, [ALL, 'commit.end:2'])
  await place.board.finish(PROGRAM, [ALL])
  const facts = await place.board.facts()
  expect(of(facts, 'MIGRATED')).toEqual([])
  for (const { id, result } of of(facts, 'RESULT')) expect(result).toEqual([id.startsWith('a') ? 1 : 2, 'called'])
  expect(new Set(of(facts, 'RESULT').map(({ id }) => id))).toEqual(new Set([...EARLY, ...LATE]))
})
