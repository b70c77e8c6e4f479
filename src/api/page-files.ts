/** The files of the dashboard as the build left them: named after what is in them, and compressed once for all. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { packageRoot } from '../model/own-package.js'

export interface PageFile {
  readonly body: Buffer
  readonly type: string
  readonly encoding: 'br' | 'gzip' | undefined
  readonly etag: string
}

const ENTRY = 'index.html'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

export class PageFiles {
  #root: string | undefined
  /** What there is, read when the first one asks; nothing else is ever opened. */
  #names: Promise<ReadonlySet<string>> | undefined

  /** The page itself. Undefined where it was not built. */
  entry(accepts: string): Promise<PageFile | undefined> {
    return this.#file(ENTRY, accepts)
  }

  /** What the page is made of, by its name. */
  asset(name: string, accepts: string): Promise<PageFile | undefined> {
    return this.#file(`assets/${name}`, accepts)
  }

  async #file(name: string, accepts: string): Promise<PageFile | undefined> {
    this.#root ??= join(packageRoot(), 'dist', 'page')
    this.#names ??= namesIn(this.#root)
    const names = await this.#names
    const type = TYPES[extname(name)]
    if (!names.has(name) || type === undefined) return undefined
    const [encoding, ending] = ENCODINGS.find(([each, end]) => takes(accepts, each) && names.has(name + end)) ?? []
    const body = await readFile(join(this.#root, name + (ending ?? '')))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    return { body, type, encoding, etag }
  }
}

async function namesIn(root: string): Promise<ReadonlySet<string>> {
  const [top, assets] = await Promise.all(['.', 'assets'].map((folder) => listed(join(root, folder))))
  return new Set([...(top ?? []), ...(assets ?? []).map((name) => `assets/${name}`)])
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}

/** `gzip, br;q=0` takes the first and refuses the second. */
function takes(accepts: string, encoding: string): boolean {
  return accepts.split(',').some((each) => {
    const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase())
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
