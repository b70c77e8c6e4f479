/** The text of a file as JSON, and where in the text a path stands. */
import { readFileSync, statSync } from 'node:fs'
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Finding, Findings, Found, Path } from './finding.js'
import { pathText } from './finding.js'
import { jsonFault, lineOf } from './json-fault.js'

/** Bytes of a machine as JSON. */
export const LARGEST = 1024 * 1024
/** Levels of a machine as JSON. */
const DEEPEST = 150

/** A file that was read: its value, if it is JSON, and its text, if it has one. */
export class Source {
  readonly name: string
  readonly value: unknown
  readonly #text: string | undefined
  #tree: Node | undefined

  private constructor(name: string, value: unknown, text?: string) {
    this.name = name
    this.value = value
    this.#text = text
  }

  /** @throws ERR_TOO_LARGE, ERR_INVALID_OPTION when it cannot be read */
  static file(path: string, findings: Findings): Source {
    return Source.text(path, contentOf(path), findings)
  }

  static text(name: string, text: string, findings: Findings): Source {
    if (Buffer.byteLength(text) > LARGEST) throw tooLarge(name, Buffer.byteLength(text))
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      notJson(text, error, findings)
      return new Source(name, undefined, text)
    }
    // What is deeper could not be walked, neither here nor by XState.
    if (deeper(value)) {
      findings.error([], `is nested deeper than ${DEEPEST} levels`)
      return new Source(name, undefined, text)
    }
    const source = new Source(name, value, text)
    names(source.#rooted(), [], text, findings)
    return source
  }

  /** A value that a program made. @throws ERR_NOT_JSON, also for what refers to itself; ERR_TOO_LARGE */
  static value(name: string, value: unknown, findings: Findings): Source {
    return Source.text(name, jsonText(value, name, LARGEST), findings).#without()
  }

  /** A finding with its line and its column. */
  placed({ at, key, ...found }: Found): Finding {
    const path = pathText(at)
    const text = this.#text
    if (text === undefined) return { path, ...found }
    const [line, column] =
      found.line === undefined ? lineOf(text, this.#offset(at, key)) : [found.line, found.column ?? 1]
    return { path, ...found, line, column }
  }

  #offset(at: Path, key: boolean): number {
    if (this.value === undefined) return 0
    for (let path = at; path.length > 0; path = path.slice(0, -1)) {
      const node = findNodeAtLocation(this.#rooted(), [...path])
      // What is missing is told where it should stand.
      if (node) return (key && path === at ? (node.parent?.children?.[0] ?? node) : node).offset
    }
    return this.#rooted().offset
  }

  #rooted(): Node {
    this.#tree ??= parseTree(this.#text ?? 'null') as Node
    return this.#tree
  }

  /** Its text was made here: its lines are nobody's. */
  #without(): Source {
    return new Source(this.name, this.value)
  }
}

function contentOf(path: string): string {
  try {
    const file = statSync(path)
    if (file.isDirectory()) {
      const hint = `Name its files: ${path.replace(/\/$/, '')}/*.json`
      throw new HoldfastError('ERR_INVALID_OPTION', `${path} is a folder`, { hint })
    }
    if (file.size > LARGEST) throw tooLarge(path, file.size)
    // Editors of Windows put a mark in front of it.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    throw new HoldfastError('ERR_INVALID_OPTION', `the machine ${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'Is the path right, and may it be read?',
      cause,
    })
  }
}

function tooLarge(name: string, bytes: number): HoldfastError {
  return new HoldfastError('ERR_TOO_LARGE', `${name} has ${bytes} bytes, the limit is ${LARGEST}`, {
    hint: 'A machine is not the place for data: let an actor read it.',
  })
}

function notJson(text: string, error: unknown, findings: Findings): void {
  const { what, line, column } = jsonFault(text, error)
  findings.all.push({ severity: 'error', at: [], key: false, message: `is not JSON: ${what}`, line, column })
}

function deeper(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
  }
  return false
}

/** Names that JSON lets stand twice, of which only the last would be seen, and the one that is no name. */
function names(node: Node, at: Path, text: string, findings: Findings): void {
  const seen = new Set<string>()
  for (const [i, child] of (node.children ?? []).entries()) {
    const name = child.type === 'property' ? (child.children?.[0]?.value as string) : i
    const path = [...at, name]
    const wrong = (message: string) => {
      const [line, column] = lineOf(text, child.offset)
      findings.all.push({ severity: 'error', at: path, key: true, message, line, column })
    }
    if (seen.has(String(name))) wrong('stands there twice')
    else if (name === '__proto__') wrong('is a name that no member can have')
    seen.add(String(name))
    const inner = child.type === 'property' ? child.children?.[1] : child
    if (inner) names(inner, path, text, findings)
  }
}
