/** The gate of the network, against servers on the loopback. */
import { createSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { online } from '../../../../src/runtime/gates/online.js'
import { refusal } from '../../../runtime/lab.js'
import { conditionOf } from './conditions.js'

/** A server that accepts and says nothing, and how many connections to it are open. */
async function server() {
  const sockets = new Set<Socket>()
  const listening = await new Promise<Server>((resolve) => {
    const made = createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    }).listen(0, '127.0.0.1', () => resolve(made))
  })
  const close = () => new Promise<void>((resolve) => listening.close(() => resolve()))
  onTestFinished(() => void close())
  return { port: (listening.address() as { port: number }).port, close, sockets }
}

/** A name server that knows one name: the header, the question, and an address or none. */
async function nameServer(known: string) {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const labels: string[] = []
    let at = 12
    for (; question[at]; at += (question[at] as number) + 1)
      labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] as number)))
    const type = question.readUInt16BE(at + 1)
    const found = labels.join('.') === known
    const header = Buffer.from(question.subarray(0, at + 5))
    header.writeUInt16BE(found ? 0x8180 : 0x8183, 2)
    header.writeUInt16BE(found && type === 1 ? 1 : 0, 6)
    header.writeUInt32BE(0, 8)
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1])
    socket.send(found && type === 1 ? Buffer.concat([header, record]) : header, from.port, from.address)
  })
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void socket.close())
  return `127.0.0.1:${socket.address().port}`
}

describe('via tcp', () => {
  test('it is open while something accepts connections, and closed with the reason when nothing does', async () => {
    const { port, close } = await server()
    const gate = conditionOf(online({ host: '127.0.0.1', port }))
    expect(await gate.answer()).toEqual({ open: true })
    await close()
    expect(await gate.answer()).toEqual({ open: false, reason: `127.0.0.1:${port}: ECONNREFUSED` })
  })

  test('it leaves no connection behind, answered or not', async () => {
    const { port, sockets } = await server()
    const gate = conditionOf(online({ host: '127.0.0.1', port }))
    for (let i = 0; i < 5; i++) await gate.answer()
    const given = new AbortController()
    const answer = gate.ask(given.signal)
    given.abort()
    expect(await answer).toMatchObject({ open: false })
    while (sockets.size > 0) await new Promise<void>((resolve) => [...sockets][0]?.once('close', () => resolve()))
  })

  test('a name that nobody knows is closed, not an error', async () => {
    const gate = conditionOf(online({ host: 'nowhere.invalid', port: 1 }))
    expect(await gate.answer()).toMatchObject({ open: false, reason: expect.stringMatching(/^nowhere\.invalid:1: E/) })
  })
})

describe('via dns', () => {
  test('it is open while a name server knows the host', async () => {
    const servers = [await nameServer('board.test')]
    expect(await conditionOf(online({ host: 'board.test', via: 'dns', servers })).answer()).toEqual({ open: true })
    expect(await conditionOf(online({ host: 'other.test', via: 'dns', servers })).answer()).toEqual({
      open: false,
      reason: 'other.test: ENOTFOUND',
    })
  })

  test('who answers nothing is not waited for beyond the end of the question', async () => {
    const silent = createSocket('udp4')
    await new Promise<void>((resolve) => void silent.bind(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const servers = [`127.0.0.1:${silent.address().port}`]
    const gate = conditionOf(online({ host: 'board.test', via: 'dns', servers, timeout: '1m' }))
    const given = new AbortController()
    const answer = gate.ask(given.signal)
    await new Promise((resolve) => silent.once('message', resolve))
    given.abort()
    expect(await answer).toMatchObject({ open: false, reason: 'board.test: ECANCELLED' })
  })
})

test.each([
  [undefined, /online/],
  [{}, /online\.host/],
  [{ host: '' }, /online\.host/],
  [{ host: 'a', port: 0 }, /online\.port.*1 to 65535/],
  [{ host: 'a', via: 'icmp' }, /online\.via/],
  [{ host: 'a', via: 'dns', servers: ['nonsense'] }, /online\.servers/],
  [{ host: 'a', hots: 'b' }, /online.*'hots'/],
  [{ host: 'a', failures: 0 }, /online\.failures/],
  [{ host: 'a', successes: 1.5 }, /online\.successes/],
  [{ host: 'a', interval: 0 }, /online\.interval/],
  [{ host: 'a', timeout: 'soon' }, /online\.timeout/],
])('%j is refused', async (options, text) => {
  expect((await refusal(() => online(options as never))).message).toMatch(text)
})
