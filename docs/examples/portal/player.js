/** Where the devices are simulated, somebody has to open the doors: a scene now and then, one after the other. */
const FIRST_MS = 3_000
const BETWEEN_MS = 20_000

const SCENES = [
  ['front', { to: 'open', for: '3s', bounces: 4 }],
  ['hall', { to: 'motion', for: '5s' }],
  ['room', { value: 31 }],
  ['back', { to: 'open', for: '5s', bounces: 7 }],
  ['room', { value: 21.5 }],
]

/** Plays until what it gives is called; `say` tells people that it is a play. */
export async function playScenes(runtime, say) {
  const over = () => {}
  if (!(await runtime.devices.list()).every(({ simulated }) => simulated)) return over
  if (process.env.HOLDFAST_PORTAL_PLAYER === 'off') {
    say('the simulated devices are yours: holdfast devices simulate front closed')
    return over
  }
  say('a player moves the simulated devices; HOLDFAST_PORTAL_PLAYER=off leaves them to you')
  const move = (device, how) => runtime.devices.command(device, { type: 'simulate', ...how })
  // Nobody holds the doors of a board that begins for the first time.
  for (const door of ['front', 'back']) await move(door, { to: 'closed' })

  let next = 0
  let timer = setTimeout(play, FIRST_MS)
  function play() {
    timer = setTimeout(play, BETWEEN_MS)
    // A disk that fails now is nothing to the play.
    move(...SCENES[next++ % SCENES.length]).catch(() => undefined)
  }
  return () => clearTimeout(timer)
}
