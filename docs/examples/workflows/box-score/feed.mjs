/** A feed with a recorded game, and the board in the hall: `node feed.mjs`. A minute of the game takes a second. */
import { fileURLToPath } from 'node:url'
import { keyedServer } from '../keyed-server.mjs'

/** Minute, who scored, score. */
const RECORDED = [
  [3, 'home', '2-0'],
  [9, 'guests', '2-3'],
  [17, 'home', '4-3'],
  [18, 'home', '7-3'],
  [31, 'guests', '7-5'],
  [40, 'home', '9-5'],
].map(([minute, by, score], i) => ({ n: i + 1, minute, by, score }))
const LASTS = 48

/** What the feed says in a minute of the game: all plays so far. */
export const gameAt = (minute) => ({
  plays: RECORDED.filter((play) => play.minute <= minute),
  over: minute >= LASTS,
})

/** `minute()` says how far the game is; `shown` hears of each play that the hall shows. */
export function feed({ port, minute, shown }) {
  return keyedServer({
    port,
    get: async () => ({ body: gameAt(minute()) }),
    told: (_path, play, { again }) => again || shown(play),
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const begun = Date.now()
  const shown = ({ game, play }) => console.log(`${game} ${play.minute}' ${play.by}: ${play.score}`)
  const { url } = await feed({ port: 7718, minute: () => (Date.now() - begun) / 1000, shown })
  console.log(`the game begins: ${url}/games/finals-7`)
}
