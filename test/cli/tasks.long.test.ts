/** Tasks from the command line: made, listed, shown, followed and changed, against a daemon in a process of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Board, board, byHand } from '../api/board.js'
import { holdfast as typed } from './typed.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand })
})
afterAll(() => b.end())

const holdfast = (args: readonly string[], input = '') => typed(args, { env: { HOLDFAST_SOCKET: b.socket }, input })
const json = async (...args: string[]) => JSON.parse((await holdfast([...args, '--json'])).out)

describe('enqueue', () => {
  test('prints the id when the task is on disk, and nothing else', async () => {
    const { code, out, err } = await holdfast(['enqueue', 'echo', '{"a":1}', '--id', 'first'])
    expect([code, out, err]).toEqual([0, 'first\n', ''])
    expect(await json('show', 'first')).toMatchObject({ id: 'first', kind: 'echo', input: { a: 1 } })
  })

  test('--wait prints the result as JSON', async () => {
    const { code, out, err } = await holdfast(['enqueue', 'add', '{"a":1,"b":2}', '--wait', '--id', 'sum'])
    expect([code, out, err]).toEqual([0, '3\n', 'sum\n'])
  })

  test('--wait ends with 1 when the task failed, and says why', async () => {
    const { code, out, err } = await holdfast(['enqueue', 'fail', '--wait'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/error ERR_TASK_FAILED: .*no luck\nhint: /)
  })

  test('takes its input from a file and from stdin', async () => {
    expect((await holdfast(['enqueue', 'echo', '-', '--wait'], '"from a pipe"')).out).toBe('"from a pipe"\n')
    expect((await holdfast(['enqueue', 'echo', '@package.json', '--wait'])).out).toContain('"name":"holdfast"')
  })

  test('every option reaches the task', async () => {
    const options = ['--group', 'g', '--key', 'k', '--priority', '7', '--in', '1h', '--attempts', '3', '--paused']
    await holdfast(['enqueue', 'echo', '--id', 'whole', '--depends-on', 'first', ...options])
    expect(await json('show', 'whole')).toMatchObject({
      ...{ group: 'g', key: 'k', priority: 7, attempts: 3, paused: true, state: 'SPOOLED', dependsOn: ['first'] },
    })
    expect(await json('enqueue', 'echo', '--key', 'k')).toEqual({ id: 'whole', created: false })
  })

  test('what is refused says what to do, with the code of the daemon', async () => {
    const unknown = await holdfast(['enqueue', 'ecko'])
    expect(unknown).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error ERR_UNKNOWN_KIND: .+\nhint: .+\n$/),
    })
    const invalid = await holdfast(['enqueue', 'add', '{"a":1}'])
    expect(invalid).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error ERR_INVALID_INPUT: .+: b: .+\nhint: /),
    })
  })

  test('an input that is no JSON is wrong usage', async () => {
    expect(await holdfast(['enqueue', 'echo', '{a:1}'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error ERR_USAGE: the input is not JSON: .+\nhint: .+\n$/),
    })
  })

  test('--many makes a task of each line, and a line that is none ends it with its number', async () => {
    const lines = Array.from({ length: 2_500 }, (_, i) => JSON.stringify({ kind: 'echo', input: i, group: 'many' }))
    expect(await holdfast(['enqueue', '--many'], lines.join('\n'))).toMatchObject({
      code: 0,
      out: '2,500 tasks made\n',
    })
    expect(await json('ls', '--group', 'many', '--count')).toBe(2_500)
    const broken = [...lines.slice(0, 1_000), 'no task', ...lines].join('\n')
    expect(await holdfast(['enqueue', '--many', '--json'], broken)).toMatchObject({
      code: 2,
      out: '{"made":1000,"there":0}\n',
      err: expect.stringContaining('the task on line 1001 is not JSON'),
    })
  })
})

describe('ls', () => {
  test('lists what a query selects: a table for people, an array for programs', async () => {
    await holdfast(['enqueue', 'hold', '--id', 'held', '--group', 'shown', '--in', '1h'])
    const { out } = await holdfast(['ls', '--group', 'shown'])
    expect(out).toMatch(/^ID +KIND +STATE +WHEN +GROUP\nheld +hold +SPOOLED +in \S+ +shown\n$/)
    expect(await json('ls', '--group', 'shown')).toMatchObject([{ id: 'held', state: 'SPOOLED' }])
    expect(await json('ls', '--group', 'shown', '--state', 'running,finished')).toEqual([])
    expect((await holdfast(['ls', '--group', 'nobody'])).out).toBe('no tasks\n')
  })

  test('lists what a task led to', async () => {
    const onSuccess = { kind: 'echo', input: 'followed' }
    const { id } = await b.done('echo', null, { onSuccess })
    expect(await json('ls', '--cause', id)).toMatchObject([{ input: 'followed', cause: { id, state: 'FINISHED' } }])
  })

  test('says that there is more, and gives all of it a line each', async () => {
    const lines = Array.from({ length: 1_200 }, (_, i) => JSON.stringify({ kind: 'echo', input: i, group: 'pages' }))
    await holdfast(['enqueue', '--many'], lines.join('\n'))
    expect(await holdfast(['ls', '--group', 'pages', '-n', '3'])).toMatchObject({
      err: 'the first 3 tasks; --all for the rest\n',
    })
    const { out } = await holdfast(['ls', '--group', 'pages', '--all', '--json'])
    const inputs = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { input: number }).input)
    expect(new Set(inputs).size).toBe(1_200)
  })

  test('what a task says cannot command the terminal', async () => {
    await holdfast([
      'enqueue',
      'echo',
      '"\\u001b]0;owned\\u0007\\u001b[2J"',
      '--group',
      'hostile',
      '--in',
      '1h',
      '--id',
      'hostile',
    ])
    for (const args of [
      ['ls', '--group', 'hostile'],
      ['show', 'hostile'],
    ]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect((await holdfast(args)).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    }
  })

  test('a state that is none is wrong usage, with those that are', async () => {
    expect(await holdfast(['ls', '--state', 'done'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('SPOOLED, QUEUED'),
    })
  })
})

describe('show', () => {
  test('tells a task in full: its input, its end and its history', async () => {
    await holdfast(['enqueue', 'add', '{"a":2,"b":2}', '--id', 'told', '--wait'])
    const { out } = await holdfast(['show', 'told'])
    expect(out).toMatch(/^id {7,}told\nkind +add\nstate +FINISHED\n/)
    expect(out).toMatch(/result +4\n/)
    expect(out).toMatch(/history\n.* NONE .*\n.* SPOOLED[\s\S]* FINISHED\n$/)
  })

  test('one that is not there is said so', async () => {
    expect(await holdfast(['show', 'nobody'])).toMatchObject({
      code: 1,
      err: expect.stringContaining("ERR_NOT_FOUND: no task 'nobody'"),
    })
  })
})

describe('verbs', () => {
  test('act on ids', async () => {
    await holdfast(['enqueue', 'echo', '--id', 'v1', '--in', '1h'])
    expect((await holdfast(['pause', 'v1'])).out).toBe('1 task paused\n')
    expect((await holdfast(['resume', 'v1'])).out).toBe('1 task resumed\n')
    expect((await holdfast(['cancel', 'v1'])).out).toBe('1 task cancelled\n')
    expect(await json('show', 'v1')).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
    expect(await json('retry', 'v1')).toEqual({ count: 1 })
    expect((await holdfast(['rm', 'v1'])).err).toMatch(/^error ERR_ILLEGAL_TRANSITION|^$/)
  })

  test('act on a query when they are told to, and count it first', async () => {
    const lines = Array.from({ length: 1_100 }, () => JSON.stringify({ kind: 'echo', group: 'bulk', in: '1h' }))
    await holdfast(['enqueue', '--many'], lines.join('\n'))
    expect((await holdfast(['cancel', '--group', 'bulk', '--dry-run'])).out).toBe('1,100 tasks selected\n')
    expect(await holdfast(['cancel', '--group', 'bulk'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--yes/),
    })
    expect(await json('ls', '--group', 'bulk', '--state', 'spooled', '--count')).toBe(1_100)
    expect((await holdfast(['cancel', '--group', 'bulk', '--yes'])).out).toBe('1,100 tasks cancelled\n')
    expect((await holdfast(['rm', '--group', 'bulk', '--yes'])).out).toBe('1,100 tasks removed\n')
    expect(await json('ls', '--group', 'bulk', '--count')).toBe(0)
  })

  test('without ids and without a query they do nothing to anybody', async () => {
    for (const verb of ['cancel', 'pause', 'resume', 'retry', 'rm']) {
      expect(await holdfast([verb, '--yes'])).toMatchObject({ code: 2, err: expect.stringMatching(/which tasks\?/) })
    }
  })
})

describe('machines', () => {
  test('take events, and tell what they carry', async () => {
    await holdfast(['enqueue', 'door', '--id', 'front'])
    expect((await holdfast(['send', 'front', 'ring', '--once', 'r1'])).out).toBe('ring accepted by front\n')
    await holdfast(['send', 'front', 'ring', '--once', 'r1'])
    expect((await holdfast(['show', 'front'])).out).toMatch(/machine +"shut"\ncontext +\{\n +"rings": 1\n/)
    expect(await holdfast(['send', 'front', 'close', '[1]'])).toMatchObject({ code: 2 })
    await holdfast(['send', 'front', 'close', '{"by":"wind"}'])
    expect(await json('show', 'front')).toMatchObject({ state: 'FINISHED', result: 1 })
  })
})

describe('watch', () => {
  test('follows a task to its end, and ends as it did', async () => {
    await holdfast(['enqueue', 'say', '"hello"', '--id', 'said'])
    expect(await holdfast(['watch', 'said', '--after', '0'])).toMatchObject({ code: 0, err: 'said FINISHED\n' })
    await holdfast(['enqueue', 'fail', '--id', 'failed'])
    expect(await holdfast(['watch', 'failed'])).toMatchObject({ code: 1, err: expect.stringContaining('no luck') })
  })
})
