// Clients of the API in a process of their own: `{ socket, what, clients, tasks }` as JSON. Sends what it came to, a second.
import { Agent, request } from 'node:http'

const { socket, what, clients, tasks } = JSON.parse(process.argv[2])
const agent = new Agent({ keepAlive: true, maxSockets: clients })
const ENDS = 'FINISHED'

function post(path, body) {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method: 'POST', path, agent, headers }, (response) => {
      response.resume()
      response.on('end', () => (response.statusCode < 300 ? resolve() : reject(new Error(`${response.statusCode}`))))
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

/** Each waits for its answer before it asks again. */
async function enqueue() {
  let left = tasks
  const caller = async () => {
    while (left-- > 0) await post('/v1/tasks', { kind: 'noop', input: { i: left, m: 'hello from the porch camera' } })
  }
  await Promise.all(Array.from({ length: clients }, caller))
  return tasks
}

/** Readers of the stream, each told of every transition until all tasks have ended. */
async function events() {
  let told = 0
  const reader = () =>
    new Promise((begun) => {
      const over = new Promise((ended) => {
        const sent = request({ socketPath: socket, path: '/v1/events?type=task' }, (response) => {
          let ends = 0
          response.setEncoding('utf8').on('data', (text) => {
            told += text.split('event: task').length - 1
            ends += text.split(`"to":"${ENDS}"`).length - 1
            if (ends >= tasks) ended(sent.destroy())
          })
          response.on('error', () => {})
          begun(() => over)
        })
        sent.on('error', () => {})
        sent.end()
      })
    })
  const readers = await Promise.all(Array.from({ length: clients }, reader))
  const fromMs = performance.now()
  for (let i = 0; i < tasks; i += 100) {
    await post('/v1/tasks', { tasks: Array.from({ length: 100 }, () => ({ kind: 'noop' })) })
  }
  await Promise.all(readers.map((over) => over()))
  return told / ((performance.now() - fromMs) / 1000)
}

const fromMs = performance.now()
const figure = what === 'events' ? await events() : (await enqueue()) / ((performance.now() - fromMs) / 1000)
process.send(figure, () => process.exit())
