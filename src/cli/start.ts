/**
 * `holdfast start`: runs the daemon of a config until a signal, or until the runtime gives up.
 * SIGTERM and SIGINT let running tasks finish for a while; a second one interrupts them at once; a third one does not
 * even wait for the store, which is no worse for it than a power cut.
 */
import { createRuntime } from '../index.js'
import { loadConfig } from './config.js'

const DRAIN = '10s'

export async function start(file: string): Promise<void> {
  const asked = signals()
  try {
    const { options, setup } = await loadConfig(file)
    const runtime = createRuntime(options)
    await runtime.start()
    process.stdout.write(`holdfast is ready: ${options.path}\n`)
    // Looked at below; until then a runtime that gives up is not an unhandled rejection.
    const end = runtime.done.then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    let failure: { error: unknown } | undefined
    try {
      const teardown = await setup?.(runtime)
      failure = await Promise.race([asked.first, end])
      await teardown?.()
    } finally {
      void asked.second.then(() => runtime.stop({ drain: 0 }))
      await runtime.stop({ drain: DRAIN })
      failure ??= await end
    }
    if (failure) throw failure.error
  } finally {
    asked.forget()
  }
}

/** Promises of the first and the second signal to end. */
function signals() {
  const resolvers: (() => void)[] = []
  const nth = () => new Promise<undefined>((resolve) => resolvers.push(() => resolve(undefined)))
  const [first, second] = [nth(), nth()]
  const hear = () => {
    const next = resolvers.shift()
    if (next) next()
    else process.exit(1)
  }
  const names = ['SIGTERM', 'SIGINT'] as const
  for (const name of names) process.on(name, hear)
  return {
    first,
    second,
    forget: () => {
      for (const name of names) process.off(name, hear)
    },
  }
}
