/** The daemon of this directory: `npx holdfast start`. The options are those of createRuntime. */
import greet from './tasks/greet.js'
import light from './tasks/light.js'
import reading from './tasks/reading.js'

export default {
  path: './data', // everything that has to survive is in it
  tasks: [greet, light, reading],
  schedules: {
    readings: { every: '1m', task: { kind: 'reading' } },
  },
}
