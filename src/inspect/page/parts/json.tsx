/** A value of JSON as a tree that opens where somebody looks: as large as it may be, little of it is drawn. */
import { useState } from 'preact/hooks'
import { countOf, numberOf } from '../words.js'
import { Txt } from './txt.js'

const PAGE = 50
const SHORT = 300
const LONG = 20_000
/** So deep it is open at first, as long as there is little in it. */
const OPEN_DEPTH = 2
const OPEN_SIZE = 12

export function Json({ value }: { readonly value: unknown }) {
  return (
    <div class="json">
      <Value value={value} depth={0} />
    </div>
  )
}

function Value({ value, depth, name }: { readonly value: unknown; readonly depth: number; readonly name?: string }) {
  if (typeof value === 'object' && value !== null) return <Branch value={value} depth={depth} {...named(name)} />
  return (
    <div class="leaf">
      {name !== undefined && <Key name={name} />}
      <Leaf value={value} />
    </div>
  )
}

function Branch({ value, depth, name }: { readonly value: object; readonly depth: number; readonly name?: string }) {
  const list = Array.isArray(value)
  const keys = list ? undefined : Object.keys(value)
  const size = list ? value.length : (keys?.length ?? 0)
  const [open, setOpen] = useState(depth === 0 || (depth < OPEN_DEPTH && size <= OPEN_SIZE))
  const [shown, setShown] = useState(PAGE)
  const word = list ? countOf(size, 'item') : countOf(size, 'member')
  if (size === 0) {
    return (
      <div class="leaf">
        {name !== undefined && <Key name={name} />}
        <span class="punctuation">{list ? '[ ]' : '{ }'}</span>
      </div>
    )
  }
  const members = Array.from({ length: Math.min(shown, size) }, (_, i) => {
    const key = list ? String(i) : (keys?.[i] as string)
    return [key, (value as Record<string, unknown>)[key]] as const
  })
  return (
    <div class="branch">
      <button type="button" class="twist" aria-expanded={open} onClick={() => setOpen(!open)}>
        {name !== undefined && <Key name={name} />}
        <span class="punctuation">{list ? `[ ${word} ]` : `{ ${word} }`}</span>
      </button>
      {open && (
        <div class="members">
          {members.map(([key, each]) => (
            <Value key={key} name={key} value={each} depth={depth + 1} />
          ))}
          {size > shown && (
            <button type="button" class="link" onClick={() => setShown(shown + 10 * PAGE)}>
              {numberOf(size - shown)} more
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Leaf({ value }: { readonly value: unknown }) {
  const [long, setLong] = useState(false)
  if (typeof value !== 'string')
    return <span class={`json-${value === null ? 'null' : typeof value}`}>{String(value)}</span>
  return (
    <span class="json-string">
      "<Txt of={value} most={long ? LONG : SHORT} multiline />"
      {value.length > SHORT && (
        <button type="button" class="link" onClick={() => setLong(!long)}>
          {long ? 'less' : countOf(value.length, 'character')}
        </button>
      )}
    </span>
  )
}

function Key({ name }: { readonly name: string }) {
  return (
    <span class="json-key">
      <Txt of={name} most={120} />:{' '}
    </span>
  )
}

const named = (name: string | undefined) => (name === undefined ? {} : { name })
