/**
 * Writes the reference pages out of the tables that the built code carries.
 *   node test/docs/generate.mjs           exits 1 when a page is not what the code says
 *   node test/docs/generate.mjs --write   writes them
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = (path) => import(new URL(`../../dist/src/${path}`, import.meta.url))
const page = (name) => fileURLToPath(new URL(`../../docs/reference/${name}.md`, import.meta.url))
/** A bar would end the cell. */
const cell = (text) => text.replaceAll('|', '\\|')
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`
const head = (...names) => `${row(...names)}\n|${' --- |'.repeat(names.length)}`

/** What a limit answers at its bound; a limit without a line here fails the test of this page. */
const LIMITS = {
  input: [
    'bytes of the input of a task, or of what is set of a kind, as JSON',
    'the call rejects with `ERR_TOO_LARGE`',
  ],
  result: ['bytes of a result, as JSON', 'the attempt fails with `ERR_TOO_LARGE`'],
  state: [
    'bytes of the state of a machine, as JSON: context, children, timers',
    'the attempt fails with `ERR_TOO_LARGE`',
  ],
  event: ['bytes of an event, an emitted event or a progress, as JSON', 'the call rejects with `ERR_TOO_LARGE`'],
  live: [
    'tasks in memory, and up to a tenth more',
    'those sleep on disk that were just written and wait, then those that came longest ago',
  ],
  mailbox: ['events that wait for one task', '`send` rejects with `ERR_MAILBOX_FULL`'],
  emitted: ['emitted events that are kept', 'the oldest go'],
  schedules: ['schedules, from code and by the API', '`schedules.put` rejects with `ERR_TOO_MANY`; so does a start'],
}

function errors({ CODES }) {
  const rows = Object.entries(CODES).map(([code, [meaning, hint]]) => row(`\`${code}\``, meaning, hint))
  return `# Errors

Every error is a \`HoldfastError\` with a \`code\` out of this table, a \`hint\` (what to do next; often more exact than
here) and, where there is one, a \`cause\`. \`ERR_INVALID_INPUT\` has the \`issues\` of the schema, each with a path and a
message. What a processor throws is data on its task, not an error of holdfast: \`finished()\` rejects with \`TaskFailed\`
(\`error\`) or \`TaskTerminated\` (\`reason\`), both \`HoldfastError\`s.

${head('code', 'meaning', 'what to do')}
${rows.join('\n')}
`
}

function telemetry({ POINTS }) {
  const rows = Object.entries(POINTS).map(([point, text]) => {
    const [, meaning, data] = /^(.*): (\{.*\})$/.exec(text)
    return row(`\`holdfast:${point}\``, meaning, `\`${data}\``)
  })
  return `# Telemetry

Facts are published on channels of \`node:diagnostics_channel\`. While nobody listens they cost nothing; a listener is
called synchronously and must not throw.

\`\`\`js
import { subscribe } from 'node:diagnostics_channel'
subscribe('holdfast:task.committed', ({ id, from, to }) => console.log(id, from, to))
\`\`\`

${head('channel', 'fact', 'data')}
${rows.join('\n')}
`
}

function limits({ settings, definition, retry, multitask, api }) {
  const { limits: values, routes, interruptions, intensity, retention, commitWindowMs } = settings
  const { ageMs, count } = retention.FINISHED
  const { concurrency, queueLimit } = routes.get('default')
  const number = (value) => value.toLocaleString('en')
  const lines = Object.entries(values).map(([name, value]) => row(`\`limits.${name}\``, number(value), ...LIMITS[name]))
  const doors = Object.entries(api).map(([name, value]) =>
    row(`\`api.limits.${name}\``, number(value), ...API_BOUNDS[name]),
  )
  return `# Limits and defaults

Everything is bounded: each bound has a default, an option, and a named answer. Options of a task win over those of its
kind, and those over the options of the runtime. Durations are milliseconds or text such as \`'10m'\`.

## Bounds

${head('option of createRuntime', 'default', 'what it bounds', 'at the bound')}
${lines.join('\n')}
${row('`routes.NAME.concurrency`', number(concurrency), 'tasks of a route that run at once', 'the others wait in their queue')}
${row('`routes.NAME.queueLimit`', number(queueLimit), 'tasks queued in a route', '`enqueue` rejects with `ERR_QUEUE_FULL`')}
${row('`concurrency` of a kind', 'none', 'tasks of the kind that run at once, in all routes', 'the others wait, and are passed over')}
${row('`concurrency.limit` of a kind', '1', 'tasks of one concurrency key that run at once', 'the others wait, and are passed over')}
${row('`rateLimit`', 'none', 'starts of a route or a kind: `limit` each `per`, up to `burst` (default: `limit`) at once', 'the others wait for a token')}
${row('`retention.STATE.age`', `${number(ageMs / 86_400_000)} days`, 'how long tasks that are `finished`, `failed` or `terminated` are kept', 'they go with the next sweep')}
${row('`retention.STATE.count`', number(count), 'how many of each of these are kept', 'the oldest go')}
${row('`commitWindow`', `${commitWindowMs} ms`, 'how long a commit waits for company, at most 1 s', 'it leaves; with 5,000 steps at once')}
${row('`wear.bytesPerDay`, `wear.fsyncsPerDay`', 'none', 'what is written on a day', 'a warning and `holdfast:wear.exceeded`, once a day')}
${row('`interruptions`', number(interruptions), 'deaths of the process within one boot that a task may have had a part in', 'TERMINATED `interrupted`')}
${row('`clock.hold`', `${settings.holdMs / 60_000} min`, 'how long schedules by the time of day wait for a clock that cannot be trusted', 'it is trusted, with a line in the log')}
${row('`supervision.restarts`', number(intensity.restarts), `restarts of a dying part within \`supervision.within\`, ${intensity.withinMs / 1000} s`, 'the runtime stops; `done` rejects with `ERR_ESCALATED`')}
${row('`multitask.workers`', 'the cores', 'threads and processes at once', 'the runs wait for their turn')}
${row('`multitask.memory`', `${multitask.memoryMb} MiB`, 'JavaScript heap of a thread or process', 'the attempt fails with `ERR_PROCESSOR_MEMORY`')}
${row('`multitask.idle`', `${multitask.idleMs / 1000} s`, 'how long one may have nothing to do', 'it is ended')}
${row('`multitask.grace`', `${multitask.graceMs / 1000} s`, 'from the signal of a stopped run to its end', 'its thread or process is ended')}
${doors.join('\n')}

Fixed: ${number(10_000)} tasks in an \`enqueueMany\` and ids in a verb (\`ERR_TOO_MANY\`); ${number(1000)} items of a \`find\`;
100 follow-ups of a task, 20 deep; 1,000 dependencies of a task, 100,000 in an \`enqueueMany\`; 100 aliases of a kind; ids,
groups, routes and kinds of 128 characters, ids of schedules of 90, keys of 512; 200 levels of JSON; 1,000 tasks of a
backfill, unended tasks of a schedule, and instants counted as missed; 1,000 unanswered calls of a task
in a thread or process (\`ERR_OVERLOADED\`), 1,000 of its log lines that wait (the others are counted), 4,096 characters of
a line of its standard streams; 5 s until a \`lazy\` task is on disk; 500 tasks removed in a commit, 5,000 started; 1,000
transitions of a machine by one event, unless its \`options.maxIterations\` says otherwise (the task fails); emitted events
of 7 to 8 days; 1,000 gates, 100 of them a route or kind; a gate is asked at most each 10 ms, and answers or not within its
\`timeout\`; 32 entries of a history (the first 8 and the latest 24; of a schedule the latest 32); 8,192 characters of an
error's message or stack; one backup at a time (\`ERR_BACKUP_RUNNING\`), and a minute for its reader to take a megabyte;
64 MiB for a member of a backup; 1.5 MiB of zeros ahead in the store's log; the two latest stores that repairs kept, and
two of restores.

## Defaults of a task

${head('option', 'default')}
${row('`route`', `\`${definition.route}\``)}
${row('`priority`', `${definition.priority}, from 0 to 9, higher first`)}
${row('`durability`', definition.lazy ? '`lazy`' : '`commit`')}
${row('`delivery`', definition.atMostOnce ? '`at-most-once`' : '`at-least-once`')}
${row('`retry.attempts`', number(retry.attempts))}
${row('`retry.delay`', `${number(retry.delayMs)} ms`)}
${row('`retry.backoff`', `\`${retry.backoff}\``)}
${row('`retry.maxDelay`', `${number(retry.maxDelayMs)} ms`)}
${row('`retry.jitter`', number(retry.jitter))}
${row('`timeout`', definition.timeoutMs === null ? 'none' : `${definition.timeoutMs} ms`)}
${row('`heartbeat`', definition.heartbeatMs === null ? 'none' : `${definition.heartbeatMs} ms`)}
`
}

function jsonMachines({ actions, guards, steps, functions, macros, budget, syntax, targets, source, versions }) {
  const number = (value) => value.toLocaleString('en')
  const parts = (table) =>
    Object.entries(table).map(([name, { says, example }]) => row(`\`${name}\``, says, `\`${JSON.stringify(example)}\``))
  const called = Object.entries(functions).map(([name, { takes, gives }]) =>
    row(`\`${name}(${takes.map(([each]) => each).join(', ')})\``, takes.map(([, what]) => what).join('; '), gives),
  )
  const each = Object.entries(macros).map(([name, gives]) => row(`\`${name}(list, item, ...)\``, gives))
  return `# Machines in JSON

What a file may say is in [its JSON Schema](../../schema/machine.schema.json), which editors read and the daemon serves at
\`GET /v1/schemas/machine\`. [The guide](../guides/a-task-in-json.md) shows a whole one.

## Actions

\`{ "type": ..., "params": ... }\`; those of the program by their names, too. Expressions may stand in \`params\`.

${head('action', 'what it does', 'example')}
${parts(actions).join('\n')}

## Guards

A name, \`{ "type": ..., "params": ... }\`, or an expression: \`{ "$": "context.count > 3" }\`.

${head('guard', 'holds when', 'example')}
${parts(guards).join('\n')}

## Expressions

\`{ "$": "..." }\` is an expression over \`context\`, \`event\`, \`settings\` and \`input\`, in the grammar of JavaScript:
\`+ - * / % **\`, \`== != < <= > >=\`, \`&& || ?? !\`, \`a ? b : c\`, \`a.b\`, \`a?.b\`, \`a[0]\`, \`[1, 2]\`, text in either quotes. Its values
are those of JSON, and its own ways are few:

- What is not there is \`null\`. A member of \`null\` is an error, unless it is asked with \`?.\`.
- \`==\` is by content, lists and objects too, and converts nothing; \`===\` is the same.
- \`+\` adds numbers, or puts numbers and booleans to text; all else is an error, and so is a result that is no finite
  number.
- \`null\`, \`false\`, \`0\` and \`''\` do not hold in a condition.
- \`a.f(b)\` is \`f(a, b)\`. There are no functions but these:

${head('function', 'takes', 'gives')}
${called.join('\n')}

Of each item of a list, which has a name of your own: \`context.items.filter(item, item.size > 3)\`.

${head('function', 'gives')}
${each.join('\n')}

## Versions

Files of one kind are its versions; the newest has the steps by which earlier records are led on.
[The guide](../guides/change-a-machine-that-runs.md) shows them.

${head('in `migrate.N`', 'from version N to the next', 'example')}
${Object.entries(steps)
  .map(([name, { says, example }]) => row(`\`${name}\``, says, `\`${JSON.stringify({ [name]: example })}\``))
  .join('\n')}

## Bounds

${head('of', 'at most', 'beyond')}
${row('a file', `${number(source.LARGEST / 1024)} KiB; ${number(targets.MOST_STATES)} states`, '`ERR_TOO_LARGE`')}
${row('the versions of a kind', number(versions.MOST_VERSIONS), '`ERR_INVALID_MACHINE`')}
${row('an expression', `${number(syntax.LONGEST)} characters, ${number(syntax.MOST_NODES)} parts, ${syntax.DEEPEST} levels`, '`ERR_INVALID_MACHINE`, when it is registered')}
${row('what is worked out at a time', `${number(budget.MOST_STEPS)} steps, ${number(budget.MOST_TEXT)} characters`, 'the attempt fails with `ERR_EXPRESSION_LIMIT`')}

An expression that cannot be worked out fails the attempt with \`ERR_EXPRESSION\` and its place in the file. In a guard
XState puts its own words before that.
`
}

/** The JSON Schema of machines is a file of its own. */
const SCHEMA = fileURLToPath(new URL('../../schema/machine.schema.json', import.meta.url))

const API_BOUNDS = {
  body: ['bytes of the body of a request', '413 `ERR_TOO_LARGE`'],
  connections: ['connections at a time, of the socket and of TCP each', 'more are closed at once'],
  rate: [
    'requests a second of one connection, or over TCP of one token; ten seconds of it at once',
    '429 `ERR_RATE_LIMITED`',
  ],
  readers: ['event streams at a time, and inspectors', '503 `ERR_OVERLOADED`'],
}

/** The description of the API, of a runtime that is never started. */
async function described() {
  const { createRuntime } = await built('index.js')
  const { apiSettings } = await built('api/options.js')
  const [{ application }, { Access }, { EventHub }, { Meter }] = await Promise.all(
    ['server', 'access', 'event-hub', 'meter'].map((name) => built(`api/${name}.js`)),
  )
  const runtime = createRuntime({ path: '.', tasks: [] })
  const settings = apiSettings({ socket: '/s' })
  const desk = { runtime, settings, closing: new AbortController().signal }
  const meter = new Meter(runtime)
  const access = new Access(settings, runtime, () => 0)
  const { describe } = await built('api/describe.js')
  return JSON.parse(await describe((prepare) => application({ desk, access, hub: new EventHub(desk), meter }, prepare)))
}

async function http({ STATUS }) {
  const { paths } = await described()
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, responses }]) => {
      const good = Object.keys(responses).filter((status) => status !== 'default')
      return row(`\`${method.toUpperCase()} ${path}\``, summary, good.join(', '))
    }),
  )
  const statuses = [...grouped(Object.entries(STATUS))].map(([status, codes]) =>
    row(String(status), codes.map(([code]) => `\`${code}\``).join(', ')),
  )
  const { API_LIMITS } = await built('api/options.js')
  const bounds = Object.entries(API_LIMITS).map(([name, value]) =>
    row(`\`api.limits.${name}\``, value.toLocaleString('en'), ...API_BOUNDS[name]),
  )
  return `# HTTP

What each request takes and answers is in \`GET /openapi.json\` (OpenAPI 3.1), made of the schemas by which requests are
checked. Every endpoint may answer a problem document (RFC 9457) instead: \`type\`, \`title\`, \`status\`, \`detail\`, and
our \`code\`, \`hint\` and, where there are some, \`issues\`. [The guide](../guides/http-api.md) has examples.

## Endpoints

${head('request', 'what it does', 'answers')}
${endpoints.join('\n')}

A method that a path does not take is 405, a path that is none 404, a body that is no JSON 415, a URL of more than 8 KiB
414, headers of more than 16 KiB 431.

## Status of each code

${head('status', 'codes')}
${statuses.join('\n')}

## Bounds

${head('option of createRuntime', 'default', 'what it bounds', 'at the bound')}
${bounds.join('\n')}
${row('`api.idle`', '60 s', 'from a connection, or its last answer, to the headers of its next request', 'the connection is closed')}
${row('`api.upload`', '30 s', 'the time of a body', 'the connection is closed')}

Fixed: waits of 60 s; 100 tasks of a lease, 1,000 workers that wait or are listed; 1,000 tokens, 100 sessions of 30 days; 1
MiB that waits to be taken by one reader of events or inspector. An inspector is told 1,000 messages a second (2,000 at
once) and says 50 (500 at once) of 64 KiB; [its protocol](inspect.md) says what becomes of more.
`
}

function metrics({ METRICS }) {
  const rows = Object.entries(METRICS).map(([name, [type, help, labels]]) =>
    row(`\`holdfast_${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help),
  )
  return `# Metrics

\`GET /metrics\` answers Prometheus text. Counters begin at nothing with each start of the daemon. A histogram has
\`_bucket\` (with the label \`le\`), \`_sum\` and \`_count\`. Kinds with \`api: false\` are counted under the kind \`""\`: the sums
are right, the names are not told. [The guide](../guides/metrics-and-grafana.md) says how to scrape them, and has a
dashboard.

${head('metric', 'type', 'labels', 'meaning')}
${rows.join('\n')}
`
}

const kindOf = ({ type, enum: values, anyOf, const: value }) => {
  if (value !== undefined) return `'${value}'`
  if (values) return values.map((each) => `'${each}'`).join(', ')
  if (anyOf) return anyOf.map(kindOf).join(', ')
  return type === undefined ? 'any JSON' : [type].flat().join(', ')
}

/** The actors as their schemas say. */
function standard({ standardActors, FAILURES }) {
  const sections = Object.entries(standardActors()).map(([name, { input }]) => {
    const rows = Object.entries(input.properties).map(([key, property]) => {
      const needed = input.required.includes(key) ? 'needed' : ''
      return row(`\`${key}\``, kindOf(property), [needed, property.description ?? ''].filter(Boolean).join('; '))
    })
    return `## \`${name}\`\n\n${input.description}\n\n${head('input', 'type', 'meaning')}\n${rows.join('\n')}`
  })
  const codes = Object.entries(FAILURES).map(([code, meaning]) => row(`\`${code}\``, meaning))
  return `# Standard actors

From \`holdfast/standard\`. [The guide](../guides/ready-made-actors.md) says how they are used, what a restart does, and
what they may do. Lengths of time are text such as \`'30s'\` or milliseconds.

${sections.join('\n\n')}

## Errors

\`event.error.code\` in \`onError\`. An input that does not fit is \`ERR_INVALID_INPUT\`, a length of time that is none
\`ERR_INVALID_DURATION\`, what is larger than its bound \`ERR_TOO_LARGE\`; \`enqueue\` fails with [the codes](errors.md) of
\`enqueue()\`. Errors of the system keep their own: \`ENOENT\`, \`EACCES\`, \`ENOSPC\` …

${head('code', 'meaning')}
${codes.join('\n')}
`
}

/** Every command with its arguments and options; one that has others under it is a heading of theirs. */
function commandLine(program) {
  const help = program.createHelp()
  const options = (command) =>
    help
      .visibleOptions(command)
      .flatMap(({ long, flags, description, argChoices }) =>
        long === '--help'
          ? []
          : [row(`\`${flags}\``, [description, argChoices?.join(', ')].filter(Boolean).join(': '))],
      )
  const of = (command, name) => {
    const inner = help.visibleCommands(command)
    const given = help.visibleArguments(command)
    const rows = [...given.map((each) => row(`\`${argument(each)}\``, each.description)), ...options(command)]
    const usage = `### \`${[name, ...given.map(argument)].join(' ')}\``
    const text = `${usage}\n\n${sentence(command.description())}`
    const table = rows.length === 0 ? [] : [`${head('argument or option', 'meaning')}\n${rows.join('\n')}`]
    return [text, ...table, ...inner.flatMap((each) => of(each, `${name} ${each.name()}`))]
  }
  const argument = (each) => {
    const word = each.name() + (each.variadic ? '...' : '')
    return each.required ? `<${word}>` : `[${word}]`
  }
  const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`
  return `# The command line

\`holdfast COMMAND --help\` says the same. Every command takes these:

${head('option', 'meaning')}
${options(program).join('\n')}

Which daemon is meant: \`--socket\` or \`--url\`; \`HOLDFAST_SOCKET\` or \`HOLDFAST_URL\`; the config, \`./holdfast.config.js\`
unless told; the only socket in \`/run\`. A token for \`--url\` comes from \`HOLDFAST_TOKEN\`, for what stands on a command
line everybody on the board can read.

Tables are for people and fit the terminal; \`--json\` is for programs. Exit codes: 0 ok, 1 the work failed, 2 wrong usage,
3 no daemon, 130 left by Ctrl-C.

${help
  .visibleCommands(program)
  .flatMap((each) => of(each, `holdfast ${each.name()}`))
  .join('\n\n')}
`
}

function grouped(entries) {
  const groups = new Map()
  for (const entry of entries) groups.set(entry[1], [...(groups.get(entry[1]) ?? []), entry])
  return groups
}

/** The pages as the code says, by path. */
export async function pages() {
  const { settingsOf } = await built('runtime/options.js')
  const { Kinds } = await built('runtime/kinds.js')
  const { defineTask } = await built('runtime/define.js')
  const { multitaskOf } = await built('runtime/isolation.js')
  const { API_LIMITS } = await built('api/options.js')
  const settings = settingsOf({ path: '.', tasks: [] })
  const multitask = multitaskOf()
  const definition = new Kinds([defineTask({ kind: 'any', run: () => null })], settings.retry, multitask).get('any')
  return {
    [page('errors')]: errors(await built('model/errors.js')),
    [page('telemetry')]: telemetry(await built('kernel/telemetry.js')),
    [page('http')]: await http(await built('api/problem.js')),
    [page('standard-actors')]: standard(await built('standard/index.js')),
    [page('metrics')]: metrics(await built('api/metrics.js')),
    [page('command-line')]: commandLine((await built('cli/program.js')).program()),
    [page('limits')]: limits({ settings, definition, retry: settings.retry, multitask, api: API_LIMITS }),
    [page('machines-in-json')]: jsonMachines({
      actions: (await built('configs/standard-parts.js')).STANDARD_ACTIONS,
      guards: (await built('configs/standard-parts.js')).STANDARD_GUARDS,
      steps: (await built('configs/migration.js')).STEPS,
      functions: (await built('configs/functions.js')).FUNCTIONS,
      macros: (await built('configs/functions.js')).MACROS,
      budget: await built('configs/budget.js'),
      syntax: await built('configs/syntax.js'),
      targets: await built('configs/targets.js'),
      source: await built('configs/source.js'),
      versions: await built('runtime/versions.js'),
    }),
    [SCHEMA]: `${JSON.stringify((await built('configs/form.js')).machineSchema(), null, 2)}\n`,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await pages())) {
    if (process.argv.includes('--write')) writeFileSync(path, text)
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`${path} is not what the code says: node test/docs/generate.mjs --write`)
      process.exitCode = 1
    }
  }
}
