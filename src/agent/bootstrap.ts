import type { TaskKey } from "../model/deployment.js"
import { printable } from "../model/visible.js"
import {
  type BootstrapNote,
  bootstrapMustBeOver,
  bootstrapNote,
  unfinishedBootstrap,
  writeBootstrapNote,
} from "./bootstrap-note.js"
import { commandWords } from "./command-words.js"
import { contents } from "./data-disks.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { deploymentFault } from "./faults.js"
import type { Step } from "./operations.js"
import { readProcess } from "./process-identity.js"
import type { Releases } from "./releases.js"
import type { StoredRelease } from "./stored-release.js"

/** Which operation asks, and whether it wants the bootstrap whatever is there. */
export interface Asked {
  readonly op: string
  readonly bootstrap?: "again"
}

/**
 * True when a release has to be bootstrapped before its task starts: it never was and the task never ran, or it is asked for.
 * Throws PRECONDITION when that would run over data that nobody spoke of, and when the last bootstrap of the task still runs, was
 * cut off or failed, for nothing may be started on what that left.
 */
export async function isBootstrapDue(
  release: StoredRelease,
  { op, bootstrap }: Asked,
  releases: Releases,
): Promise<boolean> {
  await bootstrapMustBeOver(release, releases)
  const has = release.scripts.includes("bootstrap")
  if (has && bootstrap === "again") return !(await isDoneBy(op, release, releases))
  const unfinished = await unfinishedBootstrap(release, releases)
  if (unfinished !== undefined) throw deploymentFault("PRECONDITION", unfinished)
  if (!has || (await bootstrapNote(release, releases)) || (await releases.everRan(release))) return false
  for (const { folder } of releases.dataOf(release)) {
    const found = await contents(folder)
    if (found.length > 0) throw notEmpty(release, folder, found)
  }
  return true
}

/** Sent again after a crash: once is enough. */
async function isDoneBy(op: string, release: StoredRelease, releases: Releases): Promise<boolean> {
  const note = await bootstrapNote(release, releases)
  return note?.state === "done" && note.op === op
}

/**
 * Runs the bootstrap of a release. A note on disk says that it was begun, and by which process, before anything of it runs, and
 * in the end how it ended. Throws with its last words when it failed.
 */
export async function bootstrap(
  release: StoredRelease,
  { op, user }: { readonly op: string; readonly user: string },
  { releases, commands, now }: Pick<DeploymentParts, "releases" | "commands" | "now">,
): Promise<void> {
  const event = { op, user, release: release.id }
  const note = (state: Omit<BootstrapNote, "op" | "release" | "time">) =>
    writeBootstrapNote(release, { ...state, op, release: release.id, time: now() }, releases)
  await releases.record(release, { time: now(), event: "bootstrap", ...event })
  await releases.claim(release)
  const result = await commands.script(release, "bootstrap", {
    started: async pid => {
      const live = await readProcess(pid)
      await note({
        state: "begun",
        ...(live && { process: { pid, started: live.started, boot: live.boot } }),
      })
    },
  })
  await note(result.ok ? { state: "done" } : { state: "failed", said: result.said })
  await releases.record(release, {
    time: now(),
    event: "bootstrapped",
    ...event,
    ok: result.ok,
    exitStatus: result.exitStatus,
  })
  if (!result.ok)
    throw new Error(
      // What to do comes before the last words, for a long message is cut at its end.
      `bootstrap failed, and nothing was started (mend it, then deploy --bootstrap again): ${commandWords(result)}`,
    )
}

/** Throws when what a bootstrap left of the data of a task lets nothing be started that a crash cut off; the step tells so. */
export async function mayStartAfterCrash(key: TaskKey, step: Step, releases: Releases): Promise<void> {
  const unfinished = await unfinishedBootstrap(key, releases)
  if (unfinished === undefined) return
  await step("bootstrap", "bootstrap", async () => {
    throw new Error(`the agent ended meanwhile, and nothing was started: ${unfinished}`)
  })
}

const NAMED = 3

function notEmpty({ task }: StoredRelease, folder: string, found: readonly string[]): Error {
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : ""
  const names = [...found].sort().slice(0, NAMED)
  const shown = names.map(name => `"${printable(name, 40)}"`).join(", ")
  return deploymentFault(
    "PRECONDITION",
    // What to do comes before what is there, for a long message is cut at its end.
    `bootstrap never ran for ${task}, and its data is not empty (deploy --bootstrap again runs it over that): ${shown}${more} in ${folder}`,
  )
}
