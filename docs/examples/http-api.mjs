import { request } from 'node:http'
import { resolve } from 'node:path'
import { createRuntime, defineTask } from 'holdfast'

const socket = resolve('run/board.sock')
const shout = defineTask({ kind: 'shout', run: ({ input }) => `${input}!`.toUpperCase() })
const runtime = createRuntime({ path: './data', tasks: [shout], api: { socket } })
await runtime.start()

/** What any other program on the board does. */
function call(method, path, body) {
  return new Promise((done, failed) => {
    const headers = body ? { 'content-type': 'application/json', 'idempotency-key': 'order-17' } : {}
    const sent = request({ socketPath: socket, method, path, headers }, async (response) => {
      done({ status: response.statusCode, body: JSON.parse(await text(response)) })
    })
    sent.on('error', failed)
    sent.end(body && JSON.stringify(body))
  })
}

async function text(stream) {
  let all = ''
  for await (const chunk of stream) all += chunk
  return all
}

const made = await call('POST', '/v1/tasks', { kind: 'shout', input: 'hello' })
const again = await call('POST', '/v1/tasks', { kind: 'shout', input: 'hello' })
console.log(made.status, again.status, made.body.id === again.body.id)

const ended = await call('GET', `/v1/tasks/${made.body.id}?wait=30s`)
console.log(ended.body.state, ended.body.result)

const wrong = await call('POST', '/v1/tasks', { kind: 'whisper' })
console.log(wrong.status, wrong.body.code, wrong.body.detail)
await runtime.stop()
