/**
 * A task that goes through all standard actors is killed at every commit and every effect on its way, by the server in
 * the middle of its request, and by its own command. What comes of it is the same each time.
 */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/stores.js'
import { Board, type Fact, inTurns } from './daemon.js'

interface Ground {
  readonly board: Board
  readonly args: readonly string[]
  readonly root: string
  /** The keys that came with requests, and to commands. */
  readonly keys: string[]
  readonly commands: () => Promise<string[]>
}

/** A board, a root, a server that kills who asks it `kills` times, and a command that does. */
async function ground(kills: { server?: number; command?: number } = {}): Promise<Ground> {
  const directory = await temporaryDirectory()
  const root = join(directory, 'root')
  await mkdir(root)
  const keys: string[] = []
  let left = kills.server ?? 0
  const board = new Board(directory)
  const server = createServer(async (request, response) => {
    keys.push(request.headers['idempotency-key'] as string)
    const lives = (await board.facts()).filter(({ fact }) => fact === 'BEGIN')
    if (left-- > 0) process.kill(lives.at(-1)?.pid as number, 'SIGKILL')
    else response.setHeader('content-type', 'application/json').end('{"ok":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const told = join(directory, 'commands')
  // The shell that runs it is the child of the daemon.
  const daemon = `$(cut -d ' ' -f 4 /proc/$PPID/stat)`
  const script = `#!/bin/sh
echo $HOLDFAST_IDEMPOTENCY_KEY >> ${told}
[ $(wc -l < ${told}) -gt ${kills.command ?? 0} ] || { trap '' TERM; kill -9 ${daemon}; while :; do sleep 1; done; }
`
  await writeFile(join(directory, 'command'), script)
  await chmod(join(directory, 'command'), 0o755)
  const commands = async () => (await readFile(told, 'utf8')).trim().split('\n')
  return { board, args: [url, root], root, keys, commands }
}

/** What is so in the end, whatever happened on the way. */
async function check({ board, root, keys, commands }: Ground, where: string) {
  const over = (await board.facts()).filter(({ fact }) => fact === 'OVER')
  const { attempt, leaves, passed } = (over[0] ?? {}) as Partial<Fact>
  const ends = over[0]?.ends as Record<string, Record<string, unknown>>
  expect({ where, over: over.length, attempt, leaves, passed }).toEqual({
    where,
    over: 1,
    attempt: 1,
    leaves: 1,
    passed: 1,
  })
  expect(ends.waitForTask).toMatchObject({ id: ends.enqueue?.id, state: 'FINISHED', result: 'fallen' })
  expect(ends['fs.read']).toMatchObject({ content: 'whole' })
  expect(ends['http.request']).toBe(true)
  expect({ where, keys: new Set(keys).size, commands: new Set(await commands()).size }).toEqual({
    where,
    keys: 1,
    commands: 1,
  })
  expect({ where, left: await readdir(root) }).toEqual({ where, left: ['log'] })
  expect(await readFile(join(root, 'log'), 'utf8')).toBe('the one line\n')
}

test('killed at any commit or effect, a task comes through all of them: one key, one task, one event, one line', async () => {
  const whole = await ground()
  const hits = JSON.parse(await whole.board.finish('standing.mjs', whole.args)) as Record<string, number>
  await check(whole, 'no kill')
  const every = process.env.TORTURE ? 1 : 3
  const points = ['commit.begin', 'commit.end', 'machine.effect'].flatMap((name, offset) =>
    Array.from({ length: hits[name] ?? 0 }, (_, n) => n + 1)
      .filter((n) => n % every === offset % every)
      .flatMap((n) => [`${name}:${n}`, `${name}:${n}+`].slice(0, name === 'machine.effect' ? 2 : 1)),
  )
  expect(points.length).toBeGreaterThan(20)
  await inTurns(points, 2, async (point) => {
    const place = await ground()
    await place.board.live('standing.mjs', [...place.args, point])
    if (!(await place.board.facts()).some(({ fact }) => fact === 'OVER'))
      await place.board.finish('standing.mjs', place.args)
    await check(place, point)
  })
}, 180_000)

test('killed in the middle of its request, it asks again with the same key', async () => {
  const place = await ground({ server: 2 })
  await place.board.dies('standing.mjs', place.args)
  await place.board.dies('standing.mjs', place.args)
  await place.board.finish('standing.mjs', place.args)
  expect(place.keys).toHaveLength(3)
  await check(place, 'request')
})

test('killed in the middle of its command, that one goes too, and is run again with the same key', async () => {
  const place = await ground({ command: 1 })
  await place.board.dies('standing.mjs', place.args)
  await place.board.finish('standing.mjs', place.args)
  expect(await place.commands()).toHaveLength(2)
  await check(place, 'command')
})
