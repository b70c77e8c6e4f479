import { second } from '../clock.js'
import { awayOf, dayOf } from '../words.js'

/** How long ago something was, or until when; the exact time for who points at it. */
export function Ago({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={dayOf(at)}>
      {awayOf(at, second.value)}
    </time>
  )
}
