/**
 * The task `snapshot` puts a picture into the inbox, where all that comes is archived. The name of the file is that of
 * the task: an attempt that finds the picture of the one before, in the inbox or already in the archive, takes no other.
 */
import { join } from 'node:path'
import { defineTask } from 'holdfast'
import { takePicture } from './camera.js'
import { lookAt, publish } from './durable-file.js'
import { entriesOf } from './manifest.js'
import { places } from './places.js'

export const snapshot = defineTask({
  kind: 'snapshot',
  route: 'camera',
  retry: { attempts: 5, delay: '1s', maxDelay: '1m' },
  timeout: '30s',
  run: async ({ id, input, signal }) => {
    const file = `${input.device}-${id}${places.camera.ending}`
    // First the inbox, then the archive: a picture on its way is in one of them at any moment.
    if ((await lookAt(join(places.inbox, file))) || (await entriesOf(file)).length > 0) return { file }
    const temporary = join(places.inbox, `.${file}.part`)
    await takePicture(temporary, input, signal)
    await publish(temporary, join(places.inbox, file))
    return { file }
  },
})
