/** The task `motion` decides what becomes of a movement: at night a picture, by day nothing. */
import { defineTask } from 'holdfast'

/** Local hours. */
const NIGHT = { from: 22, until: 6 }

export const motion = defineTask({
  kind: 'motion',
  route: 'camera',
  run: async (task) => {
    // When it moved counts, and not when somebody comes to look at it.
    const hour = new Date(task.input.at).getHours()
    const night = hour >= NIGHT.from || hour < NIGHT.until
    if (night) await task.enqueue('snapshot', task.input)
    return { night }
  },
})
