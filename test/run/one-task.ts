import { expect } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import type { Outcome, TaskView } from "../../src/model/outcome.js"
import type { ChangeTask } from "../../src/run/change-task.js"
import { viewTasks } from "../../src/run/view.js"
import { existingTask, fakeHost } from "../support/fleet.js"
import { inWords, type SimulatedFleet, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions, SimulatedProgram } from "../support/simulated-host.js"

export const PATIENCE = { deadline: 20_000, minHealthy: 2_000 }
const LIMITS = { total: 10, perRegion: 10 }

/** What the one program `web` is like, what happens to calls, the outcome in words, and the changes that arrived. */
export type Row = readonly [
  name: string,
  program: Omit<SimulatedProgram, "name">,
  trouble: SimulatedHostOptions["trouble"],
  outcome: string,
  changes: readonly string[],
]

/** Changes the one task of a host and looks at its outcome, and at the changes that arrived there. */
export async function expectOutcome(
  change: ChangeTask,
  program: Omit<SimulatedProgram, "name">,
  trouble: SimulatedHostOptions["trouble"],
  words: string,
  changes: readonly string[],
): Promise<void> {
  const { fleet, task, before } = await seen("web", {
    programs: [{ name: "web", ...program }],
    ...(trouble && { trouble }),
  })
  expect(inWords(await change(task, before, fleet.effects, PATIENCE))).toBe(words)
  expect(fleet.host("web-01").changes).toEqual(changes.map(call => `${call} web`))
}

/** Changes the one task of a host. */
export async function run(
  change: ChangeTask,
  program: Omit<SimulatedProgram, "name">,
  trouble: NonNullable<SimulatedHostOptions["trouble"]>,
): Promise<Outcome> {
  const { fleet, task, before } = await seen("web", { programs: [{ name: "web", ...program }], trouble })
  return change(task, before, fleet.effects, PATIENCE)
}

/** A host, its one task, and what a look at it before the change shows. */
export async function seen(
  program: string,
  options: SimulatedHostOptions,
): Promise<{ fleet: SimulatedFleet; task: Task; before: TaskView }> {
  const task = existingTask("web.0", fakeHost("web-01"), program)
  const fleet = simulatedFleet([task], { "web-01": options })
  const [before] = await viewTasks([task], fleet.effects, LIMITS)
  return { fleet, task, before: before! }
}
