import { lstat } from "node:fs/promises"
import { type ActivateRequest, programName, type TaskKey } from "../model/deployment.js"
import { oneLine } from "../rpc/printable.js"
import { afterStop } from "./after-stop.js"
import type { Backend } from "./backend.js"
import { bootstrap, isBootstrapDue, mayStartAfterCrash } from "./bootstrap.js"
import { bootstrapNote, unfinishedBootstrap } from "./bootstrap-note.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { deploymentFault } from "./faults.js"
import type { Recorded } from "./operation-journal.js"
import type { Step } from "./operations.js"
import type { StoredRelease } from "./stored-release.js"

type Parts = Pick<DeploymentParts, "backend" | "releases" | "commands" | "orphans" | "pruner" | "now" | "log">

/**
 * Stops a task, switches it to a release and starts it. What `current` names is what runs in the end, whatever goes wrong:
 * up to the switch that is the old release, which is started again, and from then on the new one.
 */
export async function activate(
  request: ActivateRequest,
  user: string,
  step: Step,
  parts: Parts,
): Promise<void> {
  const { backend, releases, orphans, pruner, now } = parts
  // Read here and not before, because what ran in this lane meanwhile may have removed it.
  const release = await releases.read(request, request.release)
  if (!release) throw unprepared(request)
  await releases.mustFindData(release)
  const isDue = await isBootstrapDue(release, request, releases)
  const program = releases.program(release)
  const before = await releases.current(request)
  const event = { op: request.op, user, from: before?.id ?? null, to: request.release }
  await step("check", "asking the supervisor", () => backend.check(program))
  const wasUp = (await isUp(backend, program.name)) || (await orphans.recorded(request)) !== undefined
  await releases.record(request, { time: now(), event: "activate", ...event })
  let isDefined = false
  try {
    await step("stop", "stopping the task", () => backend.stop(program.name), { wasUp, isDue })
    if (wasUp) await afterStop(before, { op: request.op, user }, parts)
    if (isDue)
      await step("bootstrap", "running bootstrap", async () => {
        // A supervisor that is started anew meanwhile, or after a failure, would start the old release.
        await backend.remove(program.name)
        await bootstrap(release, { op: request.op, user }, parts)
      })
    await step("switch", "switching to the release", async () => {
      if (before) await releases.touch(request, before.id)
      await releases.switchTo(request, request.release)
    })
    await step("apply", "starting the task", async () => {
      // Once more: whoever started it meanwhile has started the old one.
      await backend.stop(program.name)
      await releases.claim(release)
      await backend.define(program)
      isDefined = true
      await backend.start(program.name)
    })
  } catch (error) {
    // A release that is there and cannot be started stays, for its logs say why; the caller may put it back.
    const mayGoBack = wasUp && !isDefined && !(await unfinishedBootstrap(release, releases))
    throw before && mayGoBack ? await backOn(before, error, { backend, releases }) : error
  }
  await step("gate", "looking at the task", () => look(backend, program.name))
  await releases.record(request, { time: now(), event: "activated", ...event })
  pruner.changed(request, request.keep)
}

/**
 * Brings an activation to an end that a crash cut off: the release that `current` names is started. `never`: nothing was
 * switched, and the same operation may be sent again.
 */
export async function recoverActivation(
  { op, user, intent, step: reached }: Recorded,
  step: Step,
  { backend, releases, pruner, now }: Parts,
): Promise<"over" | "never"> {
  const {
    key,
    from,
    release: to,
    keep,
  } = intent.args as {
    readonly key: TaskKey
    readonly from: string
    readonly release: string
    readonly keep: number
  }
  const { wasUp = false, isDue = false } = (reached?.facts ?? {}) as {
    readonly wasUp?: boolean
    readonly isDue?: boolean
  }
  const note = await bootstrapNote(key, releases)
  const hasBootstrapped = isDue && note?.op === op && note.state === "done"
  // It came to its end, and must not run once more.
  if (reached?.name === "bootstrap" && hasBootstrapped)
    await step("switch", "switching to the release after a crash", () => releases.switchTo(key, to))
  const current = await releases.current(key)
  if (reached === undefined || reached.name === "check") {
    if (reached) await uncheck(key, current, { backend, releases })
    return "never"
  }
  await mayStartAfterCrash(key, step, releases)
  const isSwitched = current?.id === to && (!isDue || hasBootstrapped)
  if (current && (isSwitched || wasUp))
    await step("apply", "starting what is there after a crash", () => apply(current, { backend, releases }))
  if (!isSwitched) return "never"
  await releases.record(key, { time: now(), event: "activated", op, user, from: from || null, to })
  pruner.changed(key, keep)
  return "over"
}

/** Takes away what a check that was cut off may have left in the supervisor's configuration. */
async function uncheck(
  key: TaskKey,
  current: StoredRelease | undefined,
  { backend, releases }: Pick<Parts, "backend" | "releases">,
): Promise<void> {
  if (current) await backend.define(releases.program(current))
  else if (!(await isLinked(releases.layout.task(key).current))) await backend.remove(programName(key))
}

/** A current release that cannot be read is no reason to take away what runs. */
function isLinked(link: string): Promise<boolean> {
  return lstat(link).then(
    () => true,
    () => false,
  )
}

async function apply(
  release: StoredRelease,
  { backend, releases }: Pick<Parts, "backend" | "releases">,
): Promise<void> {
  const program = releases.program(release)
  // What runs already has its folders.
  if (!(await isUp(backend, program.name))) await releases.claim(release)
  await backend.define(program)
  await backend.start(program.name)
}

/** What the supervisor has now stands in the agent's log; whether the task stays up is for the caller to judge. */
async function look(backend: Backend, name: string): Promise<void> {
  const seen = (await backend.processes()).find(process => process.name === name)
  if (!seen) throw new Error(`the supervisor does not know ${name}`)
}

async function isUp(backend: Backend, name: string): Promise<boolean> {
  const seen = (await backend.processes()).find(process => process.name === name)
  return seen !== undefined && (seen.pid !== 0 || seen.state === "BACKOFF")
}

/** Starts the old release again after a change that did not come to its end; gives the error to throw. */
async function backOn(
  before: StoredRelease,
  error: unknown,
  { backend, releases }: Pick<Parts, "backend" | "releases">,
): Promise<Error> {
  const why = messageOf(error)
  try {
    if ((await releases.current(before))?.id !== before.id) await releases.switchTo(before, before.id)
    await apply(before, { backend, releases })
    return new Error(`${why}; the former release was started again`, { cause: error })
  } catch (again) {
    return new Error(`${why}; and the former release could not be started again: ${messageOf(again)}`)
  }
}

function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error))
}

/** The release is not on this disk. */
export function unprepared({ release }: Pick<ActivateRequest, "release">): Error {
  return deploymentFault("PRECONDITION", `the release ${release} was not prepared here`)
}
