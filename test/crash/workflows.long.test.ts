/**
 * The example workflows as processes that are killed: at each commit of a run, then started again. What they come to is
 * what an uninterrupted run comes to: the same tasks with the same results, the same events, and outside the same doings,
 * as servers count them that know a request by its idempotency key. What a plain action says may be lost with the commit
 * it belonged to; it is never said twice.
 */
import { mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client/index.js'
import { temporaryDirectory } from '../support/stores.js'
import { feed, house, releaseOf, services, vendor, type World } from '../support/workflows.js'
import { Board, inTurns } from './daemon.js'

interface Scene {
  readonly example: string
  readonly input: object
  /** `did` is told of all that was done out there. */
  readonly world: (directory: string, did: (...what: readonly unknown[]) => void) => Promise<World>
  readonly settings: (url: string) => Readonly<Record<string, object>>
  /** Steps with a plain action that one commit may hold: two services may report at once. Default 1. */
  readonly atOnce?: number
  /** What there is on the board in the end. */
  readonly left?: (directory: string) => Promise<unknown>
}

const ID = 'the-task'
const QUICK = '20ms'
/** Kills of a scene, where the whole matrix is too long. */
const FEW = 3

/** A board with version 1 that is to get another one. */
const firmware = (version: string): Scene => ({
  example: 'firmware-update',
  input: { version },
  world: async (directory, did) => {
    const folder = join(directory, 'firmware')
    await mkdir(folder)
    await writeFile(join(folder, 'firmware-1.json'), Buffer.from(releaseOf('1').image, 'base64'))
    await symlink('firmware-1.json', join(folder, 'current'))
    return vendor({ folder, heard: did })
  },
  settings: (url) => ({
    'firmware-update': {
      releases: `${url}/releases`,
      health: `${url}/health`,
      reports: `${url}/reports`,
      pause: QUICK,
      tries: 2,
    },
  }),
  left: async (directory) => [
    await readlink(join(directory, 'firmware/current')),
    await readFile(join(directory, 'firmware/current'), 'utf8'),
  ],
})

const SCENES: Readonly<Record<string, Scene>> = {
  'box-score': {
    example: 'box-score',
    input: { game: 'finals-7' },
    world: async (_, did) => {
      let asked = 0
      return feed({ minute: () => 20 * asked++, shown: did })
    },
    settings: (url) => ({ 'box-score': { feed: url, every: QUICK }, announce: { hall: `${url}/hall` } }),
  },
  'photo-pipeline, with both': {
    example: 'photo-pipeline',
    input: { picture: 'door.jpg', task: ID },
    atOnce: 2,
    world: (directory, did) => services({ socket: join(directory, 's'), taken: did }),
    settings: (url) => ({ 'photo-pipeline': { services: url, pause: QUICK }, publish: { services: url } }),
  },
  'photo-pipeline, without the photo': {
    example: 'photo-pipeline',
    input: { picture: 'dark.jpg', task: ID },
    atOnce: 2,
    world: (directory, did) => services({ socket: join(directory, 's'), taken: did }),
    settings: (url) => ({ 'photo-pipeline': { services: url, pause: QUICK, tries: 2 }, publish: { services: url } }),
  },
  'door-alarm': {
    example: 'door-alarm',
    input: { door: 'back' },
    world: async (directory, did) => {
      const neighbour = createClient({ socket: join(directory, 's'), retry: '1m' })
      const { url, server } = await house({
        heard: (path, body) => {
          did(path, body)
          return body.on ? neighbour.send(ID, { type: 'ACK', by: 'a neighbour' }, { once: 'awake' }) : undefined
        },
      })
      server.on('close', () => neighbour.close())
      return { url, server }
    },
    settings: (url) => ({ 'door-alarm': { phones: `${url}/phones`, siren: `${url}/siren`, patience: QUICK } }),
  },
  'firmware-update to a good version': firmware('2'),
  'firmware-update to a bad version': firmware('2-bad'),
  'firmware-update to one that arrives damaged': firmware('2-torn'),
}

/** A board in its world. */
async function place({ example, input, world, settings, left }: Scene) {
  const directory = await temporaryDirectory()
  const board = new Board(directory)
  const done: string[] = []
  const { url, server } = await world(directory, (...what) => void done.push(JSON.stringify(what)))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const given = JSON.stringify({ settings: settings(url), task: { kind: example, input, id: ID } })
  const said: string[] = []
  const hear = (line: string) => void said.push(line)
  return {
    run: () => board.finish('workflow.mjs', [example, given], hear),
    killed: (point: string) => board.live('workflow.mjs', [example, given, point], hear),
    over: async () => (await board.facts()).filter(({ fact }) => fact === 'OVER'),
    /** What nobody may be able to tell from an uninterrupted run. */
    story: async () => {
      const [over] = (await board.facts()).filter(({ fact }) => fact === 'OVER')
      const tasks = (over?.tasks as readonly object[] | undefined)?.map((task) => JSON.stringify(task)).sort()
      return { tasks, emitted: over?.emitted, done: [...done].sort(), left: await left?.(directory) }
    },
    said,
  }
}

describe.for(Object.entries(SCENES))('%s', ([, scene]) => {
  test('killed at any commit and started again, it comes to the same', {
    timeout: process.env.TORTURE ? 3_600_000 : 180_000,
  }, async () => {
    const whole = await place(scene)
    await whole.run()
    const [{ hits }] = (await whole.over()) as unknown as [{ readonly hits: Record<string, number> }]
    const story = await whole.story()
    expect(new Set(whole.said).size).toBe(whole.said.length)
    const points = pointsOf(hits)
    const lost = await inTurns(points, 2, async (point) => {
      const board = await place(scene)
      const { signal, code, err } = await board.killed(point)
      // The timing of a life varies: it may be over before a late passage of a point.
      expect({ point, err, ended: signal ?? code }).toMatchObject({ ended: expect.toBeOneOf(['SIGKILL', 0]) })
      if ((await board.over()).length === 0) await board.run()
      expect({ point, ...(await board.story()) }).toEqual({ point, ...story })
      expect({ point, twice: board.said.filter((line, i) => board.said.indexOf(line) !== i) }).toEqual({
        point,
        twice: [],
      })
      return { signal, lines: whole.said.filter((line) => !board.said.includes(line)).length }
    })
    expect(lost.filter(({ signal }) => signal === 'SIGKILL').length).toBeGreaterThan(points.length / 2)
    // A kill takes the actions of one commit at most.
    expect(lost.filter(({ lines }) => lines > (scene.atOnce ?? 1))).toEqual([])
  })
})

/** Before and after each commit, and at its effects; without TORTURE a few of them, spread over the run. */
function pointsOf(hits: Readonly<Record<string, number>>): string[] {
  const each = (name: string, late = '') =>
    Array.from({ length: hits[name] ?? 0 }, (_, n) => ({
      at: n / (hits[name] as number),
      point: `${name}:${n + 1}${late}`,
    }))
  const all = [each('commit.begin'), each('commit.end'), each('machine.effect'), each('machine.effect', '+')].flat()
  const points = all.sort((a, b) => a.at - b.at).map(({ point }) => point)
  if (process.env.TORTURE) return points
  return Array.from({ length: FEW }, (_, i) => points[Math.floor(((i + 0.5) * points.length) / FEW)] as string)
}
