import { readFile } from "node:fs/promises"
import { writeDurable } from "../disk/durable.js"
import type { TaskKey } from "../model/deployment.js"
import { deploymentFault } from "./faults.js"
import type { Layout } from "./layout.js"
import { isMissing } from "./look.js"
import { liveInGroup } from "./process-group-members.js"
import type { ProcessIdentity } from "./process-identity.js"

/** What is noted of the last bootstrap of a task. */
export interface BootstrapNote {
  /** `begun`: nobody saw its end. What an operator, or an older agent, wrote by hand is `done`. */
  readonly state: "begun" | "failed" | "done"
  readonly op?: string
  readonly release?: string
  /** Epoch seconds when it came to this state. */
  readonly time?: number
  /** The leader of its process group. */
  readonly process?: ProcessIdentity
  /** How it failed, safe to print. */
  readonly said?: string
}

type Where = { readonly layout: Layout }

/** The note of a task; undefined when no bootstrap of it was ever begun. */
export async function bootstrapNote(key: TaskKey, { layout }: Where): Promise<BootstrapNote | undefined> {
  try {
    const noted: unknown = JSON.parse(await readFile(layout.task(key).bootstrapped, "utf8"))
    return typeof noted === "object" && noted !== null ? { state: "done", ...noted } : { state: "done" }
  } catch (error) {
    if (isMissing(error)) return undefined
    // An operator may have made it by hand.
    if (error instanceof SyntaxError) return { state: "done" }
    throw error
  }
}

/** Writes the note of a task, whole or not at all; it survives a power cut. */
export async function writeBootstrapNote(
  key: TaskKey,
  note: BootstrapNote,
  { layout }: Where,
): Promise<void> {
  // It may hold last words of a script.
  await writeDurable(layout.task(key).bootstrapped, `${JSON.stringify(note)}\n`, { mode: 0o600 })
}

/** Throws PRECONDITION while a bootstrap that an agent left behind when it was killed still runs. */
export async function bootstrapMustBeOver(key: TaskKey, where: Where): Promise<void> {
  const note = await bootstrapNote(key, where)
  const pid = note?.state === "begun" && note.process ? await liveInGroup(note.process) : undefined
  if (pid !== undefined)
    throw deploymentFault(
      "PRECONDITION",
      `bootstrap of ${nameOf(key)} still runs as pid ${pid}, begun by an agent that was killed: wait for its end, or end it`,
    )
}

/** Why nothing may be started on the data of a task, and what to do; undefined when its bootstrap is no reason. */
export async function unfinishedBootstrap(key: TaskKey, where: Where): Promise<string | undefined> {
  const note = await bootstrapNote(key, where)
  if (note === undefined || note.state === "done") return undefined
  const what =
    note.state === "failed"
      ? `ran and failed${at(note)}: ${note.said ?? "it did not say why"}`
      : `was begun${at(note)} and not finished`
  const file = where.layout.task(key).bootstrapped
  return `bootstrap of ${nameOf(key)} ${what}; look at its data, then deploy --bootstrap again, or empty ${file} where the data is good`
}

function at({ time }: BootstrapNote): string {
  return typeof time === "number" ? ` at ${new Date(time * 1_000).toISOString()}` : ""
}

function nameOf({ job, instance }: TaskKey): string {
  return `${job}.${instance}`
}
