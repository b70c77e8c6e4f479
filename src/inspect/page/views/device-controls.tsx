/** The switches of a device: the commands that it takes. */
import { useSignal } from '@preact/signals'
import { ask, part } from '../ask.js'
import { doing } from '../parts/notices.js'
import { Txt } from '../parts/txt.js'
import { plain } from '../text.js'
import type { Seen } from '../trace.js'

interface DeviceControlsProps {
  readonly id: string
  readonly seen: Seen
}

/** Tells a device what to do, and people what came of it. */
export function tellDevice(id: string, command: { readonly type: string }, said: string): Promise<boolean> {
  return doing(`${plain(id, 40)}: ${said}`, () =>
    ask(`/v1/devices/${part(id)}/commands`, { method: 'POST', body: command }),
  )
}

export function DeviceControls({ id, seen }: DeviceControlsProps) {
  const takes = (command: string) => seen.commands.includes(command)
  if (!seen.commands.some((command) => command !== 'simulate')) return null
  return (
    <div class="controls" role="group" aria-label={`Switches of ${plain(id, 60)}`}>
      {seen.type === 'interlock' ? <Outputs id={id} seen={seen} /> : takes('on') && <OnOff id={id} seen={seen} />}
      {takes('toggle') && (
        <button type="button" onClick={() => void tellDevice(id, { type: 'toggle' }, 'toggled')}>
          Toggle
        </button>
      )}
      {takes('pulse') && <Pulse id={id} />}
      {takes('blink') && <Blink id={id} />}
      {takes('set') && <Duty id={id} seen={seen} />}
      {takes('read') && (
        <button type="button" onClick={() => void tellDevice(id, { type: 'read' }, 'was read')}>
          Read now
        </button>
      )}
    </div>
  )
}

function OnOff({ id, seen: { type, state, value } }: DeviceControlsProps) {
  const on = type === 'pwm' ? typeof value === 'number' && value > 0 : state === 'on'
  const off = type === 'pwm' ? value === 0 : state === 'off'
  return (
    <span class="segments">
      <button type="button" aria-pressed={on} onClick={() => void tellDevice(id, { type: 'on' }, 'on')}>
        On
      </button>
      <button type="button" aria-pressed={off} onClick={() => void tellDevice(id, { type: 'off' }, 'off')}>
        Off
      </button>
    </span>
  )
}

/** One of them, or none. */
function Outputs({ id, seen: { value, outputs = [] } }: DeviceControlsProps) {
  const choose = (output: string) => tellDevice(id, { type: 'on', output } as { type: string }, plain(output, 40))
  return (
    <span class="segments">
      <button type="button" aria-pressed={value === null} onClick={() => void tellDevice(id, { type: 'off' }, 'off')}>
        Off
      </button>
      {outputs.map((output) => (
        <button key={output} type="button" aria-pressed={value === output} onClick={() => void choose(output)}>
          <Txt of={output} most={30} />
        </button>
      ))}
    </span>
  )
}

function Pulse({ id }: { readonly id: string }) {
  const length = useSignal('1s')
  const pulse = () => tellDevice(id, { type: 'pulse', for: length.value } as { type: string }, `on for ${length.value}`)
  return <Timed verb="Pulse" length={length.value} change={(text) => (length.value = text)} act={() => void pulse()} />
}

/** On and off in turns until it is told otherwise. */
function Blink({ id }: { readonly id: string }) {
  const length = useSignal('500ms')
  const blink = () => tellDevice(id, { type: 'blink', on: length.value } as { type: string }, 'blinks')
  return <Timed verb="Blink" length={length.value} change={(text) => (length.value = text)} act={() => void blink()} />
}

/** Set at once, or over a time. */
function Duty({ id, seen }: DeviceControlsProps) {
  const chosen = useSignal<number | undefined>(undefined)
  const over = useSignal('2s')
  const percent = chosen.value ?? Math.round((typeof seen.value === 'number' ? seen.value : 0) * 100)
  const tell = async (command: object, said: string) => {
    if (await tellDevice(id, command as { type: string }, said)) chosen.value = undefined
  }
  const set = () => tell({ type: 'set', duty: percent / 100 }, `${percent} %`)
  const fade = () => tell({ type: 'fade', to: percent / 100, over: over.value }, `to ${percent} % over ${over.value}`)
  return (
    <>
      <label class="field duty">
        Duty
        <input
          type="range"
          min="0"
          max="100"
          value={percent}
          aria-valuetext={`${percent} %`}
          onInput={(event) => (chosen.value = Number(event.currentTarget.value))}
        />
        <output>{percent} %</output>
      </label>
      <button type="button" onClick={() => void set()}>
        Set
      </button>
      <Timed verb="Fade" length={over.value} change={(text) => (over.value = text)} act={() => void fade()} />
    </>
  )
}

interface TimedProps {
  readonly verb: string
  readonly length: string
  readonly change: (text: string) => void
  readonly act: () => void
}

/** What takes a time, which is said beside it. */
export function Timed({ verb, length, change, act }: TimedProps) {
  return (
    <form
      class="timed"
      onSubmit={(event) => {
        event.preventDefault()
        act()
      }}
    >
      <button type="submit">{verb}</button>
      <input
        aria-label={`${verb}: how long`}
        value={length}
        required
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => change(event.currentTarget.value)}
      />
    </form>
  )
}
