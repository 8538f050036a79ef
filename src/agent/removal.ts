import { programName, type TaskKey } from "../model/deployment.js"
import type { DeploymentParts } from "./deployment-parts.js"
import type { Step } from "./operations.js"

type Parts = Pick<DeploymentParts, "backend" | "releases" | "pruner" | "now">

/** What is removed, for whom and by which operation. */
export interface Removal {
  readonly op: string
  readonly user: string
  readonly key: TaskKey
  /** Its data, logs and history go too. */
  readonly data: boolean
}

/** Stops a task and takes it off the host. Done again after a crash, it removes what is left. */
export async function removeFromHost(
  { op, user, key, data }: Removal,
  step: Step,
  { backend, releases, pruner, now }: Parts,
): Promise<void> {
  const name = programName(key)
  const from = (await releases.current(key))?.id ?? null
  const event = { op, user, ...key, data, from }
  await releases.recordOfHost({ time: now(), event: "remove", ...event })
  await step("stop", "stopping the task", () => backend.stop(name))
  await step("apply", "telling the supervisor", () => backend.remove(name))
  await step("prune", data ? "removing the task" : "removing the releases", () =>
    data ? releases.removeTask(key) : releases.removeAll(key),
  )
  await releases.recordOfHost({ time: now(), event: "removed", ...event })
  pruner.removed()
}
