import { didYouMean } from '../model/nearest.js'
import type { Kind, Kinds } from './kinds.js'
import { DEFAULT_ROUTE, type RuntimeOptions } from './options.js'

/**
 * What is to be said of routes that kinds name and the options do not: they exist, so one that is misspelt loses its
 * limits in silence. Where the options name no routes there are none to lose.
 */
export function strayRoutes(kinds: Kinds, routes: RuntimeOptions['routes'] = {}): string[] {
  const known = Object.keys(routes)
  if (known.length === 0) return []
  return [...kinds.all()]
    .filter(({ route }) => route !== 'default' && !known.includes(route))
    .map((kind) => told(kind, known).trimEnd())
}

function told({ name, route, remote }: Kind, known: readonly string[]): string {
  // What workers elsewhere run takes no slot.
  const runs = remote ? '' : `: it runs ${DEFAULT_ROUTE.concurrency} at once there`
  return `task '${name}': its route '${route}' is not in \`routes\`${runs}. ${didYouMean(route, known)}`
}
