/**
 * A crowd of clients at one daemon: they make tasks, read, wait and listen, and some of them die in the middle. Each
 * keeps a connection of its own, and what it was told is remembered: the end has to bear it out.
 */
import { setMaxListeners } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { chance } from '../support/chance.js'
import type { Board } from './board.js'

const LISTENERS = 15
const BULK = 20
/** A listener leaves after so many events, and comes back for the next. */
const MOST_HEARD = 40

export interface Remembered {
  /** Tasks that were answered for: they are on disk. */
  readonly acknowledged: Set<string>
  /** Tasks whose client was gone before the answer: they may be there. */
  readonly doubtful: Set<string>
  /** What was not as it should be. */
  readonly wrong: string[]
  /** Anonymous memory of the daemon in MiB, as the load went on. */
  readonly memory: number[]
  /** Refused for now, each with its named answer. */
  refused: number
  cycles: number
  heard: number
  died: number
}

interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what came, as it is
  readonly json: any
}

/** Runs the clients for as long as `goesOn` says, asked after each cycle of one of them. */
export async function crowd(
  b: Board,
  { clients, goesOn, seed }: { clients: number; goesOn: (cycles: number) => boolean; seed: number },
): Promise<Remembered> {
  const told: Remembered = {
    acknowledged: new Set(),
    doubtful: new Set(),
    wrong: [],
    memory: [],
    refused: 0,
    cycles: 0,
    heard: 0,
    died: 0,
  }
  const over = new AbortController()
  setMaxListeners(0, over.signal)
  const listening = Array.from({ length: LISTENERS }, (_, n) => listen(b, told, chance(seed + n), over.signal))
  const working = Array.from({ length: clients - LISTENERS }, async (_, n) => {
    const client = new Client(b, told, n, chance(seed + 1000 + n))
    while (goesOn(told.cycles)) {
      await client.cycle()
      if (++told.cycles % 100 === 0) told.memory.push(memoryOf(b.pid))
    }
    client.leave()
  })
  await Promise.all(working)
  over.abort()
  await Promise.all(listening)
  return told
}

class Client {
  readonly #board: Board
  readonly #told: Remembered
  readonly #name: string
  readonly #below: (below: number) => number
  #agent = connection()
  #made = 0

  constructor(b: Board, told: Remembered, n: number, below: (below: number) => number) {
    this.#board = b
    this.#told = told
    this.#name = `c${n}`
    this.#below = below
  }

  leave(): void {
    this.#agent.destroy()
  }

  async cycle(): Promise<void> {
    const turn = this.#below(10)
    if (turn < 3) await this.#await()
    else if (turn === 3) await this.#bulk()
    else if (turn < 6) await this.#read()
    else if (turn === 6) await this.#make({ kind: 'say', id: this.#id(), input: this.#made })
    else if (turn === 7) await this.#twice()
    else if (turn === 8) await this.#dieWaiting()
    else await this.#dieAsking()
  }

  async #await(): Promise<void> {
    const id = this.#id()
    if (!(await this.#make({ kind: 'echo', id, input: { id } }))) return
    const { status, json } = await this.#ask('GET', `/v1/tasks/${id}?wait=60s`)
    this.#expect(status === 200 && json.state === 'FINISHED' && json.result?.id === id, `waited for ${id}`, json)
  }

  async #bulk(): Promise<void> {
    const tasks = Array.from({ length: BULK }, () => ({ kind: 'echo', id: this.#id(), group: this.#name }))
    const { status, json } = await this.#ask('POST', '/v1/tasks', { tasks })
    if (this.#isRefused(status)) return
    this.#expect(status === 201, 'a bulk', json)
    for (const { id } of tasks) this.#told.acknowledged.add(id)
  }

  async #read(): Promise<void> {
    const { acknowledged } = this.#told
    const [id] = acknowledged
    if (id !== undefined) {
      const { status, json } = await this.#ask('GET', `/v1/tasks/${id}`)
      this.#expect(status === 200 && json.id === id, `read ${id}`, json)
    }
    const path = this.#below(2) === 0 ? `/v1/tasks?group=${this.#name}&limit=20` : '/v1/routes'
    const { status, json } = await this.#ask('GET', path)
    this.#expect(status === 200 && Array.isArray(json.items), path, json)
  }

  /** The same request twice, as from a client that did not hear the answer: one task. */
  async #twice(): Promise<void> {
    const headers = { 'idempotency-key': `${this.#name}-${this.#made++}` }
    const once = await this.#ask('POST', '/v1/tasks', { kind: 'echo' }, headers)
    if (this.#isRefused(once.status)) return
    const again = await this.#ask('POST', '/v1/tasks', { kind: 'echo' }, headers)
    this.#expect(once.status === 201, 'asked once', once)
    this.#told.acknowledged.add(once.json.id)
    if (this.#isRefused(again.status)) return
    this.#expect(again.status === 200 && again.json.id === once.json.id, 'asked twice', again)
  }

  async #dieWaiting(): Promise<void> {
    const id = this.#id()
    if (!(await this.#make({ kind: 'echo', id, in: '200ms' }))) return
    await this.#die('GET', `/v1/tasks/${id}?wait=60s`, undefined)
  }

  /** Gone with half a request out, or with a whole one and no answer. */
  async #dieAsking(): Promise<void> {
    const id = this.#id()
    const text = JSON.stringify({ kind: 'echo', id })
    this.#told.doubtful.add(id)
    await this.#die('POST', '/v1/tasks', text, this.#below(2) === 0 ? text.length : text.length - 5)
  }

  #die(method: string, path: string, text: string | undefined, most = 0): Promise<void> {
    const length = text === undefined ? {} : { 'content-length': text.length, 'content-type': 'application/json' }
    this.#told.died++
    return new Promise((resolve) => {
      const sent = request({ socketPath: this.#board.socket, method, path, agent: this.#agent, headers: length })
      sent.on('error', () => undefined)
      sent.on('response', (response) => response.resume())
      sent.once('close', resolve)
      if (text === undefined) sent.end(() => sent.destroy())
      else sent.write(text.slice(0, most), () => sent.destroy())
    })
  }

  async #make(task: { readonly id: string } & Record<string, unknown>): Promise<boolean> {
    const { status, json } = await this.#ask('POST', '/v1/tasks', task)
    if (this.#isRefused(status)) return false
    this.#expect(status === 201 && json.id === task.id, `made ${task.id}`, json)
    this.#told.acknowledged.add(task.id)
    return true
  }

  #id(): string {
    return `${this.#name}-${this.#made++}`
  }

  #isRefused(status: number): boolean {
    const refused = status === 429 || status === 503
    if (refused) this.#told.refused++
    return refused
  }

  #expect(holds: boolean, what: string, found: unknown): void {
    if (!holds) this.#told.wrong.push(`${what}: ${JSON.stringify(found)?.slice(0, 200)}`)
  }

  #ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sized = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length }
    return new Promise((resolve) => {
      const failed = (error: Error) => resolve({ status: 0, json: { error: error.message } })
      const to = { socketPath: this.#board.socket, method, path, agent: this.#agent, headers: { ...headers, ...sized } }
      const sent = request(to, (response) => {
        let came = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          came += chunk
        })
        response.on('error', failed)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(came || 'null') }))
      })
      sent.on('error', failed)
      sent.end(text)
    })
  }
}

/** Listens, dies, and comes back with the last it has heard: no event is missed, and none is told twice. */
async function listen(b: Board, told: Remembered, below: (below: number) => number, over: AbortSignal): Promise<void> {
  let last: number | undefined
  while (!over.aborted) {
    const most = 1 + below(MOST_HEARD)
    await new Promise<void>((resolve) => {
      const headers = last === undefined ? {} : { 'last-event-id': String(last) }
      const path = '/v1/events?type=emitted'
      const sent = request({ socketPath: b.socket, path, agent: false, headers }, (response) => {
        if (response.statusCode !== 200) told.wrong.push(`a listener: ${response.statusCode} after ${last}`)
        let text = ''
        let heard = 0
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
          const blocks = text.split('\n\n')
          text = blocks.pop() ?? ''
          for (const block of blocks) {
            const seq = Number(/^id: (\d+)$/m.exec(block)?.[1] ?? Number.NaN)
            if (Number.isNaN(seq) || heard === most) continue
            if (last !== undefined && seq !== last + 1) told.wrong.push(`a listener: ${seq} after ${last}`)
            last = seq
            heard++
            told.heard++
          }
          if (heard === most) sent.destroy()
        })
        response.on('error', () => undefined)
      })
      const leave = () => sent.destroy()
      over.addEventListener('abort', leave, { once: true })
      sent.on('error', () => undefined)
      sent.once('close', () => {
        over.removeEventListener('abort', leave)
        resolve()
      })
      sent.end()
    })
    told.died++
  }
}

/** What the store says in the end against what was told: every acknowledged task is there, once, and FINISHED. */
export async function complaints(b: Board, told: Remembered): Promise<string[]> {
  const open = async () => (await b.get('/v1/tasks?state=SPOOLED,QUEUED,RUNNING&count=true')).json.count as number
  let left = await open()
  while (left > 0) left = await open()
  const wrong = [...told.wrong]
  const found = new Set<string>()
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { json } = await b.get(`/v1/tasks?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`)
    cursor = json.cursor
    for (const { id, state, attempt } of json.items as { id: string; state: string; attempt: number }[]) {
      if (found.has(id)) wrong.push(`${id} is there twice`)
      found.add(id)
      if (state !== 'FINISHED' || attempt !== 1) wrong.push(`${id} is ${state} at attempt ${attempt}`)
      if (!told.acknowledged.has(id) && !told.doubtful.has(id)) wrong.push(`nobody made ${id}`)
    }
  }
  for (const id of told.acknowledged) if (!found.has(id)) wrong.push(`${id} is lost`)
  return wrong
}

/** Sockets that a process has open. */
export function socketsOf(pid: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      // It was closed between the list and the look.
      return ''
    }
  })
  return links.filter((link) => link.startsWith('socket:')).length
}

/** MiB. What is mapped of LevelDB's files belongs to the page cache: only anonymous memory can leak. */
function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function connection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 })
}
