/**
 * The task `uplink` sends a digest to the station. It waits for the digest it depends on, and for the gate of its route:
 * while the station cannot be reached it is not started, so a night without network spends no attempt. Attempts are for
 * what fails on the way.
 */
import { defineTask } from 'holdfast'
import { post } from './post.js'

export const uplink = defineTask({
  kind: 'uplink',
  route: 'uplink',
  retry: { attempts: 20, delay: '1s', maxDelay: '5m' },
  timeout: '10s',
  run: async (task) => {
    const [digest] = await task.dependencies()
    return await post('/digests', task.id, digest.result, task.signal)
  },
})
