/** Devices from the command line. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Board, board, byHand } from '../api/board.js'
import { onTerminal, holdfast as typed } from './typed.js'

let b: Board
beforeAll(async () => {
  b = await board({}, { end: byHand, env: { BOARD_DEVICES: 'yes' } })
})
afterAll(() => b.end())

const holdfast = (...args: string[]) => typed(args, { env: { HOLDFAST_SOCKET: b.socket } })
const json = async (...args: string[]) => JSON.parse((await holdfast(...args, '--json')).out)

test('are listed with what they are at', async () => {
  const { out } = await holdfast('devices')
  expect(out).toMatch(/^DEVICE +TYPE +STATE +VALUE +SINCE +HARDWARE +WHY\n/)
  expect(out).toMatch(/^spare +relay +faulty .*GPIO99/m)
  expect(out).toMatch(/^siren +relay +off +.*simulated$/m)
  expect(out).toMatch(/^room +\S+ +\S+ +45 °C +/m)
  expect((await json('devices')).map(({ id }: { id: string }) => id)).toContain('door')
})

test.for([
  [['on', 'siren'], 'siren on'],
  [['off', 'siren'], 'siren off'],
  [['toggle', 'siren'], 'siren on'],
  [['pulse', 'siren', '1h'], 'siren on'],
  [['blink', 'siren', '--on', '1h', '--off', '1h', '--count', '2'], 'siren blinking'],
  [['on', 'gate', 'open'], 'gate active open'],
  [['set', 'lamp', '0.5'], 'lamp steady 0.5'],
  [['simulate', 'door', 'closed', '--bounces', '2'], 'door simulated'],
  [['simulate', 'room', '-5.25'], 'room simulated'],
  [['read', 'room'], 'room normal -5.25 °C'],
  [['simulate', 'room', '31'], 'room simulated'],
  [['read', 'room'], 'room above 31 °C'],
] as const)('devices %s', async ([args, says]) => {
  const { code, out, err } = await holdfast('devices', ...args)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(says)
})

test('a fade goes on when the command is over', async () => {
  expect(await json('devices', 'fade', 'lamp', '1', '1h')).toMatchObject({ id: 'lamp', state: 'fading' })
})

test('one is shown with the latest of what happened to it, and what is wrong with it', async () => {
  await holdfast('devices', 'off', 'siren')
  const { out } = await holdfast('devices', 'show', 'siren')
  expect(out).toMatch(/^device +siren\n/)
  expect(out).toMatch(/^lines +GPIO27 \(line 27 of simulated\)$/m)
  expect(out).toMatch(/^takes +on, off, toggle, pulse, blink$/m)
  expect(out).toMatch(/^news\n/m)
  expect(out).toMatch(/^ {2}\d\d:\d\d:\d\d {2}off {2}reason=command$/m)
  await holdfast('devices', 'simulate', 'room', '--fault', 'the cable\u001b[31m is off')
  const read = await holdfast('devices', 'read', 'room')
  expect(read).toMatchObject({ code: 1, err: expect.stringContaining('ERR_READING') })
  const shown = (await holdfast('devices', 'show', 'room')).out
  expect(shown).toMatch(/^fault .*the cable.* is off \(ERR_READING\)$/m)
  expect(shown).not.toContain('\u001b')
  await holdfast('devices', 'simulate', 'room', '20', '--no-fault')
  expect((await holdfast('devices', 'read', 'room')).out).toBe('room normal 20 °C\n')
})

describe('what is refused', () => {
  test.for([
    [['on', 'nobody'], 1, 'ERR_NOT_FOUND'],
    [['on', 'door'], 1, 'ERR_INVALID_COMMAND'],
    [['pulse', 'siren', 'ever'], 1, 'ERR_INVALID_COMMAND'],
    [['simulate', 'door'], 1, 'ERR_INVALID_COMMAND'],
    [['set', 'lamp', 'bright'], 2, 'ERR_USAGE'],
    [['blink', 'siren', '--count', 'some'], 2, 'ERR_USAGE'],
    [['pulse', 'siren'], 2, 'ERR_USAGE'],
  ] as const)('devices %s: exit %i, %s', async ([args, code, says]) => {
    expect(await holdfast('devices', ...args)).toMatchObject({ code, err: expect.stringContaining(says) })
  })
})

test('the view is drawn anew when something happens', async () => {
  const screen = onTerminal(['devices', '--watch'], { env: { HOLDFAST_SOCKET: b.socket }, columns: 120 })
  await screen.shows('siren')
  await holdfast('devices', 'on', 'siren')
  await screen.showsNow((all) => /siren +relay +\S*on /.test(all.slice(all.lastIndexOf('DEVICE'))))
  screen.type('\u0003')
  await screen.closed
})

test('what happens is a line each', async () => {
  const screen = onTerminal(['watch', '--type', 'device'], { env: { HOLDFAST_SOCKET: b.socket }, columns: 120 })
  // Whoever listens hears what comes next: it is said until somebody does.
  let heard = false
  const shown = screen.shows('reason=command').then(() => {
    heard = true
  })
  while (!heard) await holdfast('devices', 'toggle', 'siren')
  await shown
  screen.type('\u0003')
  expect((await screen.closed).screen).toMatch(/siren {2}o(n|ff) {2}reason=command/)
})

test('the lines of the machine need no daemon', async () => {
  const { code, out } = await typed(['devices', 'lines', '--dev', b.directory], {
    env: { HOLDFAST_SOCKET: '/nowhere' },
  })
  expect([code, out]).toEqual([0, `no GPIO on this machine: there is no ${b.directory}/gpiochip*\n`])
  const listed = await typed(['devices', 'lines', '--json', '--dev', b.directory])
  expect(JSON.parse(listed.out)).toEqual([])
})
