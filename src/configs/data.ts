/** Data with expressions in it: `{ "url": { "$": "settings.url" }, "tries": 3 }`, worked out anew each time it is asked. */
import { Budget } from './budget.js'
import { type Expression, expression, ROOTS, type Root, type Scope } from './expression.js'
import { type Findings, type Path, pathText } from './finding.js'
import { SyntaxFault } from './syntax.js'
import { failure } from './values.js'

/** What an expression reads, and where it stands. */
export interface Read {
  readonly at: Path
  readonly root: Root
  readonly member: string | undefined
}

export interface Data {
  /** It has no expression in it. */
  readonly fixed: boolean
  /** A value of its own each time. @throws ERR_EXPRESSION, ERR_EXPRESSION_LIMIT with the path of what failed */
  readonly of: (scope: Scope) => unknown
}

type Part = (scope: Scope, budget: Budget) => unknown

export class DataReader {
  readonly #findings: Findings
  /** What is read by all that was compiled. */
  readonly reads: Read[] = []

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Data that may read `roots`; what is wrong in it becomes findings. */
  data(value: unknown, at: Path, roots: readonly Root[] = ROOTS): Data {
    if (!holdsExpression(value)) return { fixed: true, of: () => structuredClone(value) }
    const part = this.#part(value, at, roots)
    return {
      fixed: false,
      of: (scope) => {
        const budget = new Budget()
        const made = part(scope, budget)
        try {
          return budget.weigh(made)
        } catch (error) {
          throw failure(error, pathText(at))
        }
      },
    }
  }

  #part(value: unknown, at: Path, roots: readonly Root[]): Part {
    if (Array.isArray(value)) {
      const items = value.map((item, i) => this.#part(item, [...at, i], roots))
      return (scope, budget) => items.map((item) => item(scope, budget))
    }
    if (typeof value !== 'object' || value === null) return () => value
    if (isExpression(value)) return this.#expression(value.$, at, roots)
    const members = Object.entries(value).map(
      ([name, member]) => [name, this.#part(member, [...at, name], roots)] as const,
    )
    // fromEntries makes members of its own, whatever they are called.
    return (scope, budget) => Object.fromEntries(members.map(([name, member]) => [name, member(scope, budget)]))
  }

  #expression(text: string, at: Path, roots: readonly Root[]): Part {
    let made: Expression
    try {
      made = expression(text, roots)
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error
      const { message, index, hint } = error
      this.#findings.error([...at, '$'], index === undefined ? message : `${message}, at character ${index + 1}`, hint)
      return () => null
    }
    for (const [root, member] of made.reads) this.reads.push({ at, root, member })
    const path = pathText(at)
    return (scope, budget) => {
      try {
        return made.evaluate(scope, budget)
      } catch (error) {
        throw failure(error, path)
      }
    }
  }
}

export function holdsExpression(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isExpression(value) || Object.values(value).some(holdsExpression)
}

/** What is `{ "$": 5 }` was refused by the form. */
export function isExpression(value: unknown): value is { readonly $: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, '$') &&
    typeof (value as { $: unknown }).$ === 'string'
  )
}
