/** The world outside of a simulated device: a door that is opened, a button that is pressed, a sensor that reads what it is told. */
import { useSignal } from '@preact/signals'
import { plain } from '../text.js'
import type { Seen } from '../trace.js'
import { Timed, tellDevice } from './device-controls.js'

interface SimulateProps {
  readonly id: string
  readonly seen: Seen
  /** Faults, too. */
  readonly whole?: boolean
}

/** Where an input can be, and what for a while. */
const MOVES: Readonly<
  Record<string, { readonly to: readonly string[]; readonly briefly: readonly [verb: string, to: string] }>
> = {
  contact: { to: ['open', 'closed'], briefly: ['Open for', 'open'] },
  button: { to: ['pressed', 'released'], briefly: ['Press', 'pressed'] },
  motion: { to: ['motion', 'clear'], briefly: ['Move for', 'motion'] },
  input: { to: ['high', 'low'], briefly: ['High for', 'high'] },
}

export function Simulate({ id, seen, whole = false }: SimulateProps) {
  const moves = MOVES[seen.type]
  const tell = (command: object, said: string) => tellDevice(id, { type: 'simulate', ...command }, said)
  return (
    <div class="controls simulate" role="group" aria-label={`Outside of ${plain(id, 60)}, simulated`}>
      <span class="tag">outside</span>
      {moves ? <Move moves={moves} tell={tell} /> : <Value seen={seen} tell={tell} />}
      {whole && <Fault tell={tell} />}
    </div>
  )
}

type Tell = (command: object, said: string) => Promise<boolean>

function Move({ moves: { to, briefly }, tell }: { readonly moves: (typeof MOVES)[string]; readonly tell: Tell }) {
  const [verb, there] = briefly
  const length = useSignal('200ms')
  const move = () => tell({ to: there, for: length.value }, `${there} for ${length.value}`)
  return (
    <>
      {to.map((each) => (
        <button key={each} type="button" onClick={() => void tell({ to: each }, each)}>
          {named(each)}
        </button>
      ))}
      <Timed verb={verb} length={length.value} change={(text) => (length.value = text)} act={() => void move()} />
    </>
  )
}

const VERBS: Readonly<Record<string, string>> = {
  open: 'Open',
  closed: 'Close',
  pressed: 'Hold down',
  released: 'Release',
  motion: 'Motion',
  clear: 'Clear',
}
const named = (state: string) => VERBS[state] ?? `${state.charAt(0).toUpperCase()}${state.slice(1)}`

function Value({ seen: { value, unit = '' }, tell }: { readonly seen: Seen; readonly tell: Tell }) {
  const chosen = useSignal<string | undefined>(undefined)
  const shown = chosen.value ?? String(typeof value === 'number' ? value : '')
  return (
    <form
      class="timed"
      onSubmit={(event) => {
        event.preventDefault()
        void tell({ value: Number(shown) }, `reads ${shown} ${unit}`)
      }}
    >
      <button type="submit">Reads</button>
      <input
        type="number"
        step="any"
        required
        aria-label={`What it reads${unit === '' ? '' : `, in ${plain(unit, 20)}`}`}
        value={shown}
        onInput={(event) => (chosen.value = event.currentTarget.value)}
      />
      {unit !== '' && <span class="note">{plain(unit, 20)}</span>}
    </form>
  )
}

function Fault({ tell }: { readonly tell: Tell }) {
  const why = useSignal('broken')
  return (
    <>
      <form
        class="timed"
        onSubmit={(event) => {
          event.preventDefault()
          void tell({ fault: why.value }, `fails: ${why.value}`)
        }}
      >
        <button type="submit">Fail</button>
        <input
          aria-label="What it fails with"
          required
          value={why.value}
          onInput={(event) => (why.value = event.currentTarget.value)}
        />
      </form>
      <button type="button" onClick={() => void tell({ fault: null }, 'fails no more')}>
        Mend
      </button>
    </>
  )
}
