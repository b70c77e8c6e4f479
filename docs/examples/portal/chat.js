/**
 * The task `chat` tells people at once what happened. When that fails for good its follow-up, `chat.later`, is made in
 * the same commit: it waits for the gate of the station, for a minute or for a month. Both come with one key, so a
 * message whose answer got lost is in the station's book once.
 */
import { defineTask } from 'holdfast'
import { post } from './post.js'

export const chat = defineTask({
  kind: 'chat',
  route: 'chat',
  retry: { attempts: 2, delay: '1s' },
  timeout: '5s',
  run: ({ id, input, signal }) => post('/chat', id, input, signal),
})

export const chatLater = defineTask({
  kind: 'chat.later',
  route: 'uplink',
  retry: { attempts: 20, delay: '1s', maxDelay: '5m' },
  timeout: '10s',
  run: ({ cause, input, signal }) => post('/chat', cause.id, input, signal),
})

/** The template of a message of what happened to a device; `words` makes its text. */
export function say(words) {
  const input = (news) => ({ text: news.whileAway ? `${words(news)} while nobody looked` : words(news), at: news.at })
  return { kind: 'chat', input, onFailure: { kind: 'chat.later', input } }
}
