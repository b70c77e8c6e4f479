import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

interface OwnPackage {
  readonly version: string
  readonly engines: { readonly node: string }
  readonly peerDependencies: { readonly xstate: string }
}

/** What the package says of itself. */
export function ownPackage(): OwnPackage {
  const file = createRequire(import.meta.url).resolve('holdfast/package.json')
  return JSON.parse(readFileSync(file, 'utf8')) as OwnPackage
}
