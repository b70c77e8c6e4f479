export { FaultyStore } from './faulty-store.js'
export { PowerLossStore } from './power-loss-store.js'
export { Quiet } from './quiet.js'
export { SimulatedClock } from './simulated-clock.js'
