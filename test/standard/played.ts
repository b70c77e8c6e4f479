/** Standard actors in machines of real tasks, and servers that they talk to. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type AnyActorLogic, type AnyStateMachine, assign, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { type StandardName, type StandardOptions, standardLogic } from '../../src/standard/index.js'
import { boot } from '../runtime/lab.js'

/** A machine that invokes one actor with the task's input, and ends with what comes of it. */
export function asking(name: StandardName, options?: StandardOptions): AnyStateMachine {
  return setup({
    types: { context: {} as { input: unknown; end: unknown }, input: {} as unknown },
    actors: { it: standardLogic(options)[name] as AnyActorLogic },
  }).createMachine({
    context: ({ input }) => ({ input, end: null }),
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          src: 'it',
          input: ({ context }: { context: { input: unknown } }) => context.input,
          onDone: { target: 'over', actions: assign({ end: ({ event }) => ({ output: event.output }) }) },
          onError: {
            target: 'over',
            actions: assign({
              end: ({ event: { error } }) => ({
                code: (error as { code?: string }).code,
                message: (error as Error).message,
              }),
            }),
          },
        },
        on: { leave: 'over' },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => context.end,
  })
}

export interface End {
  readonly output?: unknown
  readonly code?: string
  readonly message?: string
}

/** A runtime with one actor: each call is a task, and gives what the actor came to. */
export async function playing(name: StandardName, options?: StandardOptions) {
  const runtime = await boot({ tasks: [defineTask({ kind: 'ask', machine: asking(name, options) })] })
  const ask = async (input: unknown): Promise<End> =>
    (await (await runtime.enqueue('ask', input as never)).finished()) as End
  return { runtime, ask }
}

/** An HTTP server on loopback, for one test. */
export async function server(listener: RequestListener): Promise<string> {
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
