import { place } from '../place.js'
import { Task } from './task.js'
import { TaskTable } from './task-table.js'

/** All tasks, or the one that the address names. */
export function Tasks() {
  const [, id] = place.value.path
  return id === undefined ? <TaskTable /> : <Task key={id} id={id} />
}
