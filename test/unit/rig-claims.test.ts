/** The questions of the power-cut rig: each finds what it asks for, or the rig would pass whatever was lost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const rig = (file: string) => import(new URL(`../rig/${file}`, import.meta.url).href)
const { atLast, atOnce } = await rig('claims.mjs')
const { readTold } = await rig('told.mjs')
const place = mkdtempSync(join(tmpdir(), 'rig-claims-'))
afterAll(() => rmSync(place, { recursive: true }))

/** What the witness wrote down, as the questions are given it. */
function told(...lines: string[]) {
  const path = join(place, 'witness')
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  return readTold(path)
}
const views = (...all: { id: string }[]) => new Map(all.map((view) => [view.id, view]))

test('a state that a watcher was shown and that the task never had is found', () => {
  const ask = atOnce['what was seen is so']
  const task = { id: 'work-1-1', history: [{ state: 'QUEUED' }, { state: 'RUNNING' }] }
  expect(ask(told('SAW work-1-1 RUNNING'), views(task))).toEqual([])
  expect(ask(told('SAW work-1-1 FINISHED'), views(task))).toHaveLength(1)
  expect(ask(told('SAW work-1-2 QUEUED'), views(task))).toHaveLength(1)
})

test('an accepted event that was not heard, and one heard twice, are found', () => {
  const ask = atLast['an event is heard once']
  const counter = (...heard: number[]) => views({ id: 'counter-1-1', ...{ result: { heard } } })
  const sent = told('SENT counter-1-1 1', 'SENT counter-1-1 2')
  expect(ask(sent, counter(1, 2, 3))).toEqual([])
  expect(ask(sent, counter(1))).toHaveLength(1)
  expect(ask(sent, counter(1, 2, 2))).toHaveLength(1)
})

test('a task that was run before one that goes before it is found, within a boot', () => {
  const ask = (...lines: string[]) => atLast['who goes first is run first'](told(...lines))
  const acked = ['ACK line-1-1-4', 'ACK line-1-2-9', 'ACK line-1-3-4', 'ACK line-1-4-0']
  expect(ask(...acked, 'RUN line-1-2-9 1', 'RUN line-1-1-4 1', 'RUN line-1-3-4 1', 'RUN line-1-4-0 1')).toEqual([])
  expect(ask(...acked, 'RUN line-1-2-9 1', 'RUN line-1-3-4 1')).toHaveLength(1)
  expect(ask(...acked, 'RUN line-1-1-4 1', 'RUN line-1-4-0 1')).toHaveLength(1)
  expect(ask(...acked, 'RUN line-1-1-4 1', 'CUT 1', 'RUN line-1-4-0 1')).toEqual([])
  expect(ask(...acked, 'RUN line-1-4-0 1', 'ACK line-1-5-9', 'RUN line-1-2-9 1')).toEqual([])
})
