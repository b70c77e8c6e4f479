import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

interface OwnPackage {
  readonly version: string
  readonly engines: { readonly node: string }
  readonly peerDependencies: { readonly xstate: string }
}

/** Where the package lies, be it built or not. */
export function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('holdfast/package.json'))
}

/** What the package says of itself. */
export function ownPackage(): OwnPackage {
  return JSON.parse(readFileSync(`${packageRoot()}/package.json`, 'utf8')) as OwnPackage
}
