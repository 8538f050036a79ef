import { programName, type TaskKey } from "../model/deployment.js"
import { afterStop } from "./after-stop.js"
import { bootstrapMustBeOver } from "./bootstrap-note.js"
import { commandWords } from "./command-words.js"
import type { DeploymentParts } from "./deployment-parts.js"
import type { Step } from "./operations.js"

type Parts = Pick<DeploymentParts, "backend" | "releases" | "commands" | "orphans" | "pruner" | "now" | "log">

/** What is removed, for whom and by which operation. */
export interface Removal {
  readonly op: string
  readonly user: string
  readonly key: TaskKey
  /** Its data, logs and history go too. */
  readonly data: boolean
}

/** Stops a task, has it clean up after itself, and takes it off the host. Done again after a crash, it removes what is left. */
export async function removeFromHost(
  { op, user, key, data }: Removal,
  step: Step,
  parts: Parts,
): Promise<void> {
  const { backend, releases, commands, orphans, pruner, now } = parts
  const name = programName(key)
  await bootstrapMustBeOver(key, releases)
  const release = await releases.current(key)
  const from = release?.id ?? null
  const event = { op, user, ...key, data, from }
  await releases.recordOfHost({ time: now(), event: "remove", ...event })
  const wasUp =
    (await orphans.recorded(key)) !== undefined ||
    (await backend.processes()).some(process => process.name === name && process.pid !== 0)
  await step("stop", "stopping the task", () => backend.stop(name))
  if (wasUp) await afterStop(release, { op, user }, parts)
  if (release?.scripts.includes("cleanup"))
    await step("cleanup", "running cleanup", async () => {
      const result = await commands.script(release, "cleanup", {
        env: { MINOS_REMOVE_DATA: data ? "1" : "0" },
      })
      if (!result.ok)
        throw new Error(
          `cleanup failed; the task is stopped, and nothing was removed: ${commandWords(result)}`,
        )
    })
  await step("apply", "telling the supervisor", () => backend.remove(name))
  await step("prune", data ? "removing the task" : "removing the releases", () =>
    data ? releases.removeTask(key) : releases.removeAll(key),
  )
  await releases.recordOfHost({ time: now(), event: "removed", ...event })
  pruner.removed()
}
