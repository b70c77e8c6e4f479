import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './free-port.mjs'
import { start } from './started.mjs'

/** The version, or undefined where it is not installed. */
function version() {
  try {
    return /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1]
  } catch {
    return undefined
  }
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [answer] = await once(socket, 'data')
    return String(answer).startsWith('+PONG')
  } finally {
    socket.destroy()
  }
}

/** A server of its own in the directory of the measurement: by default every write is on disk before it is answered. */
async function startServer({ directory, env, fsync = 'always' }) {
  const port = await freePort()
  const durable = ['--appendonly', 'yes', '--appendfsync', fsync, '--save', '']
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, ...durable]
  const server = await start('redis-server', args, { env: { ...process.env, ...env }, ready: () => answers(port) })
  return { pid: server.pid, port, stop: () => server.stop('SIGKILL') }
}

export const redis = { version, startServer }
