/**
 * The task `uplink` sends a digest to the station. It waits for the digest it depends on, and for the gate of its route:
 * while the station cannot be reached it is not started, so a night without network spends no attempt. Attempts are for
 * what fails on the way. A cut between the answer of the station and the commit of the outcome sends it once more: the
 * id of the task tells the station that it has it.
 */
import { defineTask, RetryAfter, TerminalError } from 'holdfast'
import { places } from './places.js'

export const uplink = defineTask({
  kind: 'uplink',
  route: 'uplink',
  retry: { attempts: 20, delay: '1s', maxDelay: '5m' },
  timeout: '10s',
  run: async (task) => {
    const [digest] = await task.dependencies()
    const { host, port } = places.station
    const answer = await fetch(`http://${host}:${port}/digests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': task.id },
      body: JSON.stringify(digest.result),
      signal: task.signal,
    })
    if (answer.status === 503) throw new RetryAfter('30s', 'the station cannot write it down')
    if (answer.status === 400) throw new TerminalError(`the station refused it: ${await answer.text()}`)
    if (!answer.ok) throw new Error(`the station answered ${answer.status}`)
    return await answer.json()
  },
})
