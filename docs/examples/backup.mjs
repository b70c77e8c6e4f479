/** A backup while tasks run, and a second board that goes on from it. */
import { createRuntime, defineTask, restore } from 'holdfast'

const kinds = [defineTask({ kind: 'note', run: ({ input }) => input })]
const silent = { debug() {}, info() {}, warn() {}, error() {} }

const runtime = createRuntime({ path: './board', tasks: kinds, log: silent })
await runtime.start()
await runtime.enqueue('note', 'water the plants', { id: 'plants', in: '1h' })

const { tasks } = await runtime.backup({ file: 'board.tar' })
console.log('in the backup:', tasks)
await runtime.enqueue('note', 'feed the cat', { id: 'cat', in: '1h' })
await runtime.stop()

await restore({ from: 'board.tar', path: './other-board' })
const other = createRuntime({ path: './other-board', tasks: kinds, log: silent })
await other.start()
console.log((await other.get('plants')).state, await other.get('cat'))
await other.stop()

// A store that is there is not overwritten, unless that is said; then it is kept.
const refused = await restore({ from: 'board.tar', path: './board' }).catch((error) => error.code)
const { replaced } = await restore({ from: 'board.tar', path: './board', force: true })
console.log(refused, replaced.endsWith('board/replaced-1'))
