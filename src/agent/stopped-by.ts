import { afterStop } from "./after-stop.js"
import type { Stopped } from "./control.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { taskOf } from "./enrich.js"

/** What an operation does after it stopped a process: the `postStop` of the task's release, where minos deployed it. */
export function stoppedBy(
  by: { readonly op: string; readonly user: string },
  parts: Pick<DeploymentParts, "commands" | "releases" | "now" | "log">,
): Stopped {
  return async ({ name, group }) => {
    const key = taskOf({ name, group })
    if (key) await afterStop(await parts.releases.current(key), by, parts)
  }
}
