import type { Admitted } from './admission.js'
import type { TaskUnit } from './unit.js'

/** Who has something done in the commit of the step in which it hears of it. */
export interface Deed<Result> {
  /** False when its state was left meanwhile: then it is not to be done any more. */
  wanted(): boolean
  /** Called within the step; it has to move the machine at once. */
  done(result: Result): void
}

/** A machine that has a task made on its way. */
export interface Asker extends Deed<Admitted> {
  readonly unit: TaskUnit
}
