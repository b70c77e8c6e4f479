import { expect, test } from 'vitest'
import { createRuntime, relay } from '../../src/index.js'
import { silent, temporaryDirectory } from '../runtime/lab.js'

test('a runtime that wants the lines of the kernel does not start where there are none', async () => {
  const path = await temporaryDirectory()
  const runtime = createRuntime({
    path: `${path}/store`,
    tasks: [],
    devices: { siren: relay({ line: 'GPIO27' }) },
    gpio: { backend: 'chardev', dev: path },
    log: silent,
  })
  await expect(runtime.start()).rejects.toMatchObject({ code: 'ERR_NO_LINES', message: expect.stringContaining(path) })
})
