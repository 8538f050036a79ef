import { oneLine } from "../rpc/printable.js"
import { commandWords } from "./command-words.js"
import type { DeploymentParts } from "./deployment-parts.js"
import type { StoredRelease } from "./stored-release.js"

/**
 * Runs the `postStop` of a release whose task was stopped. Whatever becomes of it stands in the task's history and in the log, and is
 * no reason not to go on: never rejects.
 */
export async function afterStop(
  release: StoredRelease | undefined,
  { op, user }: { readonly op: string; readonly user: string },
  { commands, releases, now, log }: Pick<DeploymentParts, "commands" | "releases" | "now" | "log">,
): Promise<void> {
  if (!release?.scripts.includes("postStop")) return
  try {
    const result = await commands.script(release, "postStop")
    if (!result.ok) log(`${op}: postStop of ${release.task} failed: ${commandWords(result)}`)
    // Not its words, which may hold a secret.
    const { ok, exitStatus } = result
    const event = { op, user, release: release.id, ok, exitStatus }
    await releases.record(release, { time: now(), event: "postStop", ...event })
  } catch (error) {
    log(
      `${op}: postStop of ${release.task}: ${oneLine(error instanceof Error ? error.message : String(error))}`,
    )
  }
}
