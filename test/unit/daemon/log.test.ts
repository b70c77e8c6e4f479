/** The log of a daemon: lines that parse, facts once each, floods summed, readers that do not read. */

import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logFacts } from '../../../src/daemon/facts.js'
import { LineWriter } from '../../../src/daemon/line-writer.js'
import { daemonLog } from '../../../src/daemon/log.js'
import { logLevel } from '../../../src/daemon/log-level.js'
import { tell } from '../../../src/kernel/telemetry.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

function written(level: Parameters<typeof daemonLog>[0] = 'info') {
  const lines: Record<string, unknown>[] = []
  const clock = new SimulatedClock()
  const log = daemonLog(level, clock, { write: (line) => void lines.push(JSON.parse(line)) })
  return { lines, clock, log }
}

describe('lines', () => {
  test('a line has its level by name, the time of the clock, its words, and its data', () => {
    const { lines, log } = written()
    log.warn('the inbox is full', { files: 3 })
    expect(lines).toEqual([{ level: 'warn', time: '2026-01-01T00:00:00.000Z', msg: 'the inbox is full', files: 3 }])
  })

  test('data hides nothing of the line, errors are readable, and what is no JSON does not throw', () => {
    const { lines, log } = written()
    const circle: Record<string, unknown> = { big: 1n }
    circle.self = circle
    log.error('odd', { level: 5, msg: 'mine', time: 'now', error: new RangeError('too far'), circle })
    expect(lines).toMatchObject([
      {
        level: 'error',
        msg: 'odd',
        level_: 5,
        msg_: 'mine',
        time_: 'now',
        error: { type: 'RangeError', message: 'too far' },
      },
    ])
  })

  test('what is below the level is left out, silent leaves out all, and a level that is none is refused', () => {
    const { lines, log } = written('warn')
    log.info('no')
    log.warn('yes')
    expect(lines.map(({ msg }) => msg)).toEqual(['yes'])
    const quiet = written('silent')
    quiet.log.error('no')
    expect(quiet.lines).toEqual([])
    expect(() => logLevel('loud', 'HOLDFAST_LOG')).toThrow(/HOLDFAST_LOG: expected one of trace, .*"loud"/)
  })
})

describe('facts', () => {
  const facts = () => {
    const { lines, clock, log } = written('debug')
    const leave = logFacts(log, clock)
    onTestFinished(leave)
    return { lines, clock, leave, words: () => lines.map(({ level, msg }) => `${level} ${msg}`) }
  }
  const fail = (id: string) => tell('task.failed', () => ({ id, kind: 'upload', attempt: 2, error: { message: 'no' } }))

  test('a task that failed for good is a warning that names it', () => {
    const { lines } = facts()
    fail('a')
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'a task failed for good', taskId: 'a', kind: 'upload', attempt: 2, error: 'no' },
    ])
  })

  test('what a device says of itself is told, its faults and readings are not told again, the rest is for who looks', () => {
    const { words, lines } = facts()
    const at = '2026-01-01T00:00:00.000Z'
    for (const type of ['open', 'fault', 'found', 'reading', 'flood', 'resync'])
      tell('device.news', () => ({ device: 'door', type, at, edges: 5 }))
    expect(words()).toEqual([
      'debug something happened to a device',
      'info a device is there again',
      'warn a device has more edges than it may have',
      'warn a device lost edges, and was read again',
    ])
    expect(lines[2]).toMatchObject({ device: 'door', at, edges: 5 })
  })

  test('a task that was stopped is a warning, unless somebody asked for it', () => {
    const { words } = facts()
    for (const reason of ['timeout', 'awol', 'interrupted', 'expired', 'cancelled', 'superseded']) {
      tell('task.terminated', () => ({ id: 'a', kind: 'upload', attempt: 1, reason }))
    }
    expect(words().filter((line) => line.startsWith('warn'))).toHaveLength(4)
    expect(words().slice(-2)).toEqual([
      'info a task was terminated: cancelled',
      'info a task was terminated: superseded',
    ])
  })

  test('of a flood twenty lines are told, and then how many more there were; the next one is told again', () => {
    const { clock, words } = facts()
    for (let n = 0; n < 332; n++) fail(`${n}`)
    tell('route.paused', () => ({ route: 'network' }))
    expect(words()).toEqual([...Array(20).fill('warn a task failed for good'), 'info a route was paused'])
    clock.advance(10_000)
    expect(words().at(-1)).toBe('warn a task failed for good: and 312 more')
    fail('later')
    expect(words().at(-1)).toBe('warn a task failed for good')
    expect(clock.waiting).toBe(0)
  })

  test('at the end what was counted is told, and nobody listens any more', () => {
    const { words, leave } = facts()
    for (let n = 0; n < 25; n++) fail(`${n}`)
    leave()
    fail('late')
    expect(words()).toHaveLength(21)
    expect(words().at(-1)).toBe('warn a task failed for good: and 5 more')
  })
})

describe('a reader who does not read', () => {
  /** A pipe with room for 64 KiB whose two ends are ours, and do not wait. */
  function pipe() {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-pipe-'))
    const path = join(directory, 'p')
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    const buffer = Buffer.alloc(65_536)
    let open = true
    const closeReader = () => {
      if (open) closeSync(reader)
      open = false
    }
    onTestFinished(() => {
      closeReader()
      closeSync(writer)
      rmSync(directory, { recursive: true })
    })
    const read = () => {
      try {
        return buffer.toString('utf8', 0, readSync(reader, buffer))
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN')
        return ''
      }
    }
    return { writer, read, closeReader }
  }

  const line = (n: number) => `${JSON.stringify({ n, text: 'x'.repeat(1_000) })}\n`

  test('holds nothing up, is bounded, and hears whole lines and how many were not kept', async () => {
    const { writer, read } = pipe()
    const clock = new SimulatedClock()
    const losses: number[] = []
    const lines = new LineWriter(writer, clock, (lost) => losses.push(lost))
    for (let n = 0; n < 3_000; n++) lines.write(line(n))
    let text = ''
    const isThere = (n: number) => text.includes(`"n":${n},`)
    while (losses.length === 0) {
      text += read()
      clock.advance(100)
      await turn()
    }
    const kept = 3_000 - (losses[0] as number)
    while (!isThere(kept - 1) || !text.endsWith('\n')) {
      text += read()
      clock.advance(100)
      await turn()
    }
    const numbers = text
      .split('\n')
      .slice(0, -1)
      .map((each) => (JSON.parse(each) as { n: number }).n)
    expect(numbers).toEqual(Array.from({ length: kept }, (_, n) => n))
    expect(losses).toHaveLength(1)
    await lines.close()
  })

  test('has a second at the end', async () => {
    const { writer } = pipe()
    const clock = new SimulatedClock()
    const lines = new LineWriter(writer, clock, () => undefined)
    for (let n = 0; n < 200; n++) lines.write(line(n))
    let closed = false
    const closing = lines.close().then(() => {
      closed = true
    })
    clock.advance(900)
    await turn()
    expect(closed).toBe(false)
    clock.advance(100)
    await closing
  })

  test('is gone: what is logged is nothing, and no error', async () => {
    const { writer, closeReader } = pipe()
    closeReader()
    const lines = new LineWriter(writer, new SimulatedClock(), () => undefined)
    for (let n = 0; n < 10; n++) {
      lines.write(line(n))
      await turn()
    }
    await lines.close()
  })
})
