/** The examples of the docs run, the docs quote them word for word, and no link leads nowhere. */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EXAMPLES = join(ROOT, 'docs/examples')
const run = promisify(execFile)

/** What each example prints; what time decides is a pattern. */
const PRINTS: Record<string, RegExp> = {
  'backup.mjs': /^in the backup: \{ SPOOLED: 1 \}\nSPOOLED undefined\nERR_EXISTS true\n$/,
  'daemon.mjs': /^a new poll\n(reading \d: \d+ MiB free\n){6}lowest: \d+ MiB\n$/,
  'disk-full.mjs':
    /^log: the store is degraded: .+\nERR_COMMIT_UNKNOWN\n(ERR_DEGRADED\n)+log: the store is back\n(ERR_DEGRADED\n)*42 true\n$/,
  'button.mjs': /^ding: click\nthe lamp is on\nreset after 1 s\n$/,
  'client.mjs':
    /^HELLO!\nERR_UNKNOWN_KIND .+\n2 go at once\n\[ 'ONE!', 'TWO!' \]\nARE YOU THERE!\n1 hello\n(\d (one|two)\n){2}4 are you there\nERR_NO_DAEMON\n$/,
  'door.mjs': /^it was opened\nit is closed\n$/,
  'first-task.mjs': /^hello, board\n$/,
  'http-api.mjs': /^201 200 true\nFINISHED HELLO!\n422 ERR_UNKNOWN_KIND .+\n$/,
  'gate.mjs': /^online closed 127\.0\.0\.1:PORT: ECONNREFUSED\nQUEUED attempt 0\na\.jpg is sent\n$/,
  'inspect.mjs': /^machine:porch is on\nmachine:porch hears BREAK\nmachine:porch comes to broken\n$/,
  'json-tasks.mjs':
    /^\{ station: 'attic', readings: \[ 1, 2, 3 \] \}\n\[ 1, 2, 3 \]\n2 knocks\nERR_INVALID_INPUT \[\n.+\n.+\n\]\n$/,
  'limits.mjs':
    /^2 at once, 1 waits for its camera\nfirst burst: 2 of 3, tokens left: 0\npaused: ping QUEUED\nresumed: ping FINISHED\n$/,
  'heavy.mjs':
    /^counted up to 200000\n17984 primes\nexit ERR_PROCESSOR_EXITED\nfill ERR_PROCESSOR_MEMORY\nhang timeout\n$/,
  'flow.mjs':
    /^sent day-1.tar front.jpg.small, without: no picture\nTERMINATED cancelled\nSPOOLED 1 \[ 'day-2' \]\nsent day-2.tar\n$/,
  'nightly.mjs': /^the station is away\nthe digest of \d{4}-\d\d-\d\d\n$/,
  'once.mjs':
    /^paid 1\nding\nthe bell fell down\nfalse true\nreport of page 3\nreport of page 4\nfalse true\nfalse b.jpg is there\n$/,
  'one-at-a-time.mjs': /^urgent \(1 at work\)\nfirst \(1 at work\)\nsecond \(1 at work\)\n$/,
  'picture.mjs':
    /^stateDiagram-v2\n {2}state "off" as off\n.+ {2}off --> on : MOTION \[dark\]\n {2}off --> gone : REMOVE\n {2}on --> off : after 30s\n {2}gone --> \[\*\]\n$/s,
  'quarantine.mjs':
    /^ERR_UNKNOWN_KIND no task of kind "resize" is registered\nundefined false\ntrue\na.jpg is small now\n$/,
  'ready-made.mjs': /^POST busy\nPOST taken\nnumber 17 on paper\n17\n$/,
  'readings.mjs': /^attic is hot at 29\n0 fsyncs for 500 readings, a few in all of 20000\n$/,
  'relay.mjs': /^after a restart the pump is on\nthe pump is off: the tank is filled\n$/,
  'retry.mjs':
    /^shaky attempt 3\ncrowded attempt 2\nclosed attempt 1\nbroken ERR_TASK_FAILED\ngone ERR_TASK_FAILED\nby hand attempt 4\nFAILED: status 500, FAILED: no such page\n$/,
  'sensor.mjs':
    /^20 -> 20 °C normal\n85 -> 20 .+\n(20 -> 20 .+\n){2}31 -> 20 °C normal\n31 -> 31 °C above\n27 -> 31 °C above\n27 -> 27 °C normal\n(ERR_READING\n|log: .+no answer\n){3}null ERR_READING\nroom: above, room: normal, room: fault\n$/,
  'settings.mjs':
    /^asks https:\/\/example.org\/ every 600 s\nasks https:\/\/example.org\/ every 60 s\nERR_INVALID_SETTINGS every\nasks https:\/\/example.org\/ every 600 s\nERR_KIND_RETIRED\nasks https:\/\/example.org\/ every 600 s\n$/,
  'schedule.mjs':
    /^reading 1 of attic\nreading 2 of attic\nreading 3 of attic\nthermometer read 3\n3\nthe digest of 2026-01-01\n4\n$/,
  'stop-cleanly.mjs': /^short done\nlong ERR_STOPPED\nlong done at attempt 2\n$/,
  'visit.mjs': /^inside 1\nfront.jpg\n\[ \{ type: 'picture', file: 'front.jpg' \} \]\n$/,
  'versions.mjs': /^\{ version: 1, migrated: 1, quarantined: 0 \}\nwaiting\nsomebody was at the front door\n$/,
  'watch.mjs':
    /^QUEUED\nRUNNING\ncopy: finish\nFINISHED\nNONE SPOOLED QUEUED RUNNING FINISHED\n1 \{ type: 'copied', file: 'a.jpg' \}\n$/,
}

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-docs-'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

const home = () => mkdtemp(join(place, 'home-'))

describe('the examples', () => {
  test('each has its output written down', async () => {
    const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.mjs'))
    expect(names.sort()).toEqual(Object.keys(PRINTS).sort())
  })

  test.for(Object.entries(PRINTS))('%s ends by itself and prints what the docs say', async ([name, prints]) => {
    const { stdout, stderr } = await run(process.execPath, [join(EXAMPLES, name)], { cwd: await home() })
    expect(stderr).toBe('')
    expect(stdout).toMatch(prints)
  })

  test('those of the testing kit pass in the test runner of Node', async () => {
    const { stdout } = await run(process.execPath, ['--test', join(EXAMPLES, 'testing/door.test.mjs')], {
      cwd: await home(),
    })
    expect(stdout).toMatch(/^# tests 5\n[\s\S]*^# pass 5\n# fail 0$/m)
  })

  test('those in TypeScript compile, and what must not compile does not', async () => {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [compiler, '-p', join(EXAMPLES, 'typescript')])
    expect(stdout).toBe('')
  })

  test('those of the workflows pass there, too, on a board of their own', async () => {
    const names = await readdir(join(EXAMPLES, 'workflows'), { recursive: true })
    const files = names.filter((name) => name.endsWith('.test.mjs')).map((name) => join(EXAMPLES, 'workflows', name))
    const { stdout } = await run(process.execPath, ['--test', ...files], { cwd: await home() })
    expect(stdout).toMatch(/^# tests 16\n[\s\S]*^# pass 16\n# fail 0$/m)
  })

  test('the door of the tutorial is found as it was left, whether it was stopped or killed', async () => {
    const cwd = await home()
    const door = () => run(process.execPath, [join(EXAMPLES, 'door.mjs')], { cwd })
    const once = 'it was opened\nit is closed\n'
    expect((await door()).stdout).toBe(once)
    const killed = spawn(process.execPath, [join(EXAMPLES, 'door.mjs')], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    for await (const chunk of killed.stdout.setEncoding('utf8')) {
      told += chunk
      if (told.includes('it is closed') && !killed.killed) killed.kill('SIGKILL')
    }
    expect([told, (await door()).stdout]).toEqual([once, once])
  })

  test('the daemon of the tutorial goes on after kill -9, and no reading is told twice', async () => {
    const cwd = await home()
    const first = spawn(process.execPath, [join(EXAMPLES, 'daemon.mjs')], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    for await (const chunk of first.stdout.setEncoding('utf8')) {
      told += chunk
      if (told.includes('reading 2') && !first.killed) first.kill('SIGKILL')
    }
    const { stdout } = await run(process.execPath, [join(EXAMPLES, 'daemon.mjs')], { cwd })
    // A timer that is overdue by now fires at the start, so its reading may be told first.
    expect(stdout).toMatch(/^the poll goes on$/m)
    const readings = [...`${told}${stdout}`.matchAll(/reading (\d)/g)].map(([, n]) => Number(n))
    expect(readings).toEqual([...new Set(readings)].sort())
    expect(readings.at(-1)).toBe(6)
  })
})

/** Every page there is, by its path from the root. */
async function pages(): Promise<Map<string, string>> {
  const names = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'))
  const paths = ['README.md', ...names.map((name) => `docs/${name}`)]
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(ROOT, path), 'utf8')] as const)),
  )
}

function dedented(lines: readonly string[]): string {
  const full = lines.filter((line) => line.trim() !== '')
  const indent = Math.min(...full.map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent)).join('\n')
}

/** Where `piece` ends in `lines`, looked for from `from` on; -1 when it is not there. Indentation as a whole is free. */
function endOf(piece: readonly string[], lines: readonly string[], from: number): number {
  for (let at = from; at + piece.length <= lines.length; at++) {
    if (dedented(lines.slice(at, at + piece.length)) === dedented(piece)) return at + piece.length
  }
  return -1
}

/** True when `quote` is `file`, or pieces of it in their order with `// ...` between them. */
function quotes(quote: string, file: string): boolean {
  const pieces = quote.split(/^\s*\/\/ \.\.\.\n/m).map((piece) => piece.replace(/^\n+|\n+$/g, '').split('\n'))
  let from = 0
  for (const piece of pieces) {
    from = endOf(piece, file.split('\n'), from)
    if (from < 0) return false
  }
  return true
}

describe('the pages', () => {
  test('what they quote of an example is in the example', async () => {
    const wrong: string[] = []
    const quoted = new Set<string>()
    for (const [path, text] of await pages()) {
      for (const [, name = '', quote = ''] of text.matchAll(
        /^```[jt]s\n\/\/ (?:out of )?docs\/examples\/(\S+)\n([\s\S]*?)^```$/gm,
      )) {
        quoted.add(name)
        const file = await readFile(join(EXAMPLES, name), 'utf8').catch(() => '')
        if (!quotes(quote, file)) wrong.push(`${path}: ${name}`)
      }
    }
    expect(wrong).toEqual([])
    expect([...quoted].filter((name) => name.endsWith('.mjs') && !name.includes('/')).sort()).toEqual(
      Object.keys(PRINTS).sort(),
    )
  })

  test('what the README quotes can be run as it stands, or says that it is a part', async () => {
    const readme = (await pages()).get('README.md') ?? ''
    const quotes = [...readme.matchAll(/^```[jt]s\n\/\/ (out of )?docs\/examples\/(\S+)\n([\s\S]*?)^```$/gm)]
    expect(quotes.map(([, , name]) => name)).toEqual(['door.mjs', 'nightly.mjs'])
    for (const [, part, name = '', quote = ''] of quotes) {
      const file = await readFile(join(EXAMPLES, name), 'utf8')
      // From the first line on nothing is missing that a later one needs.
      expect([name, file.startsWith(quote)]).toEqual([name, part === undefined])
    }
  })

  test('a quote that is not in the file, or not in its order, is found out', () => {
    const file = 'a()\n{\n  b()\n  c()\n}\n'
    expect(quotes('b()\nc()\n', file)).toBe(true)
    expect(quotes('a()\n// ...\nc()\n', file)).toBe(true)
    expect(quotes('c()\n// ...\na()\n', file)).toBe(false)
    expect(quotes('b()\nd()\n', file)).toBe(false)
  })

  test('their relative links lead to a file, and to a heading of it', async () => {
    const all = await pages()
    const broken: string[] = []
    for (const [path, text] of all) {
      const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
      for (const [, link = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(link)) continue
        const [file = '', heading] = link.split('#')
        const target = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file))
        const found = existsSync(join(ROOT, target))
        const headed = heading === undefined || headings(all.get(target) ?? '').includes(heading)
        if (!found || !headed) broken.push(`${path}: ${link}`)
      }
    }
    expect(broken).toEqual([])
  })

  test('every page is in the index, or reached from it', async () => {
    const all = await pages()
    const seen = new Set(['README.md', 'docs/README.md'])
    for (const path of seen) {
      for (const [, link = ''] of (all.get(path) ?? '').matchAll(/\]\(([^)#\s]+)/g)) {
        const target = relative(ROOT, join(ROOT, dirname(path), link))
        if (all.has(target)) seen.add(target)
        else if (all.has(`${target}/README.md`)) seen.add(`${target}/README.md`)
      }
    }
    expect([...all.keys()].filter((path) => !seen.has(path) && !path.startsWith('docs/decisions/'))).toEqual([])
  })
})

/** The headings of a page as GitHub addresses them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
