import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The version of this package. */
export function version(): string {
  const file = createRequire(import.meta.url).resolve('holdfast/package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
