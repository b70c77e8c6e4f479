/** What a client asks of a daemon that is killed all the time, and what was acknowledged to it. */
import type { Client } from '../../src/client/index.js'
import type { Pick } from '../support/chance.js'

/** What the client knows. */
export class Ledger {
  readonly acknowledged = new Set<string>()
  /** The tasks of one enqueueMany each, told or not. */
  readonly groups: string[][] = []
  /** Events that were accepted, by their task. */
  readonly sent = new Map<string, number[]>()
}

type Work = (client: Client, ledger: Ledger, id: string, pick: Pick) => Promise<unknown>

async function make(client: Client, ledger: Ledger, kind: string, id: string, options: object = {}) {
  const task = await client.enqueue(kind as never, { id } as never, { ...options, id })
  ledger.acknowledged.add(id)
  return task
}

const ended = (task: { finished(): Promise<unknown> }) => task.finished().catch(() => undefined)
const leaf = (of: string) => ({ kind: 'leaf', input: { of } })

const WORK: Record<string, Work> = {
  plain: async (client, ledger, id, pick) => ended(await make(client, ledger, 'plain', id, { group: `g${pick(5)}` })),
  chain: async (client, ledger, id) =>
    ended(await make(client, ledger, 'plain', id, { onSuccess: [leaf(id), leaf(id)] })),
  doomed: async (client, ledger, id) => ended(await make(client, ledger, 'doomed', id, { onFailure: leaf(id) })),
  breeder: async (client, ledger, id) => ended(await make(client, ledger, 'breeder', id)),
  flaky: async (client, ledger, id) => ended(await make(client, ledger, 'flaky', id)),
  once: async (client, ledger, id) => ended(await make(client, ledger, 'once', id)),
  journey: async (client, ledger, id) => ended(await make(client, ledger, 'journey', id)),
  later: (client, ledger, id, pick) => make(client, ledger, 'plain', id, { in: pick(5_000), key: id }),
  many: async (client, ledger, id) => {
    const ids = Array.from({ length: 4 }, (_, n) => `${id}-${n}`)
    ledger.groups.push(ids)
    const last = { tasks: ids.slice(0, 3), failed: 'run' } as const
    const tasks = await client.enqueueMany(
      ids.map((each, n) => ({
        kind: 'plain',
        input: { id: each },
        id: each,
        ...(n === 3 ? { dependsOn: last } : {}),
      })) as never,
    )
    for (const each of ids) ledger.acknowledged.add(each)
    return ended(tasks[3] as never)
  },
  counter: async (client, ledger, id, pick) => {
    const task = await make(client, ledger, 'counter', id)
    const sent: number[] = []
    ledger.sent.set(id, sent)
    for (let n = 0; n < 1 + pick(5); n++) {
      await client.send(id, { type: 'bump', n })
      sent.push(n)
    }
    await client.send(id, { type: 'end' })
    return ended(task)
  },
}

/** One thing after the other, each to its end, while it goes on. */
export async function work(client: Client, ledger: Ledger, name: string, pick: Pick, goesOn: () => boolean) {
  const all = Object.entries(WORK)
  for (let n = 0; goesOn(); n++) {
    const [kind, doing] = all[pick(all.length)] as [string, Work]
    await doing(client, ledger, `${kind}-${name}-${n}`, pick)
  }
}
