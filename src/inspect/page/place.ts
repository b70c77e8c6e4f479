/** Where in the page one is: what stands behind the `#` of its address, so that every view can be shared and reloaded. */
import { signal } from '@preact/signals'

export interface Place {
  /** The view, and what it is about: `['tasks', 'a1']`. */
  readonly path: readonly string[]
  readonly query: Readonly<Record<string, string>>
}

export type Query = Readonly<Record<string, string | undefined>>

export const place = signal(read(location.hash))

addEventListener('hashchange', () => {
  place.value = read(location.hash)
})

/** The address of a place, for links. */
export function href(path: readonly string[], query: Query = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1])
  const search = new URLSearchParams(given).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
}

/** `quietly` leaves no step to come back to: for filters. */
export function go(path: readonly string[], query: Query = {}, quietly = false): void {
  const to = href(path, query)
  if (to === location.hash) return
  if (!quietly) {
    location.hash = to
    return
  }
  history.replaceState(null, '', to)
  place.value = read(to)
}

function read(hash: string): Place {
  const [, path = '', search = ''] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash) ?? []
  return {
    path: path.split('/').filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(search)),
  }
}

/** An address that was typed may be no encoding of anything. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
