/** Requests made of the description of the API: good ones, nearly good ones and hostile ones, by a seeded chance. */
type Below = (below: number) => number
interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}
interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface Made {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly raw: string | undefined
}

/** What a name suggests: so that most of what is made means something. */
const MEANT: Readonly<Record<string, readonly unknown[]>> = {
  kind: ['echo', 'add', 'say', 'far', 'farther', 'door', 'fail', 'hold', 'nobody'],
  kinds: [['far'], ['far', 'farther'], ['echo'], [], 'far'],
  input: [null, { a: 1, b: 2 }, 'text', [1, 2, 3], { a: { b: { c: {} } } }],
  wait: ['0', '1', '5ms', 'x', '61s', '-1', 1, 0, 99999999],
  runAt: ['2999-01-01T00:00:00Z', '2001-01-01T00:00:00+01:00', 0, 'soon'],
  in: ['10m', 0, '1s', -1, 1e300],
  timeout: ['10m', '10ms'],
  heartbeat: ['1m', 50],
  expiresIn: ['1h', 1],
  route: ['default', 'narrow', 'nowhere'],
  group: ['a', 'b/c', 'd'],
  key: ['k1', 'k2', 'k3'],
  state: ['QUEUED', 'SPOOLED,FINISHED', 'FAILED', 'GONE'],
  priority: [0, 4, 9, 10, -1, 1.5],
  limit: ['1', '100', '1001', '-1', 'x'],
  cursor: ['b3Blbjph', '!!!', 'Z3JvdXA6YQ', ''],
  after: ['0', '1', '999999999999999', '-1'],
  type: ['ring', 'close', 'emitted', 'task', 'xstate.init', ''],
  'idempotency-key': ['i1', 'i2', 'i3', 'x'.repeat(300)],
  'last-event-id': ['0', '1', '9', '99999999999999999999', 'x'],
  worker: ['w1', 'w2', '', 'ü'],
  tasks: [[], [{ kind: 'echo' }, { kind: 'say', input: 'x' }], [{ kind: 'nobody' }], [null]],
  scope: ['read', 'write', 'admin', 'all'],
}

const HOSTILE: readonly unknown[] = [
  null, true, -1, 0, 1e308, 1.5, '', ' ', '\u0000', '../../etc/passwd', '%00', '<script>', "' or 1=1 --", '\ud800', '💥'.repeat(50),
  'x'.repeat(2000), [], {}, [[[]]], { toString: 1 }, { constructor: { prototype: 1 } }, { $ref: '#' }, 'Infinity', 'NaN', '{}',
] // biome-ignore format: a table

const RAW: readonly string[] = [
  '', '{', 'null', '[]', '"text"', '{"kind":"echo","__proto__":{"a":1}}', '{"kind":"echo","constructor":{"prototype":{}}}',
  `{"kind":"echo","input":${'['.repeat(5000)}${']'.repeat(5000)}}`, '{"kind":"echo","priority":1e999}', '\ufeff{}', '{"a":1,"a":2}',
] // biome-ignore format: a table

export class Requests {
  readonly #operations: readonly { readonly method: string; readonly path: string; readonly operation: Operation }[]
  readonly #schemas: Document['components']['schemas']
  readonly #below: Below
  /** What was made before: ids of tasks, leases. */
  readonly known: string[] = ['nobody']

  constructor(document: Document, below: Below) {
    this.#below = below
    this.#schemas = document.components.schemas
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    )
  }

  next(): Made {
    const { method, path, operation } = this.#pick(this.#operations)
    const hostility = this.#pick([0, 0, 0.1, 0.5])
    const headers: Record<string, string> = {}
    const query = new URLSearchParams()
    let at = path
    for (const { name, in: where, required, schema } of operation.parameters ?? []) {
      if (where === 'path') at = at.replace(`{${name}}`, this.#segment(name, hostility))
      else if (required || this.#below(3) === 0) {
        const text = textOf(this.#value(name, schema, hostility, 0))
        if (where === 'query') query.append(name, text)
        else if (/^[\x20-\x7e]*$/.test(text)) headers[name] = text
      }
    }
    if (this.#chance(hostility / 4)) query.append(textOf(this.#pick(HOSTILE)), textOf(this.#pick(HOSTILE)))
    const schema = operation.requestBody?.content['application/json']?.schema
    const body = schema && this.#value('body', schema, hostility, 0)
    const raw =
      schema && this.#chance(hostility / 3) ? this.#pick(RAW) : body === undefined ? undefined : JSON.stringify(body)
    if (raw !== undefined) headers['content-length'] = String(Buffer.byteLength(raw))
    if (raw !== undefined) headers['content-type'] = this.#chance(hostility / 10) ? 'text/plain' : 'application/json'
    const asked = query.size > 0 ? `${at}?${query}` : at
    const odd = this.#chance(hostility / 20) ? this.#pick(['PUT', 'OPTIONS', 'HEAD', 'TRACE', 'PATCH']) : method
    return { method: odd, path: asked, headers, raw }
  }

  #value(name: string, given: Schema, hostility: number, depth: number): unknown {
    if (this.#chance(hostility / (depth + 2))) return this.#pick(HOSTILE)
    const meant = MEANT[name]
    if (meant && this.#below(10) > 0) return this.#pick(hostility === 0 ? meant.slice(0, 3) : meant)
    const schema = given.$ref ? (this.#schemas[given.$ref.split('/').at(-1) as string] as Schema) : given
    const either = schema.oneOf ?? schema.anyOf
    if (either) return this.#value(name, this.#pick(either), hostility, depth + 1)
    if (schema.enum) return this.#pick(schema.enum)
    const type = Array.isArray(schema.type) ? this.#pick(schema.type) : schema.type
    if (type === 'object') return this.#object(schema, hostility, depth)
    if (type === 'array') {
      const items = schema.items ?? {}
      return depth > 4
        ? []
        : Array.from({ length: this.#below(4) }, () => this.#value(name, items, hostility, depth + 1))
    }
    if (type === 'boolean') return this.#below(2) === 0
    if (type === 'integer') return this.#below(12)
    if (type === 'number') return this.#below(100) / 100
    if (type === 'string') return `text ${this.#below(10)}`
    return this.#pick([null, 1, 'any', { any: [1] }])
  }

  #object({ properties = {}, required = [] }: Schema, hostility: number, depth: number): object {
    const made: Record<string, unknown> = {}
    for (const [name, schema] of Object.entries(properties)) {
      const wanted = required.includes(name) ? !this.#chance(hostility / 4) : this.#below(4 + 4 * depth) === 0
      if (wanted && depth < 5) made[name] = this.#value(name, schema, hostility, depth + 1)
    }
    if (this.#chance(hostility / 4)) made[textOf(this.#pick(HOSTILE))] = this.#pick(HOSTILE)
    return made
  }

  #segment(name: string, hostility: number): string {
    if (name === 'group') return this.#pick(['a', 'b%2Fc', 'd'])
    if (!this.#chance(hostility)) return encodeURIComponent(this.#pick(this.known))
    return this.#pick(['%', '%zz', '..', '.', '%2e%2e', '%00', 'x'.repeat(600), '%F0%9F%92%A5', 'a%2Fb', "'", '*'])
  }

  #chance(of: number): boolean {
    return this.#below(1000) < of * 1000
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T
  }
}

function textOf(value: unknown): string {
  // A lone half of a pair cannot be sent at all.
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString()
}
