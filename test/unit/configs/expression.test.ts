/** Expressions: what they give, what they refuse, and that nothing hostile gets anywhere. */
import { describe, expect, test } from 'vitest'
import { MOST_STEPS } from '../../../src/configs/budget.js'
import { DataReader } from '../../../src/configs/data.js'
import { expression } from '../../../src/configs/expression.js'
import { Findings } from '../../../src/configs/finding.js'
import { FUNCTIONS } from '../../../src/configs/functions.js'
import { SyntaxFault } from '../../../src/configs/syntax.js'
import fc from '../../support/fast-check.js'

const scope = {
  context: { count: 5, ratio: 1.5, list: [3, 1, 2], name: 'door', none: null, deep: { a: [{ b: 1 }] } },
  event: { type: 'GO', output: { status: 200, items: [{ id: 'x', n: 1 }, { id: 'y', n: 5 }] } },
  settings: { every: '10m', url: 'http://a' },
  input: { game: 7 },
} // biome-ignore format: a table
const give = (text: string) => expression(text).evaluate(scope)

const gives: [text: string, value: unknown][] = [
  ['context.count + 1', 6],
  ['context.count / 2', 2.5],
  ['7 % 2 + 2 ** 3', 9],
  ['-context.count', -5],
  ['0.1 + 0.2 > 0.3', true],
  ["context.name + ' ' + context.count", 'door 5'],
  ['context.missing', null],
  ['context.none?.a', null],
  ['context.none?.a?.b ?? 3', 3],
  ['context.deep.a[0].b', 1],
  ['context.list[context.count - 3]', 2],
  ['context.list[9]', null],
  ['context.list.length', 3],
  ["context['count']", 5],
  ['context.count == 5 && context.name != null', true],
  ['context.list == [3, 1, 2]', true],
  ['context.deep === context.deep', true],
  ["'a' < 'b' || false", true],
  ['!context.none', true],
  ["context.count > 4 ? 'many' : 'few'", 'many'],
  ['event.output.items.map(item, item.n * 2)', [2, 10]],
  ['event.output.items.filter(item, item.n > context.count - 1).map(item, item.id)', ['y']],
  ['event.output.items.find(item, item.id == "z")', null],
  ['every(context.list, n, n > 0) && some(context.list, n, n == 2)', true],
  ['context.list.map(a, context.list.map(b, a * b))', [[9, 3, 6], [3, 1, 2], [6, 2, 4]]],
  ['[1, context.name, null, true]', [1, 'door', null, true]],
  ['input.game', 7],
  ['size(context.list) + size(context.name) + size(context)', 13],
  ["text(context.list) + text('a')", '[3,1,2]a'],
  ["number('12.5')", 12.5],
  ["number('a')", null],
  ['number(null)', null],
  ['type(context.list)', 'list'],
  ['abs(-1) + round(1.5) + floor(1.9) + ceil(0.1)', 5],
  ['[min(context.list), max(context.list), sum(context.list)]', [1, 3, 6]],
  ['max([])', null],
  ["lower('A') + upper('b') + trim(' c ')", 'aBc'],
  ["startsWith(context.name, 'do') && context.name.endsWith('or')", true],
  ["context.name.matches('^d.*r$')", true],
  ["includes(context.list, 2) && 'abc'.includes('b')", true],
  ["split('a,b', ',')", ['a', 'b']],
  ["join(['a', 1, true], '-')", 'a-1-true'],
  ["replace('a.b.c', '.', '$&')", 'a$&b$&c'],
  ["slice('abcd', 1, 3) + slice('abcd', -1)", 'bcd'],
  ['append(context.list, 4).concat([5])', [3, 1, 2, 4, 5]],
  ['keys(context.deep)', ['a']],
  ['values(settings)', ['10m', 'http://a']],
  ['merge(settings, input)', { every: '10m', url: 'http://a', game: 7 }],
  ["with(input, 'a', 1)", { game: 7, a: 1 }],
  ["duration('10m')", 600_000],
  ["iso(time('2026-01-02T03:04:05+01:00'))", '2026-01-02T02:04:05.000Z'],
  ["'it\\'s \\n'", "it's \n"],
] // biome-ignore format: a table

describe('an expression gives', () => {
  test.for(gives)('%s', ([text, value]) => expect(give(text)).toEqual(value))

  test('each function is among them', () => {
    const called = gives.map(([text]) => text).join(' ')
    for (const name of Object.keys(FUNCTIONS)) expect(called).toContain(`${name}(`)
  })
})

describe('it fails, and says why', () => {
  test.for([
    ['context.none.a', 'null has no members, so no "a"'],
    ['context.count.a', 'number has no members, so no "a"'],
    ['context.list.first', 'list has no member "first"'],
    ['context.count + null', 'number + null is neither a number nor text'],
    ['context.name * 2', 'text * number is no arithmetic'],
    ['1 / 0', 'the result is no finite number'],
    ['10 ** 1000', 'the result is no finite number'],
    ["1 < 'a'", 'number and text cannot be compared'],
    ["-'a'", '- takes a number, not text'],
    ['context.name.map(x, x)', 'map() takes a list, not text'],
    ['upper(5)', 'upper(): text has to be text, not number'],
    ["sum([1, 'a'])", 'expected numbers in the list, not text'],
    ["join([[1]], '')", 'expected text or numbers in the list, not list'],
    ["includes('a', 1)", 'expected text, not number'],
    ["with({}, 'a', 1)", undefined],
    ["with(input, '__proto__', 1)", "no member can be named '__proto__'"],
    ["duration('soon')", 'duration(): "soon" is not a duration'],
    ["time('tomorrow')", 'time(): "tomorrow" is not a point in time'],
    ["context.name.matches(context.name + '(')", 'error parsing regexp'],
  ] as [string, string | undefined][])('%s', ([text, why]) => {
    if (why === undefined) expect(() => give(text)).toThrow(SyntaxFault)
    else expect(() => give(text)).toThrow(why)
  })
})

describe('nothing can be reached that is not data', () => {
  const names = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']
  test.for(names)('%s is not there', (name) => {
    expect(give(`context.${name}`)).toBe(null)
    expect(give(`context['${name}']`)).toBe(null)
    expect(() => give(`context.name.${name}`)).toThrow('has no member')
    expect(() => give(`context.list.${name}`)).toThrow('has no member')
    expect(() => give(`context.count.${name}`)).toThrow('has no members')
    expect(() => give(name)).toThrow(SyntaxFault)
    expect(() => give(`${name}(1)`)).toThrow(SyntaxFault)
    expect(() => give(`context.${name}(1)`)).toThrow(SyntaxFault)
  })
  test.for(['this', 'this.constructor', 'globalThis', 'process', 'require', 'new Date()', 'x => x', 'context.a = 1', 'delete context', '(1).a()', 'context["a"]()', '`a`', '{}', '/a/', "'\\u0041'", "'\\x41'", '1e999', '[1,,2]', 'a;b', 'null.a()', 'map(context.list, context, 1)', 'map(context.list, null, 1)', 'map(context.list, 1)', 'map', 'size'])('%s is no expression', (text) => {
    expect(() => expression(text)).toThrow(SyntaxFault)
  }) // biome-ignore format: a list
})

describe('nothing takes long, or much', () => {
  const long = { ...scope, context: { list: Array.from({ length: 2_000 }, (_, i) => i), text: 'a'.repeat(50_000) } }
  const bomb = (text: string) => () => {
    const findings = new Findings()
    const data = new DataReader(findings).data({ a: { $: text } }, ['machine', 'output'])
    expect(findings.all).toEqual([])
    return data.of(long)
  }
  test.for([
    ['lists in lists', 'context.list.every(a, context.list.every(b, a + b >= 0))', 'steps'],
    ['lists in lists in lists', 'context.list.map(a, context.list.map(b, context.list.map(c, 1)))', 'steps'],
    ['one list many times', 'context.list.map(a, context.list)', 'steps'],
    ['one text many times', 'context.list.map(a, context.text)', 'text'],
    ['one text many times, joined', "join(context.list.map(a, context.text), '')", 'text'],
    ['one list many times, as text', 'text(context.list.map(a, context.list))', 'steps'],
    [
      'a text that doubles',
      '[1].map(a, context.text + context.text).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a)',
      'text',
    ],
    ['a text that is replaced by more', "replace(context.text, 'a', context.text)", 'text'],
    ['comparing long lists', 'context.list.every(a, context.list == context.list.map(b, b))', 'steps'],
    ['an appended list', 'context.list.map(a, append(context.list, a))', 'steps'],
    ['a pattern over much text', "context.list.every(a, !matches(context.text, '(a+)+b'))", 'steps'],
    ['searching', 'context.list.filter(a, includes(context.text, "b"))', 'steps'],
  ])('%s', ([, text, what]) => {
    const begun = process.cpuUsage()
    expect(bomb(text as string)).toThrow(
      expect.objectContaining({ code: 'ERR_EXPRESSION_LIMIT', message: expect.stringContaining(`more than`) }),
    )
    expect(bomb(text as string)).toThrow(what)
    // Of a second, on whatever runs this; without a budget each would take minutes.
    expect(process.cpuUsage(begun).user).toBeLessThan(20_000_000)
  })

  test('a pattern that others go back and forth in is found wanting at once', () => {
    expect(
      expression("matches(context.text, '(a+)+$')").evaluate({ ...scope, context: { text: `${'a'.repeat(2_000)}b` } }),
    ).toBe(false)
  })

  test('what is long and honest is let through', () => {
    expect(expression('sum(context.list.map(a, a))').evaluate(long)).toBe(1_999_000)
    expect(MOST_STEPS).toBe(100_000)
  })
})

describe('whatever is written', () => {
  const token = fc.constantFrom(
    'context', 'event', '.list', '.name', '?.', '.', '[', ']', '(', ')', ',', ' + ', ' - ', ' && ', ' ?? ', ' ? ', ' : ', '!',
    '1', "'a'", 'null', '.map(x, x', '.filter(x, ', 'x', 'size(', 'text(', '__proto__', 'constructor', ' == ', '{', '=>', '`', '"', '\\', ';',
  ) // biome-ignore format: a list
  const written = fc.oneof(
    fc.array(token, { maxLength: 30 }).map((all) => all.join('')),
    fc.string({ maxLength: 60 }),
  )

  test('it is refused by name, or gives JSON, or fails by name', () => {
    fc.assert(
      fc.property(written, (text) => {
        const before = JSON.stringify(scope)
        const findings = new Findings()
        const data = new DataReader(findings).data({ $: text }, ['a'])
        if (findings.failed) return
        try {
          const value = data.of(scope)
          expect(JSON.parse(JSON.stringify(value))).toEqual(value)
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^ERR_EXPRESSION(_LIMIT)?$/)
        }
        expect(JSON.stringify(scope)).toBe(before)
        expect(({} as { a?: unknown }).a).toBeUndefined()
      }),
      { numRuns: 3_000 },
    )
  })

  test('arithmetic is that of JavaScript', () => {
    const sum = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.integer({ min: 0, max: 100 }).map(String),
        fc
          .tuple(tie('tree'), fc.constantFrom('+', '-', '*', '<', '>=', '===', '&&', '||'), tie('tree'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      ),
    })).tree
    fc.assert(
      fc.property(sum, (text) => {
        let mine: unknown
        try {
          mine = expression(text).evaluate(scope)
        } catch {
          return
        }
        const theirs: unknown = new Function(`return ${text}`)()
        expect(mine).toEqual(theirs === 0 ? 0 : theirs)
      }),
      { numRuns: 1_000 },
    )
  })
})
