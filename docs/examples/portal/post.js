/**
 * A message to the station. The key tells it what it has: a cut between its answer and the commit of the outcome sends a
 * message once more, and the station enters a key once.
 */
import { RetryAfter, TerminalError } from 'holdfast'
import { places } from './places.js'

/** Gives what the station answers. */
export async function post(path, key, message, signal) {
  const { host, port } = places.station
  const answer = await fetch(`http://${host}:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(message),
    signal,
  })
  if (answer.status === 503) throw new RetryAfter('30s', 'the station cannot write it down')
  if (answer.status === 400) throw new TerminalError(`the station refused it: ${await answer.text()}`)
  if (!answer.ok) throw new Error(`the station answered ${answer.status}`)
  return await answer.json()
}
