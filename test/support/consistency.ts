/**
 * What has to hold between the entries of a store, whatever happened to it: each thing that is derived or points
 * somewhere is there exactly when what it is about is. All in memory and as plain as possible: the code that repairs
 * stores is judged by this.
 */
import {
  dedupeKey, dependencyKey, dueOf, edgeEnd, followUpKey, groupKey, idOf, keyOf, RECORD_CLASSES,
} from '../../src/model/keys.js' // biome-ignore format: a list
import { decodeRecord, isEnded, type TaskRecord } from '../../src/model/record.js'
import { dueKeysOf } from '../../src/runtime/ledger.js'
import { decodeMark } from '../../src/runtime/mark.js'
import { waitsOf } from '../../src/runtime/unit.js'
import type { Entry } from '../../src/store/store.js'

export interface Found {
  readonly records: Map<string, { readonly stored: string; readonly record: TaskRecord }>
  readonly complaints: string[]
}

const LETTERS = { live: 'l!', dormant: 'z!', ended: 'e!' } as const

/** The tasks of a store, and what is wrong with it. */
export function lookThrough(entries: Iterable<Entry>): Found {
  const all = new Map(entries)
  const of = (letter: string) => [...all].filter(([key]) => key.startsWith(letter))
  const complaints: string[] = []
  const complain = (holds: boolean, text: string) => void (holds || complaints.push(text))
  const records: Found['records'] = new Map()
  for (const stored of RECORD_CLASSES) {
    for (const [key, text] of of(LETTERS[stored])) {
      const id = idOf(key)
      complain(!records.has(id), `${id} has two records`)
      try {
        records.set(id, { stored, record: decodeRecord(id, text) })
      } catch (error) {
        complaints.push(`${key}: ${String(error)}`)
      }
    }
  }
  const aside = (id: string) => all.has(keyOf('quarantine', id))
  const known = (id: string) => records.has(id) || aside(id)
  const comesBack = (id: string) =>
    all.has(keyOf('input', id)) && !(all.get(keyOf('quarantine', id)) ?? '"record":""').includes('"record":""')
  const dues = new Set<string>()
  const open = new Map<string, number>()
  for (const [key] of of('p!')) open.set(edgeEnd(key), (open.get(edgeEnd(key)) ?? 0) + 1)
  const counts: Record<string, number> = { FINISHED: 0, FAILED: 0, TERMINATED: 0 }
  for (const [id, { stored, record }] of records) {
    const { context, extras, state } = record
    const ended = isEnded(state, context)
    complain(ended === (stored === 'ended'), `${id} is ${state} and stored as ${stored}`)
    if (ended) counts[state]!++
    complain(all.has(keyOf('input', id)) || state === 'FINISHED', `${id} has no input`)
    if (extras.group !== undefined) complain(all.has(groupKey(extras.group, id)), `${id} is not in its group`)
    if (extras.cause) complain(all.has(followUpKey(extras.cause.id, id)), `${id} is not found by its cause`)
    if (extras.key !== undefined && !ended)
      complain(all.get(dedupeKey(context.kind, extras.key)) === id, `${id} does not hold its key`)
    if (stored === 'dormant') for (const due of dueKeysOf(id, waitsOf(record))) dues.add(due)
    const edges = open.get(id) ?? 0
    if (state === 'SPOOLED') complain(context.pending <= edges, `${id} waits for ${context.pending} of ${edges}`)
  }
  const taskDues = of('d!')
    .map(([key]) => key)
    .filter((key) => !key.startsWith('d!c'))
  for (const due of dues) complain(all.has(due), `${due} is missing`)
  for (const due of taskDues) complain(dues.has(due), `${due} is nobody's`)
  for (const [key] of of('d!').filter(([key]) => key.startsWith('d!c')))
    complain(all.has(keyOf('schedule', dueOf(key).id)), `${key} is of no schedule`)
  for (const [key, id] of of('k!')) {
    const found = records.get(id)
    const holds =
      found && found.stored !== 'ended' && dedupeKey(found.record.context.kind, found.record.extras.key ?? '') === key
    complain(holds === true, `${key} is held by nobody`)
  }
  for (const [key] of of('g!')) {
    const id = edgeEnd(key)
    const found = records.get(id)
    complain(found ? groupKey(found.record.extras.group ?? '', id) === key : aside(id), `${key} is no member`)
  }
  for (const [key] of of('c!')) {
    const id = edgeEnd(key)
    const found = records.get(id)
    complain(found ? followUpKey(found.record.extras.cause?.id ?? '', id) === key : aside(id), `${key} is no follow-up`)
  }
  for (const [key] of of('i!')) complain(known(idOf(key)), `${key} is of no task`)
  for (const [key] of of('b!')) complain(known(key.slice(2, key.lastIndexOf('!'))), `${key} is for no task`)
  for (const [key] of of('f!')) complain(known(key.slice(2, key.lastIndexOf('!'))), `${key} is of no task`)
  for (const [key] of of('p!')) {
    const parent = key.slice(2, key.lastIndexOf('!'))
    const child = edgeEnd(key)
    complain(known(child), `${key} leads to no task`)
    complain(all.has(dependencyKey(child, parent)), `${key} has no other end`)
    const found = records.get(parent)
    if (found?.stored === 'ended') {
      const policy = records.get(child)?.record.extras.dependencies?.failed ?? 'cancel'
      const waits = policy === 'wait' && found.record.state !== 'FINISHED'
      complain(waits || all.has(keyOf('notice', parent)), `${key} is never told`)
    } else if (found) complain(found.record.dependents === true, `${parent} does not know that others wait`)
    else complain(comesBack(parent) || all.has(keyOf('notice', parent)), `${key} is never told: its task is gone`)
  }
  for (const [key] of of('n!')) {
    const found = records.get(idOf(key))
    complain(!found || found.stored === 'ended', `${key} is of a task that has not ended`)
  }
  for (const [key] of of('s!')) {
    const id = idOf(key).replace(/!p$/, '')
    // One without its definition waits to be put again.
    complain(all.has(keyOf('schedule', id)), `schedule ${id} has no status`)
  }
  const named = new Set(of('r!').flatMap(([, text]) => text.split('\n')))
  for (const [id, { stored }] of records)
    if (stored === 'ended') complain(named.has(id), `${id} is not in the index of ends`)
  const { ended } = decodeMark(all.get('m!runtime')) ?? {}
  if (ended)
    complain(
      ended.slice(0, 3).join() === Object.values(counts).join(),
      `${ended.slice(0, 3)} ends of ${Object.values(counts)}`,
    )
  return { records, complaints }
}
