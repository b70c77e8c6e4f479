/**
 * The text of an expression as a tree. The grammar is that of JavaScript's expressions as jsep reads them; what is legal
 * of it is said in expression.ts. Everything here is bounded before anything is made of it.
 */
import jsep from 'jsep'

export type Tree = jsep.CoreExpression

/** Characters of an expression. */
export const LONGEST = 2_000
/** Operators, names and literals of an expression. */
export const MOST_NODES = 500
/** Levels within levels. */
export const DEEPEST = 50

/** What is wrong with an expression, and where in its text. */
export class SyntaxFault extends Error {
  readonly index: number | undefined
  readonly hint: string | undefined

  constructor(message: string, { index, hint }: { index?: number; hint?: string } = {}) {
    super(message)
    this.index = index
    this.hint = hint
  }
}

/** @throws SyntaxFault */
export function parsed(text: string): Tree {
  if (text.trim() === '') throw new SyntaxFault('is empty')
  if (text.length > LONGEST) throw new SyntaxFault(`is longer than ${LONGEST.toLocaleString('en')} characters`)
  // The parser calls itself for each bracket and each sign, so these are counted before it is asked.
  if (nesting(text) > DEEPEST) throw deep()
  const tree = read(text)
  let nodes = 0
  const measure = (node: unknown, depth: number): void => {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      for (const each of node) measure(each, depth)
      return
    }
    if (typeof (node as { type?: unknown }).type !== 'string') return
    if (depth > DEEPEST) throw deep()
    if (++nodes > MOST_NODES) throw new SyntaxFault(`has more than ${MOST_NODES} parts`)
    for (const member of Object.values(node)) measure(member, depth + 1)
  }
  measure(tree, 1)
  return tree
}

function read(text: string): Tree {
  try {
    return jsep(text) as Tree
  } catch (error) {
    const { description, message, index } = error as { description?: string; message: string; index?: number }
    throw new SyntaxFault(`cannot be read: ${description ?? message}`, index === undefined ? {} : { index })
  }
}

/** The most brackets open at once, and the longest run of signs. */
function nesting(text: string): number {
  let [open, deepest, signs] = [0, 0, 0]
  for (const character of text) {
    if ('([{?'.includes(character)) open++
    else if (')]}'.includes(character)) open--
    if ('!-+~'.includes(character)) signs++
    else if (character.trim() !== '') signs = 0
    deepest = Math.max(deepest, open, signs)
  }
  return deepest
}

const deep = () => new SyntaxFault(`is nested deeper than ${DEEPEST} levels`)
