import { readFile } from "node:fs/promises"
import { writeDurable } from "../disk/durable.js"
import type { TaskKey } from "../model/deployment.js"
import { printable } from "../model/visible.js"
import { commandWords } from "./command-words.js"
import { contents } from "./data-disks.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { deploymentFault } from "./faults.js"
import { isMissing } from "./look.js"
import type { Releases } from "./releases.js"
import type { StoredRelease } from "./stored-release.js"

/** Which operation asks, and whether it wants the bootstrap whatever is there. */
export interface Asked {
  readonly op: string
  readonly bootstrap?: "again"
}

/** The bootstrap of a release failed: what is in its data is unknown, so nothing may be started on it. */
export class BootstrapFailed extends Error {}

/**
 * True when a release has to be bootstrapped before its task starts: it never was and the task never ran, or it is asked for.
 * Throws PRECONDITION when that would run over data that nobody spoke of.
 */
export async function isBootstrapDue(
  release: StoredRelease,
  { op, bootstrap }: Asked,
  releases: Releases,
): Promise<boolean> {
  if (!release.scripts.includes("bootstrap")) return false
  const done = await bootstrapped(release, releases)
  // Sent again after a crash: once is enough.
  if (done?.op === op) return false
  if (bootstrap === "again") return true
  if (done || (await releases.everRan(release))) return false
  for (const { folder } of releases.dataOf(release)) {
    const found = await contents(folder)
    if (found.length > 0) throw notEmpty(release, folder, found)
  }
  return true
}

/** Runs the bootstrap of a release, and notes on disk that it ran. Throws BootstrapFailed with its last words. */
export async function bootstrap(
  release: StoredRelease,
  { op, user }: { readonly op: string; readonly user: string },
  { releases, commands, now }: Pick<DeploymentParts, "releases" | "commands" | "now">,
): Promise<void> {
  const event = { op, user, release: release.id }
  await releases.record(release, { time: now(), event: "bootstrap", ...event })
  await releases.claim(release)
  const result = await commands.script(release, "bootstrap")
  await releases.record(release, {
    time: now(),
    event: "bootstrapped",
    ...event,
    ok: result.ok,
    exitStatus: result.exitStatus,
  })
  if (!result.ok)
    throw new BootstrapFailed(`bootstrap failed, and nothing was started: ${commandWords(result)}`)
  const { bootstrapped } = releases.layout.task(release)
  await writeDurable(bootstrapped, `${JSON.stringify({ op, release: release.id, time: now() })}\n`)
}

/** What is noted of the last bootstrap of a task; undefined when there was none. */
export async function bootstrapped(
  key: TaskKey,
  { layout }: Pick<Releases, "layout">,
): Promise<{ readonly op?: unknown } | undefined> {
  try {
    const noted: unknown = JSON.parse(await readFile(layout.task(key).bootstrapped, "utf8"))
    return typeof noted === "object" && noted !== null ? noted : {}
  } catch (error) {
    if (isMissing(error)) return undefined
    // An operator may have made it by hand.
    if (error instanceof SyntaxError) return {}
    throw error
  }
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
