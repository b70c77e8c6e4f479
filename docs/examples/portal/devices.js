/** The devices of the portal, and the tasks that they make: each in the commit of what happened. */
import { contact, dht, led, motion, relay } from 'holdfast'
import { say } from './chat.js'

/** A contact between the line and ground: closed is the door, and low the line. */
const door = (line, name) =>
  contact({
    line,
    bias: 'pull-up',
    hold: '10m',
    onOpen: [{ kind: 'snapshot' }, say(() => `the ${name} door was opened`)],
    onHold: [
      say(({ forMs }) => `the ${name} door has been open for ${Math.round(forMs / 60_000)} minutes`),
      { kind: 'device.pulse', input: { device: 'siren', for: '5s' } },
    ],
  })

export const devices = {
  front: door('GPIO17', 'front'),
  back: door('GPIO27', 'back'),
  hall: motion({ line: 'GPIO22', onMotion: { kind: 'motion' } }),
  room: dht({
    quantity: 'temperature',
    interval: '10s',
    median: 3,
    above: { at: 30, clear: 28 },
    onAbove: say(({ value }) => `the room has ${value} °C`),
  }),
  // Whatever happens to the portal, the neighbours sleep.
  siren: relay({ line: 'GPIO23', maxOn: '1m' }),
  status: led({ line: 'GPIO24' }),
}

/** Simulated ones, where this machine has no such lines. */
export const gpio = { backend: process.env.HOLDFAST_PORTAL_GPIO || 'auto' }
