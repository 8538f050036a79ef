import { didYouMean, thereIs } from "../cluster/nearest.js"
import type { Cluster, Task } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import { fold } from "../model/ranges.js"
import { printable } from "../model/visible.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** The task of this name. Throws NO_MATCH with the nearest one. */
export function taskNamed({ tasks, file }: Cluster, name: string): Task {
  const found = tasks.find(task => task.name === name)
  if (found) return found
  const names = tasks.map(task => task.name)
  throw noMatch(`${file} has no task "${printable(name)}"`, didYouMean(name, names) ?? thereIs(fold(names)))
}

/** That something has no such name. */
export function noMatch(message: string, hint: string): MinosError {
  return new MinosError("NO_MATCH", message, { hint, exitCode: EXIT_CODES.usage.code })
}
