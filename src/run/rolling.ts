import type { Task } from "../model/cluster.js"
import type { Outcome } from "../model/outcome.js"
import type { Signals } from "./effects.js"
import { subject } from "./view.js"

/**
 * Changes task after task: region after region in the order of the tasks, at most `parallel` at once, the next one when
 * one is done. The first outcome that is not good stops it: what runs may finish, the rest is skipped. The outcomes come
 * in the order of the tasks, one for each.
 */
export async function rolling(
  tasks: readonly Task[],
  parallel: number,
  signals: Signals,
  change: (task: Task) => Promise<Outcome>,
  follow: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes = new Map<Task, Outcome>()
  let halted: string | undefined
  const halt = (): string | undefined =>
    halted ?? (signals.stopping.aborted ? "the run was interrupted before it" : undefined)

  for (const region of byRegion(tasks)) {
    const waiting = [...region]
    const worker = async (): Promise<void> => {
      for (let task = waiting.shift(); task; task = waiting.shift()) {
        const why = halt()
        const outcome: Outcome = why ? { ...subject(task), kind: "skipped", why } : await change(task)
        outcomes.set(task, outcome)
        follow(outcome)
        if (outcome.kind === "failed" || outcome.kind === "unreachable")
          halted ??= `the run stopped after ${outcome.task} on ${outcome.host} went wrong`
      }
    }
    await Promise.all(Array.from({ length: Math.min(parallel, region.length) }, worker))
  }
  return tasks.map(task => outcomes.get(task) as Outcome)
}

/** The tasks of each region, regions in the order in which they first appear. */
export function byRegion(tasks: readonly Task[]): readonly (readonly Task[])[] {
  const regions = new Map<string, Task[]>()
  for (const task of tasks) {
    const region = regions.get(task.host.region) ?? []
    region.push(task)
    regions.set(task.host.region, region)
  }
  return [...regions.values()]
}
