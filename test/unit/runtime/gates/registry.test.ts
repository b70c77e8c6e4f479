/** Gates by name, and gates made of gates. */
import { describe, expect, test } from 'vitest'
import { any, every } from '../../../../src/runtime/gates/combined.js'
import type { GateDefinition, PartState } from '../../../../src/runtime/gates/condition.js'
import { file } from '../../../../src/runtime/gates/file.js'
import { gateRegistry } from '../../../../src/runtime/gates/registry.js'
import { refusal } from '../../../runtime/lab.js'
import { conditionOf } from './conditions.js'

const there = file({ path: '/tmp' })

describe('a combination', () => {
  const asked = (definition: GateDefinition, ...states: (boolean | undefined)[]) => {
    const part = (name: string): PartState => ({ open: states[Number(name)], reason: `reason ${name}` })
    return conditionOf(definition, { part }).answer()
  }

  test('of every gate is open when all are, and closed when one is', async () => {
    const both = every('0', '1')
    expect(await asked(both, true, true)).toEqual({ open: true, lasting: true })
    expect(await asked(both, true, false)).toEqual({ open: false, lasting: true, reason: '1: reason 1' })
    expect(await asked(both, undefined, false)).toMatchObject({ open: false })
    expect(await asked(both, false, false)).toMatchObject({ reason: '0: reason 0; 1: reason 1' })
  })

  test('of any gate is open when one is, and closed when none is', async () => {
    const either = any('0', '1')
    expect(await asked(either, undefined, true)).toMatchObject({ open: true })
    expect(await asked(either, false, false)).toMatchObject({ open: false })
  })

  test('has no answer while a part that would decide is being asked', async () => {
    expect(await asked(every('0', '1'), true, undefined)).toBeUndefined()
    expect(await asked(any('0', '1'), false, undefined)).toBeUndefined()
  })

  test('of nothing, or of what is no gate, is refused', async () => {
    expect((await refusal(() => every())).message).toMatch(/^every: expected gates/)
    expect((await refusal(() => any('a', 5 as never))).message).toMatch(/^any: expected gates/)
  })
})

describe('the names', () => {
  test('of parts without one are those of the whole and a number', () => {
    const gates = gateRegistry({ a: there, both: every('a', any(there, every(there))) })
    expect([...gates.values()].map(({ name, parts }) => [name, parts])).toEqual([
      ['a', []],
      ['both', ['a', 'both/2']],
      ['both/2', ['both/2/1', 'both/2/2']],
      ['both/2/1', []],
      ['both/2/2', ['both/2/2/1']],
      ['both/2/2/1', []],
    ])
  })

  test.each<[object, RegExp]>([
    [{ a: every('b') }, /gates\.a: there is no gate 'b'/],
    [{ a: every('a') }, /gates\.a: a gate cannot be part of itself: a → a/],
    [{ a: every('b'), b: any('c'), c: every('a') }, /cannot be part of itself: a → b → c → a/],
    [{ both: every(there), 'both/1': there }, /two gates are named 'both\/1'/],
    [{ 'a b': there }, /gates: "a b" is not a usable name/],
    [{ a: 'online' }, /gates\.a: expected what online\(\)/],
    [{ a: null }, /gates\.a/],
    [[], /gates: expected an object/],
  ])('%j is refused', async (gates, text) => {
    expect((await refusal(() => gateRegistry(gates as never))).message).toMatch(text)
  })

  test('of gates that share their parts many times over are looked at once each', () => {
    const layers = Array.from({ length: 60 }, (_, i) => [
      `g${i}`,
      i === 0 ? there : every(`g${i - 1}`, any(`g${i - 1}`)),
    ])
    expect(gateRegistry(Object.fromEntries(layers)).size).toBe(60 + 59)
  })
})
