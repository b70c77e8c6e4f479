/**
 * Expressions: compiled once, when a kind is registered, to functions that read `context`, `event`, `settings` and
 * `input`. The language is JSON's: its values are null, booleans, finite numbers, text, lists and objects; what is not
 * there is null. Nothing can be called but the functions of our own table, nothing of a prototype can be seen, and each
 * evaluation has a budget; so an expression cannot leave its room, and cannot stay in it for long.
 */
import { nearest } from '../model/nearest.js'
import { Budget } from './budget.js'
import { FUNCTIONS, type FunctionOf, MACROS, patternOf } from './functions.js'
import { parsed, SyntaxFault, type Tree } from './syntax.js'
import { compared, equal, kindOf, memberOf } from './values.js'

/** What an expression can read. */
export interface Scope {
  readonly context: unknown
  readonly event: unknown
  readonly settings: unknown
  readonly input: unknown
}
export const ROOTS = ['context', 'event', 'settings', 'input'] as const satisfies readonly (keyof Scope)[]
export type Root = (typeof ROOTS)[number]

type Run = (scope: Readonly<Record<string, unknown>>, budget: Budget) => unknown

export interface Expression {
  /** What it reads, one member deep: `context.count` is ['context', 'count']. */
  readonly reads: readonly (readonly [root: Root, member: string | undefined])[]
  /** @throws Error that says what was wrong, ERR_EXPRESSION_LIMIT */
  readonly evaluate: (scope: Scope, budget?: Budget) => unknown
}

/** @throws SyntaxFault that says what is wrong in it */
export function expression(text: string, roots: readonly Root[] = ROOTS): Expression {
  const reads: [Root, string | undefined][] = []
  const run = new Compiler(roots, reads).compile(parsed(text))
  return { reads, evaluate: (scope, budget = new Budget()) => run(scope as never, budget) ?? null }
}

const CONSTANTS: Readonly<Record<string, unknown>> = { null: null, true: true, false: false }

class Compiler {
  readonly #roots: readonly Root[]
  readonly #reads: [Root, string | undefined][]
  /** The names of macros, the innermost last. */
  readonly #names: string[] = []

  constructor(roots: readonly Root[], reads: [Root, string | undefined][]) {
    this.#roots = roots
    this.#reads = reads
  }

  compile(tree: Tree): Run {
    const run = this.#of(tree)
    return (scope, budget) => {
      budget.step()
      return run(scope, budget)
    }
  }

  #of(tree: Tree): Run {
    switch (tree.type) {
      case 'Literal':
        return literal(tree)
      case 'Identifier':
        return this.#identifier(tree.name)
      case 'MemberExpression':
        return this.#member(tree as never)
      case 'UnaryExpression':
        return unary(tree.operator, this.compile(tree.argument as Tree))
      case 'BinaryExpression':
        return binary(tree.operator, this.compile(tree.left as Tree), this.compile(tree.right as Tree))
      case 'ConditionalExpression': {
        const [test, yes, no] = [tree.test, tree.consequent, tree.alternate].map((each) => this.compile(each as Tree))
        return (scope, budget) => ((test as Run)(scope, budget) ? (yes as Run) : (no as Run))(scope, budget)
      }
      case 'ArrayExpression': {
        if (tree.elements.some((each) => each === null)) throw new SyntaxFault('has a list with a hole')
        const items = tree.elements.map((each) => this.compile(each as Tree))
        return (scope, budget) => items.map((item) => item(scope, budget))
      }
      case 'CallExpression':
        return this.#call(tree as never)
      case 'Compound':
      case 'SequenceExpression':
        throw new SyntaxFault('is more than one expression', { hint: 'One operator or comma is missing, or too many.' })
      default:
        throw new SyntaxFault(`has what no expression can have: ${(tree as { type: string }).type}`)
    }
  }

  #identifier(name: string): Run {
    if (Object.hasOwn(CONSTANTS, name)) return () => CONSTANTS[name]
    if (this.#names.includes(name)) return (scope) => scope[name]
    const root = this.#root(name)
    this.#reads.push([root, undefined])
    return (scope) => scope[root] ?? null
  }

  #root(name: string): Root {
    if ((this.#roots as readonly string[]).includes(name)) return name as Root
    const known = [...this.#names, ...this.#roots]
    if ((ROOTS as readonly string[]).includes(name)) {
      throw new SyntaxFault(`reads '${name}', which is not there yet`, {
        hint: `Here it can read: ${known.join(', ')}.`,
      })
    }
    if (Object.hasOwn(FUNCTIONS, name) || Object.hasOwn(MACROS, name))
      throw new SyntaxFault(`has '${name}' without brackets`, { hint: `It is a function: ${name}(...).` })
    throw new SyntaxFault(`has the unknown name '${name}'`, { hint: meant(name, known) })
  }

  #member(tree: { object: Tree; property: Tree; computed: boolean; optional?: boolean }): Run {
    const { object, property, computed, optional = false } = tree
    const fixed = computed
      ? property.type === 'Literal'
        ? property.value
        : undefined
      : (property as { name: string }).name
    const name = fixed === undefined ? this.compile(property) : () => fixed
    const own = object.type === 'Identifier' && !this.#names.includes(object.name)
    let from: Run
    if (own && !Object.hasOwn(CONSTANTS, object.name)) {
      const root = this.#root(object.name)
      this.#reads.push([root, typeof fixed === 'string' ? fixed : undefined])
      from = (scope) => scope[root] ?? null
    } else from = this.compile(object)
    return (scope, budget) => {
      const value = from(scope, budget)
      return optional && (value ?? null) === null ? null : memberOf(value, name(scope, budget))
    }
  }

  /** `f(a, b)`, or `a.f(b)`, which is the same. */
  #call({ callee, arguments: given }: { callee: Tree; arguments: readonly Tree[] }): Run {
    const method = callee.type === 'MemberExpression' && !callee.computed
    if (!method && callee.type !== 'Identifier') throw new SyntaxFault('calls what is no function')
    const { name } = (method ? callee.property : callee) as unknown as { name: string }
    const args = method ? [callee.object as Tree, ...given] : given
    if (Object.hasOwn(MACROS, name)) return this.#macro(name, args)
    const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
    if (!found) {
      throw new SyntaxFault(`calls the unknown function '${name}'`, {
        hint: meant(name, [...Object.keys(FUNCTIONS), ...Object.keys(MACROS)]),
      })
    }
    const least = found.takes.filter(([each]) => !each.endsWith('?')).length
    if (args.length < least || args.length > found.takes.length) {
      const names = found.takes.map(([each]) => each).join(', ')
      throw new SyntaxFault(`calls ${name}() with ${args.length} arguments`, { hint: `It is ${name}(${names}).` })
    }
    checkPattern(name, args)
    const runs = args.map((each) => this.compile(each))
    return (scope, budget) => {
      const values = runs.map((run) => run(scope, budget))
      for (const [i, value] of values.entries()) checkArgument(name, found, i, value)
      return finite((found.call as unknown as (args: readonly unknown[], budget: Budget) => unknown)(values, budget))
    }
  }

  #macro(name: string, args: readonly Tree[]): Run {
    const [list, item, body] = args
    if (args.length !== 3 || item?.type !== 'Identifier' || !list || !body) {
      throw new SyntaxFault(`calls ${name}() in a wrong way`, { hint: `It is ${name}(list, item, item.size > 3).` })
    }
    const named = item.name
    if (Object.hasOwn(CONSTANTS, named) || (ROOTS as readonly string[]).includes(named)) {
      throw new SyntaxFault(`has '${named}' as the name of an item`, { hint: 'Choose another name.' })
    }
    const all = this.compile(list)
    this.#names.push(named)
    const each = this.compile(body)
    this.#names.pop()
    return (scope, budget) => {
      const items = all(scope, budget)
      if (!Array.isArray(items)) throw new Error(`${name}() takes a list, not ${kindOf(items)}`)
      const ask = (value: unknown) => each({ ...scope, [named]: value }, budget)
      if (name === 'map') return items.map(ask)
      if (name === 'filter') return items.filter(ask)
      if (name === 'find') return items.find(ask) ?? null
      return name === 'every' ? items.every(ask) : items.some(ask)
    }
  }
}

function literal({ value, raw }: { value: unknown; raw: string }): Run {
  if (typeof value === 'string' && /(^|[^\\])(\\\\)*\\[^nrtbfv\\'"]/.test(raw)) {
    throw new SyntaxFault(`has an escape that is not known in ${raw.slice(0, 40)}`, {
      hint: 'Known: \\n \\r \\t \\b \\f \\v \\\\ \\\' \\".',
    })
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxFault(`has a number out of range: ${raw}`)
  return () => value
}

function unary(operator: string, of: Run): Run {
  if (operator === '!') return (scope, budget) => !of(scope, budget)
  if (operator !== '-' && operator !== '+') throw unknownOperator(operator)
  const sign = operator === '-' ? -1 : 1
  return (scope, budget) => {
    const value = of(scope, budget)
    if (typeof value !== 'number') throw new Error(`${operator} takes a number, not ${kindOf(value)}`)
    return finite(sign * value)
  }
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
}
const ORDER: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function binary(operator: string, left: Run, right: Run): Run {
  if (operator === '&&') return (scope, budget) => left(scope, budget) && right(scope, budget)
  if (operator === '||') return (scope, budget) => left(scope, budget) || right(scope, budget)
  if (operator === '??') return (scope, budget) => left(scope, budget) ?? right(scope, budget)
  if (operator === '==' || operator === '===')
    return (scope, budget) => equal(left(scope, budget), right(scope, budget), budget)
  if (operator === '!=' || operator === '!==')
    return (scope, budget) => !equal(left(scope, budget), right(scope, budget), budget)
  const order = ORDER[operator]
  if (order) return (scope, budget) => order(compared(left(scope, budget), right(scope, budget)))
  if (operator === '+') return (scope, budget) => sum(left(scope, budget), right(scope, budget), budget)
  const reckon = ARITHMETIC[operator]
  if (!reckon) throw unknownOperator(operator)
  return (scope, budget) => {
    const [a, b] = [left(scope, budget), right(scope, budget)]
    if (typeof a !== 'number' || typeof b !== 'number')
      throw new Error(`${kindOf(a)} ${operator} ${kindOf(b)} is no arithmetic`)
    return finite(reckon(a, b))
  }
}

/** Numbers are added; text takes text, numbers and booleans to it. */
function sum(a: unknown, b: unknown, budget: Budget): unknown {
  if (typeof a === 'number' && typeof b === 'number') return finite(a + b)
  const plain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  if ((typeof a === 'string' || typeof b === 'string') && plain(a) && plain(b)) return budget.text(`${a}${b}`)
  throw new Error(`${kindOf(a)} + ${kindOf(b)} is neither a number nor text`)
}

function finite(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('the result is no finite number')
  // JSON has one zero.
  return value === 0 ? 0 : value
}

function checkArgument(name: string, { takes }: FunctionOf, i: number, value: unknown): void {
  const [argument, what] = takes[i] as FunctionOf['takes'][number]
  const kind = kindOf(value)
  if (what !== 'any' && !what.split(/, | or /).includes(kind))
    throw new Error(`${name}(): ${argument} has to be ${what}, not ${kind}`)
}

/** A pattern that is written out is looked at once. */
function checkPattern(name: string, [, pattern]: readonly Tree[]): void {
  if (name !== 'matches' || pattern?.type !== 'Literal' || typeof pattern.value !== 'string') return
  try {
    patternOf(pattern.value)
  } catch (error) {
    throw new SyntaxFault(`has a pattern that cannot be read: ${(error as Error).message}`)
  }
}

const unknownOperator = (operator: string) =>
  new SyntaxFault(`has the operator ${operator}, which is not known`, {
    hint: 'Known: + - * / % ** == != < <= > >= && || ?? ! ? :.',
  })

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean '${near}'?`
}
