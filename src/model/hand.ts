/** A hand of the clock: `wall` may step, `steady` never does (kernel/clock.ts). */
export type Hand = 'wall' | 'steady'
