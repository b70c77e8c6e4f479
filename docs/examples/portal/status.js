/** The status lamp: it is on while all is well, and blinks while the station is away or a device is faulty. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

const WELL = { type: 'on' }
const WRONG = { type: 'blink', on: '200ms', off: '800ms' }
const POINTS = ['gate.opened', 'gate.closed', 'store.recovered'].map((point) => `holdfast:${point}`)

/** Looks whenever something may have changed, until what it gives is called. */
export async function showStatus(runtime) {
  let shown
  let turn = Promise.resolve()

  async function look() {
    const away = (await runtime.gates.list()).some(({ name, state }) => name === 'station' && state === 'closed')
    const faulty = (await runtime.devices.list()).some(({ fault }) => fault !== undefined)
    const wanted = away || faulty ? WRONG : WELL
    if (wanted === shown) return
    await runtime.devices.command('status', wanted)
    shown = wanted
  }

  /** A lamp that cannot be told is faulty itself, and is looked at again when it is found. */
  function lookAgain() {
    turn = turn.then(look).catch(() => undefined)
    return turn
  }
  /** What begins anew is dark. */
  function beginAnew() {
    shown = undefined
    return lookAgain()
  }

  const leave = runtime.observe({
    device({ device, type }) {
      if (type === 'found' && device === 'status') beginAnew()
      else if (type === 'fault' || type === 'found') lookAgain()
    },
  })
  const heard = (_, point) => (point.endsWith('recovered') ? beginAnew() : lookAgain())
  for (const point of POINTS) subscribe(point, heard)
  await lookAgain()
  return async () => {
    leave()
    for (const point of POINTS) unsubscribe(point, heard)
    await turn
  }
}
